using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;

namespace Marketplace.Market.Contracts;

public enum PartyState
{
    /// <summary>Signed up; may prepare everything, may not trade until the network desk approves.</summary>
    Pending,
    Approved,
    Declined,
    Suspended,
}

/// <param name="Badge">Two letters for the square badge.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Currency">ISO 4217 code of the party's wallet and invoices.</param>
public sealed record PartyView(
    string Id,
    string Name,
    string Badge,
    PartyKinds Kinds,
    PartyState State,
    string Country,
    string Currency,
    string? Reason,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Grows with every change; the ETag of the REST API.</summary>
    public int Revision { get; init; }
}

public sealed record RegisterParty(string Name, PartyKinds Kinds, string Country, string Currency);

public sealed record PartyQuery : PageQuery
{
    public PartyState? State { get; init; }
    public PartyKinds? Kind { get; init; }
}

/// <summary>Organisations. Identity (people, credentials) lives in the web host and refers to a party by id.</summary>
public interface IParties
{
    /// <summary>Registers an organisation as Pending (customers as Approved when the options say so). Publishes <see cref="PartyRegistered"/>.</summary>
    Task<Outcome<PartyView>> RegisterAsync(RegisterParty request, CancellationToken ct);

    /// <summary>One party by id, whoever asks: names and kinds are public inside the network.</summary>
    Task<PartyView?> FindAsync(string partyId, CancellationToken ct);

    Task<IReadOnlyDictionary<string, PartyView>> FindManyAsync(IReadOnlyCollection<string> partyIds, CancellationToken ct);

    /// <summary>All parties; the network desk only.</summary>
    Task<Outcome<Page<PartyView>>> ListAsync(PartyQuery query, CancellationToken ct);

    /// <summary>Pending → Approved | Declined, Approved ⇄ Suspended; the network desk only. Every other pair is a conflict.</summary>
    Task<Outcome<PartyView>> DecideAsync(string partyId, PartyState to, string reason, CancellationToken ct);
}

[Platform.Outbox.Message("market.party-registered.v1")]
public sealed record PartyRegistered(string PartyId);

[Platform.Outbox.Message("market.party-decided.v1")]
public sealed record PartyDecided(string PartyId, PartyState State);

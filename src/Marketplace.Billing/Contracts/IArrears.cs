using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>Where a customer stands with what is past due, in one currency.</summary>
public enum ArrearsState
{
    /// <summary>Nothing is past due.</summary>
    Current,

    /// <summary>Something is past due: no new orders, what runs goes on.</summary>
    Grace,

    /// <summary>It stayed past due: contracts rest on their clusters, with all they have.</summary>
    Suspended,

    /// <summary>It stayed past due: contracts have ended. Paying lets the customer order again.</summary>
    Ended,
}

/// <param name="Overdue">Open on final invoices past their due date.</param>
/// <param name="Unsecured">
/// Beyond credit and on no invoice: what a lost payment left, and what was charged without cover above <c>Billing:UnsecuredLimit</c>.
/// </param>
/// <param name="Since">When the oldest open invoice was due; null when only <paramref name="Unsecured"/> counts.</param>
/// <param name="EnteredAt">When this state began.</param>
/// <param name="Next">What comes when nothing is paid; null when nothing does.</param>
/// <param name="NextAt">When it comes, at the earliest.</param>
/// <param name="MoreTimeUntil">Until when the desk gave time.</param>
public sealed record ArrearsView(
    string Id,
    string PartyId,
    string PartyName,
    Currency Currency,
    ArrearsState State,
    Money Overdue,
    Money Unsecured,
    int Invoices,
    DateTimeOffset? Since,
    DateTimeOffset EnteredAt,
    ArrearsState? Next,
    DateTimeOffset? NextAt,
    DateTimeOffset? MoreTimeUntil
)
{
    public Money Owed => Overdue + Unsecured;
}

/// <summary>A customer that is not <see cref="ArrearsState.Current"/>, for who acts on it.</summary>
public sealed record ArrearsStanding(string CustomerId, Currency Currency, ArrearsState State);

public sealed record ArrearsQuery : PageQuery
{
    public ArrearsState? State { get; init; }

    /// <summary>Only who is not <see cref="ArrearsState.Current"/>.</summary>
    public bool Open { get; init; }
}

/// <param name="Until">The next step is not before it; at most 90 days ahead.</param>
/// <param name="Reason">Stays in the audit trail.</param>
public sealed record GiveTimeRequest(DateTimeOffset Until, string Reason);

/// <summary>Who is past due, since when, and what follows.</summary>
public interface IArrears
{
    /// <summary>The acting party's; every party's for the network desk. Needs the right to read money.</summary>
    Task<Outcome<Page<ArrearsView>>> ListAsync(ArrearsQuery query, CancellationToken ct);

    /// <summary>Whether, and how, the acting party is past due, for every member to see; amounts are zero for who may not read money.</summary>
    Task<IReadOnlyList<ArrearsView>> MineAsync(CancellationToken ct);

    /// <summary>Moves the next step to a later time; the network desk only. The same time again changes nothing.</summary>
    Task<Outcome<ArrearsView>> GiveTimeAsync(string arrearsId, GiveTimeRequest request, CancellationToken ct);

    /// <summary>Why the customer may not buy in this currency now, with what it owes; null when it may.</summary>
    Task<Problem?> RefusalAsync(string customerId, Currency currency, CancellationToken ct);

    /// <summary>Where one customer stands; for the system.</summary>
    Task<ArrearsState> StateAsync(string customerId, Currency currency, CancellationToken ct);

    /// <summary>Every customer that is not current; for the system.</summary>
    Task<IReadOnlyList<ArrearsStanding>> StandingsAsync(CancellationToken ct);
}

/// <summary>A customer went a step. Amounts are in main units.</summary>
/// <param name="NextAt">When the next step comes if nothing is paid; null when none does.</param>
[Message("billing.arrears-changed.v1")]
public sealed record ArrearsChanged(
    string CustomerId,
    string Currency,
    ArrearsState From,
    ArrearsState To,
    decimal Owed,
    DateTimeOffset? Since,
    DateTimeOffset? NextAt
);

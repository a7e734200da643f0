using Marketplace.Market.Domain;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features;

internal static class Topics
{
    public const string Market = "market";
}

/// <summary>What several use cases ask about the one who acts.</summary>
internal static class Rules
{
    /// <summary>null when the acting party may do this, in its own name.</summary>
    public static Problem? MayAct(this ActorContext actor, Permission permission)
    {
        if (actor.Current.Check(permission) is { } refused)
            return refused;
        return actor.Current.PartyId.Length == 0 ? Problem.Forbidden("Act for an organisation: this belongs to one.") : null;
    }

    /// <summary>True when the row is the acting party's own, or the marketplace itself acts.</summary>
    public static bool Owns(this Actor actor, IPartyOwned row) => actor.IsSystem || actor.PartyId == row.PartyId;

    /// <summary>null when the party may trade, else what it waits for.</summary>
    public static async Task<Problem?> MayTradeAsync(this MarketplaceDbContext db, string partyId, CancellationToken ct)
    {
        MarketParty? party = await db.Set<MarketParty>().AsNoTracking().FirstOrDefaultAsync(p => p.Id == partyId, ct);
        return party switch
        {
            { IsApproved: true } => null,
            null => Problem.NotFound("organisation", partyId),
            _ => Problem.Conflict(
                "party-not-approved",
                $"{party.Name} is {party.State}. It can prepare everything, and trade once the network desk has approved it."
            ),
        };
    }
}

internal static class Commits
{
    /// <summary>Runs a use case in one transaction that commits only when the outcome is good.</summary>
    public static Task<Outcome<T>> CommitAsync<T>(
        this MarketplaceDbContext db,
        Func<CancellationToken, Task<Outcome<T>>> work,
        CancellationToken ct
    ) => db.InTransactionAsync(work, ct, outcome => outcome.IsOk);
}

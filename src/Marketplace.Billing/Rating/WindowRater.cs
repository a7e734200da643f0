using Marketplace.Billing.Rating.Reservations;

namespace Marketplace.Billing.Rating;

/// <summary>Where rating stands, read under locks: what each contract has used of each meter, and what is reserved for it.</summary>
/// <param name="Used">Over all allocations; nothing where there is no entry.</param>
/// <param name="Pools">By contract, what ends first before what ends later.</param>
internal sealed record RatingState(
    IReadOnlyDictionary<(string ContractId, string Meter), Metered> Used,
    IReadOnlyDictionary<string, IReadOnlyList<ReservationPool>> Pools
)
{
    public static readonly RatingState Empty = new(
        new Dictionary<(string, string), Metered>(),
        new Dictionary<string, IReadOnlyList<ReservationPool>>(StringComparer.Ordinal)
    );
}

/// <summary>What one window of one allocation comes to.</summary>
/// <param name="Draws">What reservations cover of it.</param>
/// <param name="OnDemand">The rest.</param>
/// <param name="Charge">What the rest adds to the contract's charge; below zero when it reaches a volume tier.</param>
internal sealed record RatedWindow(IReadOnlyList<ReservationDraw> Draws, decimal Reserved, Metered OnDemand, Rated Charge);

/// <summary>Rates the windows of a batch one after the other: what is reserved first, then on demand by the contract's cumulative quantity.</summary>
internal sealed class WindowRater(RatingState state)
{
    private readonly Dictionary<(string, string), Metered> used = new(state.Used);

    // One reservation may serve several contracts of the batch.
    private readonly Dictionary<string, ReservationPool> pools = state
        .Pools.Values.SelectMany(p => p)
        .DistinctBy(p => p.Id, StringComparer.Ordinal)
        .ToDictionary(p => p.Id, StringComparer.Ordinal);

    /// <param name="quantity">Used in [from, to), above zero.</param>
    /// <param name="reservable">The meter is one that reservations are sold in.</param>
    public RatedWindow Rate(
        string contractId,
        string meter,
        PriceVersion price,
        decimal quantity,
        DateTimeOffset from,
        DateTimeOffset to,
        bool reservable
    )
    {
        List<ReservationDraw> draws = reservable ? Draw(contractId, quantity, from) : [];
        decimal reserved = draws.Sum(d => d.Quantity);
        var rest = new Metered(quantity - reserved, UsageWeight.Of(price.Hours, quantity, from, to, reserved));
        Metered before = used.GetValueOrDefault((contractId, meter));
        Metered after = used[(contractId, meter)] = before + rest;
        return new RatedWindow(draws, reserved, rest, RatingRule.Rate(after, price) - RatingRule.Rate(before, price));
    }

    private List<ReservationDraw> Draw(string contractId, decimal quantity, DateTimeOffset from)
    {
        List<ReservationDraw> draws = [];
        foreach (ReservationPool candidate in state.Pools.GetValueOrDefault(contractId) ?? [])
        {
            ReservationPool pool = pools[candidate.Id];
            if (quantity == 0)
                break;
            if (!pool.Covers(from))
                continue;
            decimal taken = Math.Min(quantity, pool.Remaining);
            ReservationPool after = pool with { Remaining = pool.Remaining - taken };
            draws.Add(
                new ReservationDraw(pool.Id, taken, pool.Terms.EarnedAt(after.Served) - pool.Terms.EarnedAt(pool.Served), after.Served)
            );
            pools[pool.Id] = after;
            quantity -= taken;
        }
        return draws;
    }
}

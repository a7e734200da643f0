using Marketplace.Billing.Contracts;
using Marketplace.Billing.Rating.Reservations;

namespace Marketplace.Billing.Rating;

/// <summary>A meter of one allocation, whichever of its counters.</summary>
internal readonly record struct AllocationMeter(string ContractId, string AllocationId, string Meter)
{
    public static AllocationMeter Of(UsageReading reading) => new(reading.ContractId, reading.AllocationId, reading.Meter);
}

/// <summary>Where rating stands, read under locks: what each contract has used of each meter, and what is reserved for it.</summary>
/// <param name="Used">Over all allocations; nothing where there is no entry.</param>
/// <param name="Pools">By contract, what ends first before what ends later; those that are closed are not among them.</param>
internal sealed record RatingState(
    IReadOnlyDictionary<(string ContractId, string Meter), Metered> Used,
    IReadOnlyDictionary<string, IReadOnlyList<ReservationPool>> Pools
)
{
    public static readonly RatingState Empty = new(
        new Dictionary<(string, string), Metered>(),
        new Dictionary<string, IReadOnlyList<ReservationPool>>(StringComparer.Ordinal)
    );

    /// <summary>What was drawn for a meter and not given back, newest last. Read only when there are corrections.</summary>
    public IReadOnlyDictionary<AllocationMeter, IReadOnlyList<DrawnQuantity>> Drawn { get; init; } =
        new Dictionary<AllocationMeter, IReadOnlyList<DrawnQuantity>>();
}

/// <param name="Quantity">In card-seconds.</param>
internal readonly record struct DrawnQuantity(string ReservationId, decimal Quantity);

/// <summary>What one window of one allocation comes to; of a corrected one, the difference to what it came to before.</summary>
/// <param name="Draws">What reservations cover of it; negative quantities go back to them.</param>
/// <param name="Kept">Of what is not reserved usage any more, what its reservation keeps because it is closed.</param>
/// <param name="OnDemand">The rest.</param>
/// <param name="Charge">What the rest adds to the contract's charge; below zero when it reaches a volume tier or less was used.</param>
internal sealed record RatedWindow(IReadOnlyList<ReservationDraw> Draws, decimal Kept, Metered OnDemand, Rated Charge)
{
    public decimal Reserved => Draws.Sum(d => d.Quantity) - Kept;
}

/// <summary>Rates the windows of a batch one after the other: what is reserved first, then on demand by the contract's cumulative quantity.</summary>
internal sealed class WindowRater(RatingState state)
{
    private readonly Dictionary<(string, string), Metered> used = new(state.Used);
    private readonly Dictionary<AllocationMeter, List<DrawnQuantity>> drawn = state.Drawn.ToDictionary(d => d.Key, d => d.Value.ToList());

    // One reservation may serve several contracts of the batch.
    private readonly Dictionary<string, ReservationPool> pools = state
        .Pools.Values.SelectMany(p => p)
        .DistinctBy(p => p.Id, StringComparer.Ordinal)
        .ToDictionary(p => p.Id, StringComparer.Ordinal);

    /// <param name="reservable">The meter is one that reservations are sold in.</param>
    public RatedWindow Rate(AllocationMeter meter, PriceVersion price, WindowChange change, bool reservable)
    {
        decimal surplus = change.Reserved - change.MostReserved;
        var draws = new List<ReservationDraw>();
        decimal kept = 0;
        if (surplus > 0)
            kept = surplus - GiveBack(meter, surplus, draws);
        else if (reservable)
            Draw(meter, -surplus, change.Last.From, draws);
        Metered rest = change.OnDemandWith(change.Reserved + draws.Sum(d => d.Quantity) - kept, price.Hours);
        Metered onDemand = rest - change.OnDemand;
        Metered before = used.GetValueOrDefault((meter.ContractId, meter.Meter));
        Metered after = used[(meter.ContractId, meter.Meter)] = before + onDemand;
        return new RatedWindow(draws, kept, onDemand, RatingRule.Rate(after, price) - RatingRule.Rate(before, price));
    }

    private void Draw(AllocationMeter meter, decimal quantity, DateTimeOffset from, List<ReservationDraw> draws)
    {
        foreach (ReservationPool candidate in state.Pools.GetValueOrDefault(meter.ContractId) ?? [])
        {
            ReservationPool pool = pools[candidate.Id];
            if (quantity == 0)
                return;
            if (!pool.Covers(from))
                continue;
            decimal taken = Math.Min(quantity, pool.Remaining);
            draws.Add(Move(pool, taken));
            if (!drawn.TryGetValue(meter, out List<DrawnQuantity>? its))
                drawn.Add(meter, its = []);
            its.Add(new DrawnQuantity(pool.Id, taken));
            quantity -= taken;
        }
    }

    // What was drawn last goes back first. A closed reservation's parties have earned it, used or not: there is nothing to give back to.
    private decimal GiveBack(AllocationMeter meter, decimal quantity, List<ReservationDraw> draws)
    {
        List<DrawnQuantity> its = drawn.GetValueOrDefault(meter) ?? [];
        decimal left = quantity;
        for (int i = its.Count - 1; i >= 0 && left > 0; i--)
        {
            if (!pools.TryGetValue(its[i].ReservationId, out ReservationPool? pool))
                continue;
            decimal back = Math.Min(left, its[i].Quantity);
            if (back == 0)
                continue;
            draws.Add(Move(pool, -back));
            its[i] = its[i] with { Quantity = its[i].Quantity - back };
            left -= back;
        }
        return quantity - left;
    }

    private ReservationDraw Move(ReservationPool pool, decimal quantity)
    {
        ReservationPool after = pools[pool.Id] = pool with { Remaining = pool.Remaining - quantity };
        return new ReservationDraw(pool.Id, quantity, pool.Terms.EarnedAt(after.Served) - pool.Terms.EarnedAt(pool.Served));
    }
}

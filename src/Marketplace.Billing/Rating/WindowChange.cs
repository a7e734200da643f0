using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Rating;

/// <summary>The last window of a meter, and where the meter stood before it: what is needed to rate the window anew.</summary>
/// <param name="From">Its start.</param>
/// <param name="QuantityBefore">What the counter stood at.</param>
/// <param name="OnDemandBefore">What of it no reservation covered.</param>
internal sealed record LastWindow(DateTimeOffset From, decimal QuantityBefore, Metered OnDemandBefore)
{
    public decimal ReservedBefore => QuantityBefore - OnDemandBefore.Quantity;
}

/// <summary>
/// A meter's last window told for the first time, or told anew. It is always rated whole, from where the meter stood before it, so that whatever
/// revisions of it came in whatever order, the last word leaves the same state.
/// </summary>
/// <param name="To">Its end.</param>
/// <param name="Quantity">What the counter stands at now.</param>
/// <param name="Reserved">What reservations cover of what was told so far.</param>
/// <param name="OnDemand">The rest of what was told so far.</param>
internal sealed record WindowChange(LastWindow Last, DateTimeOffset To, decimal Quantity, decimal Reserved, Metered OnDemand)
{
    // Below zero when a correction also contradicts what was told of earlier windows.
    private decimal InWindow => Quantity - Last.QuantityBefore;

    /// <summary>
    /// What reservations may cover of the meter altogether. A counter that turns out lower than before the window takes off what is on demand
    /// first, because what is reserved is used first.
    /// </summary>
    public decimal MostReserved => InWindow >= 0 ? Last.ReservedBefore + InWindow : Math.Min(Last.ReservedBefore, Quantity);

    /// <summary>What is on demand of the meter altogether when so much is reserved.</summary>
    /// <param name="reserved">At most <see cref="MostReserved"/>.</param>
    /// <param name="hours">null weighs nothing.</param>
    public Metered OnDemandWith(decimal reserved, WeekHours? hours)
    {
        decimal inWindow = Math.Max(0, InWindow);
        decimal covered = Math.Clamp(reserved - Last.ReservedBefore, 0, inWindow);
        decimal earlier = Quantity - reserved - (inWindow - covered);
        return new Metered(Quantity - reserved, Earlier(earlier, hours) + UsageWeight.Of(hours, inWindow, Last.From, To, covered));
    }

    // What is left of the windows before keeps the factor they had on average: which of them told too much nobody knows.
    private decimal Earlier(decimal quantity, WeekHours? hours)
    {
        Metered before = Last.OnDemandBefore;
        return quantity == before.Quantity ? before.Weighted
            : before.Quantity == 0 ? UsageWeight.Of(hours, quantity, Last.From, To)
            : hours is null ? quantity
            : decimal.Round(before.Weighted / before.Quantity * quantity, RatingRule.ExactDecimals, MidpointRounding.ToEven);
    }
}

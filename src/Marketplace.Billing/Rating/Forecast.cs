using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Rating;

/// <summary>What a contract will have cost at the end of the use that is still to come. Pure.</summary>
internal static class Forecast
{
    /// <param name="used">On demand so far.</param>
    /// <param name="netByMonth">Charged for usage so far, by month as <c>2026-03</c>.</param>
    /// <param name="start">When the contract began, which its minimum counts from.</param>
    /// <returns>Net and tax of usage and minimum take.</returns>
    public static Share At(
        PriceVersion price,
        Metered used,
        IReadOnlyDictionary<string, long> netByMonth,
        DateTimeOffset start,
        UsageAhead ahead
    )
    {
        Metered Through(DateTimeOffset at)
        {
            DateTimeOffset until = Moments.Later(at, ahead.From);
            decimal quantity = ExactMath.MultiplyDivide(
                ahead.Cards,
                (until - ahead.From).Ticks,
                TimeSpan.TicksPerSecond,
                RatingRule.ExactDecimals
            );
            return used + new Metered(quantity, UsageWeight.Of(price.Hours, quantity, ahead.From, until));
        }
        Share total = RatingRule.Rate(Through(ahead.To), price).Share;
        if (price.Plan?.Minimum is not { } minimum || ahead.To <= start)
            return total;
        foreach (CommitmentPeriod period in MinimumRule.Periods(minimum, start, ahead.To))
        {
            long net = period.Key == MinimumRule.WholeContract ? netByMonth.Values.Sum() : netByMonth.GetValueOrDefault(period.Key);
            Rated more = RatingRule.Rate(Through(period.To), price) - RatingRule.Rate(Through(period.From), price);
            total += MinimumRule.Shortfall(period, checked(net + more.Share.Net), price).Share;
        }
        return total;
    }
}

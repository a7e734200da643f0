using Marketplace.Platform.Monetary;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Rating;

/// <summary>One period of a minimum take.</summary>
/// <param name="Key"><c>contract</c>, or the month as <c>2026-03</c>.</param>
/// <param name="Least">What at least is charged in it before tax, in main units, six decimals.</param>
internal sealed record CommitmentPeriod(string Key, DateTimeOffset From, DateTimeOffset To, decimal Least);

/// <summary>The minimum take: what of it remains to be charged.</summary>
internal static class MinimumRule
{
    private const int MicroDecimals = 6;

    /// <summary>The key of the one period of a minimum over the whole contract.</summary>
    public const string WholeContract = "contract";

    /// <summary>The periods of a contract that lives in [from, to). Months are calendar months in UTC; a part of one counts by its time.</summary>
    public static IReadOnlyList<CommitmentPeriod> Periods(MinimumTake minimum, DateTimeOffset from, DateTimeOffset to)
    {
        if (minimum.Period == MinimumPeriod.Contract)
            return [new CommitmentPeriod(WholeContract, from, to, minimum.Amount)];
        List<CommitmentPeriod> periods = [];
        for (DateTimeOffset month = from.StartOfMonth(); month < to; month = month.AddMonths(1))
        {
            DateTimeOffset next = month.AddMonths(1);
            DateTimeOffset start = Moments.Later(from, month);
            DateTimeOffset end = Moments.Earlier(to, next);
            if (end <= start)
                continue;
            decimal least = ExactMath.MultiplyDivide(minimum.Amount, (end - start).Ticks, (next - month).Ticks, MicroDecimals);
            periods.Add(new CommitmentPeriod($"{month:yyyy-MM}", start, end, least));
        }
        return periods;
    }

    /// <summary>What a period's usage leaves of its minimum, and never less than nothing.</summary>
    /// <param name="usedMicros">Charged for its usage before tax.</param>
    public static Rated Shortfall(CommitmentPeriod period, long usedMicros, PriceVersion price) =>
        RatingRule.Flat(Math.Max(0, period.Least - ((decimal)usedMicros / Money.MicrosPerUnit)), price);
}

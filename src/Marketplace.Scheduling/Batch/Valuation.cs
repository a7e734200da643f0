using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Batch;

/// <summary>
/// What the placing of a batch is worth. First the number of lines: one more line outweighs whatever the others could save, because a line
/// that is refused is work its buyer has to do elsewhere. Among equal numbers each line counts its limit price times the score it reaches: the
/// score holds the objective (for the cheapest work 80 of 100 points are the price per unit of work, for the nearest 70 are the distance), it is
/// on a scale that is the same for all requests, and the limit turns it into money, so that a large line weighs more than a small one. The
/// limit is the one the buyer named (budget per hour, or highest price per card times cards); without one, the dearest place that
/// arrival order could have given the line. Own capacity goes before bought capacity whatever the score.
/// </summary>
internal static class Valuation
{
    /// <summary>What one line is worth to the market besides what it scores: at least 64 times the most it could score.</summary>
    public const long Line = 1L << 40;

    /// <summary>The most that the rest of a line's worth may be.</summary>
    private const long Score = Line / 64;

    private const long FullPoints = 100_000_000;

    /// <summary>The buyer's own limit per hour in micro-units, or null.</summary>
    public static long? LimitOf(PlacementRequest request)
    {
        var byCard = request.MaxPricePerCardHour is { } price
            ? Int128.Min((Int128)price * Math.Max(1, request.FirstChoiceCards), long.MaxValue)
            : long.MaxValue;
        var limit = (long)Int128.Min(byCard, request.BudgetPerHour ?? long.MaxValue);
        return limit == long.MaxValue ? null : limit;
    }

    /// <summary>A line's utility in each of its choices for the auction: a whole number, of no unit that is money.</summary>
    /// <param name="mostLimit">The largest limit of the batch.</param>
    /// <param name="lastPrecedence">The highest precedence of the batch.</param>
    public static long Utility(long limit, in PoolChoice choice, long mostLimit, int lastPrecedence)
    {
        var range = ((Int128)lastPrecedence + 1) * Math.Max(1, mostLimit);
        var worth = ((Int128)(lastPrecedence - choice.Precedence) * Math.Max(1, mostLimit)) + ((Int128)limit * choice.Points / FullPoints);
        return Line + (long)(worth * Score / range);
    }

    /// <summary>
    /// Whether one way of placing the same requests is worth more than another: more lines, then own capacity first, then limits times scores.
    /// </summary>
    public static bool IsBetter(
        IReadOnlyList<PlacementRequest> requests,
        IReadOnlyList<Decision?> one,
        IReadOnlyList<Decision?> other,
        Func<string, int> precedenceOf
    )
    {
        int lines = one.Count(decision => decision is Placed) - other.Count(decision => decision is Placed);
        if (lines != 0)
        {
            return lines > 0;
        }

        long own = 0;
        Int128 worth = 0;
        for (var i = 0; i < requests.Count; i++)
        {
            var (mine, its) = (one[i] as Placed, other[i] as Placed);
            var limit = LimitOf(requests[i]) ?? Math.Max(mine?.PricePerHour ?? 0, its?.PricePerHour ?? 0);
            own += Bought(its) - Bought(mine);
            worth += (Int128)limit * (Points(mine) - Points(its));
        }

        return own != 0 ? own > 0 : worth > 0;

        long Bought(Placed? placed) => placed?.Roles.Sum(role => precedenceOf(role.OfferId!)) ?? 0;
    }

    private static long Points(Placed? placed) => placed is null ? 0 : (long)Math.Round(placed.Score * 1e6);
}

using Marketplace.Scheduling.Market;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Batch;

/// <summary>The lines of one role as orders of a <see cref="BatchMarket"/>, and their pools as its offers.</summary>
internal sealed class MatchingBook
{
    /// <summary>A line gets so many candidates, where there are as many: the exchange of whole orders looks at their third power.</summary>
    public const int MostChoices = 24;

    /// <summary>
    /// Coarser than the market's usual tolerance: many lines of a batch are alike and bid each other up by the least step until the last of
    /// them gives up, which takes as many bids as there are steps.
    /// </summary>
    private const double Tolerance = 0.002;

    private readonly List<int> lines = [];
    private readonly MarketOutcome outcome;

    public MatchingBook(OfferPools pools, IReadOnlyList<LineGroup> groups, BatchBound bound)
    {
        UnitMilli = UnitOf(pools, groups, bound);
        var orders = new List<MarketOrder>();
        var limit = groups.Select(group => group.Limit).DefaultIfEmpty(0).Max();
        var last = groups.SelectMany(group => group.Choices).Select(choice => choice.Precedence).DefaultIfEmpty(0).Max();
        foreach (
            var (line, group, number) in groups.SelectMany(g => g.Lines.Select((line, number) => (line, g, number))).OrderBy(x => x.line)
        )
        {
            lines.Add(line);
            var row = Row(group.Choices, number);
            orders.Add(
                new MarketOrder(
                    (int)row.Max(choice => Units(choice.Milli)),
                    [.. row.Select(choice => new MarketCandidate(choice.Pool, Valuation.Utility(group.Limit, choice, limit, last)))]
                )
            );
        }

        int[] capacity =
        [
            .. Enumerable.Range(0, pools.Count).Select(pool => (int)Math.Min(bound.CapacityMilli(pool) / UnitMilli, InputBounds.MaxCards)),
        ];
        outcome = BatchMarket.Match(new MarketBook(capacity, orders), Tolerance);
    }

    /// <summary>What all takes are multiples of, in 1/1000 card; more when amounts would be too large for a book.</summary>
    public long UnitMilli { get; }

    public IReadOnlyList<long> Prices => outcome.PriceMicros;

    /// <summary>The lines that got a pool, in the order of arrival.</summary>
    public IEnumerable<(int Line, int Pool)> Matched() =>
        lines.Zip(outcome.OfferOf).Where(each => each.Second >= 0).Select(each => (each.First, each.Second));

    /// <summary>
    /// The candidates of one of many equal lines: its best pools, and as many of the others, each line another part of them. If all
    /// had the same few, nobody would bid for the rest.
    /// </summary>
    private static List<PoolChoice> Row(IReadOnlyList<PoolChoice> choices, int number)
    {
        if (choices.Count <= MostChoices)
        {
            return [.. choices];
        }

        const int head = MostChoices / 2;
        const int rest = MostChoices - head;
        return
        [
            .. choices.Take(head),
            .. Enumerable
                .Range(0, rest)
                .Select(each => choices[head + (int)((((long)number * rest) + each) % (choices.Count - head))])
                .DistinctBy(choice => choice.Pool),
        ];
    }

    private static long UnitOf(OfferPools pools, IReadOnlyList<LineGroup> groups, BatchBound bound)
    {
        long unit = 0,
            most = 1;
        foreach (var choice in groups.SelectMany(group => group.Choices))
        {
            unit = Gcd(unit, choice.Milli);
            most = Math.Max(most, choice.Milli);
        }

        for (var pool = 0; pool < pools.Count; pool++)
        {
            most = Math.Max(most, Math.Min(bound.CapacityMilli(pool), long.MaxValue / 2));
        }

        return Math.Max(Math.Max(unit, 1), (most + InputBounds.MaxCards - 1) / InputBounds.MaxCards);
    }

    private long Units(long milli) => Math.Max(1, (milli + UnitMilli - 1) / UnitMilli);

    private static long Gcd(long left, long right)
    {
        while (right != 0)
        {
            (left, right) = (right, left % right);
        }

        return left;
    }
}

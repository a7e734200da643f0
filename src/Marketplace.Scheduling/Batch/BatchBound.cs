using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Batch;

/// <summary>How many lines of a batch any way of placing could have at most: weak duality, as in <see cref="Market.DualBound"/>.</summary>
/// <remarks>
/// For any prices p ≥ 0 per unit of a pool, lines ≤ Σ over pools of capacity · p + Σ over lines of max(0, 1 − least take · p at its cheapest
/// pool). Proof: placed lines pay Σ take · p ≤ Σ capacity · p, and each is worth 1. Lines of several roles, and lines beyond
/// <see cref="MostLooks"/>, count 1 each and take nothing, which can only raise the bound. It counts cards, not nodes: a gang that no node can
/// hold any more is not seen, so the bound may be larger than what is possible.
/// </remarks>
internal sealed class BatchBound
{
    /// <summary>Most offers looked at over all groups; the lines of further groups count as placed.</summary>
    private const long MostLooks = 20_000_000;

    private readonly OfferPools pools;
    private readonly List<(int Lines, (int Pool, long Milli)[] Takes)> rows = [];
    private readonly PoolUse[] use;
    private readonly long[] leastMilli;
    private readonly int free;

    /// <param name="groups">The lines that can be placed at all.</param>
    /// <param name="others">Lines that may be placed and are in no group.</param>
    public BatchBound(SupplyColumns columns, OfferPools pools, IReadOnlyList<LineGroup> groups, int others)
    {
        this.pools = pools;
        use = new PoolUse[pools.Count];
        leastMilli = new long[pools.Count];
        Array.Fill(leastMilli, long.MaxValue);
        var looks = 0L;
        free = others;
        foreach (var group in groups)
        {
            looks += columns.Index.Offers.Count;
            if (looks > MostLooks)
            {
                free += group.Lines.Count;
                continue;
            }

            var takes = new Dictionary<int, long>();
            foreach (var (pool, milli, used) in group.EveryPool(columns, pools))
            {
                takes[pool] = takes.TryGetValue(pool, out var known) ? Math.Min(known, milli) : milli;
                leastMilli[pool] = Math.Min(leastMilli[pool], milli);
                use[pool] = used > use[pool] ? used : use[pool];
            }

            rows.Add((group.Lines.Count, [.. takes.Select(take => (take.Key, take.Value))]));
        }
    }

    /// <summary>What the lines may take of a pool together, in 1/1000 card.</summary>
    public long CapacityMilli(int pool) => pools.CapacityMilli(pool, use[pool]);

    /// <summary>The least of the bounds that follow from an auction's prices, from the same prices rounded, and from no prices at all.</summary>
    /// <param name="prices">By pool, per unit; a line is worth <see cref="Valuation.Line"/>.</param>
    /// <param name="unitMilli">The unit in 1/1000 card.</param>
    public int AtMost(IReadOnlyList<long> prices, long unitMilli)
    {
        var least = Of(new long[pools.Count], unitMilli);
        least = Math.Min(least, Of(prices, unitMilli));
        // Lines of one size have a best bound whose prices are 0 or a whole line: the auction says which pools are the short ones.
        for (var quarter = 0; quarter <= 3; quarter++)
        {
            least = Math.Min(least, Of([.. prices.Select((price, pool) => Rounded(pool, price, quarter, unitMilli))], unitMilli));
        }

        return (int)least;
    }

    private long Rounded(int pool, long price, int quarter, long unitMilli)
    {
        var perLine = (Int128)price * leastMilli[pool] / unitMilli;
        return leastMilli[pool] < long.MaxValue && perLine >= (Int128)quarter * Valuation.Line / 4
            ? (long)((((Int128)Valuation.Line * unitMilli) + leastMilli[pool] - 1) / leastMilli[pool])
            : 0;
    }

    private long Of(IReadOnlyList<long> prices, long unitMilli)
    {
        Int128 bound = 0;
        for (var pool = 0; pool < pools.Count; pool++)
        {
            bound += (Int128)CapacityMilli(pool) * prices[pool];
        }

        var line = (Int128)Valuation.Line * unitMilli;
        foreach (var (lines, takes) in rows)
        {
            Int128 most = 0;
            foreach (var (pool, milli) in takes)
            {
                most = Int128.Max(most, line - ((Int128)milli * prices[pool]));
            }

            bound += most * lines;
        }

        return (long)Int128.Min((bound / line) + free, int.MaxValue);
    }
}

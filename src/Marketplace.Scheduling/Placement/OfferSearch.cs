using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using Marketplace.Scheduling.Filters;

namespace Marketplace.Scheduling.Placement;

/// <summary>How offers are looked for. The answers are the same.</summary>
internal enum Lookup
{
    /// <summary>The few offers a rule names; else the blocks of the models in question, the most promising first.</summary>
    Index,

    /// <summary>All offers from the first to the last.</summary>
    Scan,
}

/// <summary>
/// Finds the best offers for a role: filter, score and choice of the best in one pass over the columns, eight offers at a time. What the
/// vectors let through is checked and scored exactly, so floats never decide.
/// </summary>
/// <param name="milliOfOffers">What each offer has left at most, in 1/1000 card; null when that is no bound.</param>
internal sealed class OfferSearch(
    SupplyColumns columns,
    IReadOnlyList<OfferRule> rules,
    OfferView[] views,
    int replicas,
    long[]? milliOfOffers
)
{
    /// <summary>A price per hour beyond 64 bits cannot be charged, so such a candidate is no candidate.</summary>
    private const double MaxMicrosTimesMilli = 9e21;

    /// <summary>Blocks whose filters are worked out together while scanning: 512 bytes of words stay in the nearest cache.</summary>
    private const int Chunk = 64;

    /// <summary>More than all points: a lower precedence ranks before any score.</summary>
    private const float PrecedenceRank = 101;

    private readonly OfferIndex index = columns.Index;
    private readonly OfferRule[] tested = [.. rules.Where(rule => !rule.IsExact)];

    /// <summary>Offers looked at, 64 for a block: the work done, whatever the machine.</summary>
    public long Looked { get; private set; }

    /// <summary>The best candidates after one (or of all), in order.</summary>
    public IReadOnlyList<CandidateOrder> Next(int most, CandidateOrder? after, Lookup lookup)
    {
        var top = new TopCandidates(most, after);
        if (lookup == Lookup.Scan)
        {
            Scan(top);
        }
        else if (Fewest() is { } few)
        {
            LookAt(few, top);
        }
        else
        {
            LookAtBlocks(top);
        }

        return top.Sorted();
    }

    /// <summary>The same among these offers only.</summary>
    public IReadOnlyList<CandidateOrder> Among(int[] offers, int most, CandidateOrder? after)
    {
        var top = new TopCandidates(most, after);
        LookAt(offers, top);
        return top.Sorted();
    }

    /// <summary>Every candidate, variant by variant.</summary>
    public IEnumerable<(int Offer, OfferView View, long PerReplicaMilli)> Each()
    {
        var few = Fewest()?.Where(offer => rules.All(rule => rule.Has(offer))).ToList();
        foreach (var view in views)
        {
            foreach (var offer in few?.Where(offer => offer >= view.From && offer < view.To) ?? Passing(view))
            {
                if (view.MilliOf(index.Kind[offer]) is { } milli)
                {
                    yield return (offer, view, milli);
                }
            }
        }
    }

    private IEnumerable<int> Passing(OfferView view)
    {
        var words = new ulong[Chunk];
        for (var first = view.FirstBlock; first < view.FirstBlock + view.Blocks; first += Chunk)
        {
            var chunk = Math.Min(Chunk, view.FirstBlock + view.Blocks - first);
            Filter(words.AsSpan(0, chunk), first);
            for (var i = 0; i < chunk; i++)
            {
                for (var rest = words[i] & Words.InRange(first + i, view.From, view.To); rest != 0; rest &= rest - 1)
                {
                    var offer = ((first + i) * OfferBlocks.Size) + BitOperations.TrailingZeroCount(rest);
                    if (Array.TrueForAll(tested, rule => rule.Has(offer)))
                    {
                        yield return offer;
                    }
                }
            }
        }
    }

    /// <summary>Whether the role reaches the offer's minimum take, and whether the offer sold as much when the snapshot was made.</summary>
    public (bool ReachesMinimum, bool Sells) Takes(int offer, long perReplicaMilli)
    {
        var milli = perReplicaMilli * replicas;
        return (
            milli >= index.MinMilli[offer],
            milli >= index.MinMilli[offer]
                && (milliOfOffers is null || milli <= milliOfOffers[offer])
                && (double)index.Price[offer] * milli <= MaxMicrosTimesMilli
        );
    }

    private int[]? Fewest()
    {
        int[]? fewest = null;
        foreach (var rule in rules)
        {
            fewest = rule.Few is { } few && (fewest is null || few.Length < fewest.Length) ? few : fewest;
        }

        return fewest;
    }

    private void LookAt(int[] few, TopCandidates top)
    {
        Looked += few.Length;
        foreach (var offer in few)
        {
            if (!rules.All(rule => rule.Has(offer)))
            {
                continue;
            }

            foreach (var view in views)
            {
                if (offer >= view.From && offer < view.To)
                {
                    Consider(offer, view, top);
                }
            }
        }
    }

    private void Scan(TopCandidates top)
    {
        Span<ulong> words = stackalloc ulong[Chunk];
        for (var first = 0; first < index.Blocks.Count; first += Chunk)
        {
            var chunk = words[..Math.Min(Chunk, index.Blocks.Count - first)];
            Filter(chunk, first);
            for (var i = 0; i < chunk.Length; i++)
            {
                foreach (var view in chunk[i] == 0 ? [] : views)
                {
                    LookAtBlock(first + i, chunk[i] & Words.InRange(first + i, view.From, view.To), view, top);
                }
            }
        }
    }

    private void LookAtBlocks(TopCandidates top)
    {
        var total = views.Sum(view => view.Blocks);
        var words = ArrayPool<ulong>.Shared.Rent(total);
        var points = ArrayPool<float>.Shared.Rent(total);
        int best = -1,
            bestView = 0;
        var bestRank = float.NegativeInfinity;
        for (int v = 0, at = 0; v < views.Length; at += views[v++].Blocks)
        {
            var view = views[v];
            var part = words.AsSpan(at, view.Blocks);
            Filter(part, view.FirstBlock);
            for (var i = 0; i < part.Length; i++)
            {
                part[i] &= Words.InRange(view.FirstBlock + i, view.From, view.To);
                ref readonly var block = ref index.Blocks.Best[view.FirstBlock + i];
                points[at + i] = part[i] == 0 || block.Free < LeastFree(view) ? float.NegativeInfinity : view.MostPoints(block);
                var rank = points[at + i] - (PrecedenceRank * block.Precedence);
                if (rank > bestRank)
                {
                    (best, bestView, bestRank) = (at + i, v, rank);
                }
            }
        }

        // The most promising block first: what it holds sets the bar for the others.
        for (int v = 0, at = 0; v < views.Length && best >= 0; at += views[v++].Blocks)
        {
            if (v == bestView)
            {
                LookAtBlock(views[v].FirstBlock + best - at, words[best], views[v], top);
            }
        }

        for (int v = 0, at = 0; v < views.Length; at += views[v++].Blocks)
        {
            for (var i = 0; i < views[v].Blocks; i++)
            {
                var block = views[v].FirstBlock + i;
                if (points[at + i] >= 0 && at + i != best && top.CouldTake(index.Blocks.Best[block].Precedence, points[at + i]))
                {
                    LookAtBlock(block, words[at + i], views[v], top);
                }
            }
        }

        ArrayPool<ulong>.Shared.Return(words);
        ArrayPool<float>.Shared.Return(points);
    }

    private void Filter(Span<ulong> words, int firstBlock)
    {
        words.Fill(ulong.MaxValue);
        foreach (var rule in rules)
        {
            rule.And(words, firstBlock);
        }
    }

    /// <summary>
    /// points = base + price weight / (1 + √price · factor) + reliability weight · reliability, with the base and the factor that are best in
    /// the block: never less than the exact score but for rounding, which the margin of <see cref="TopCandidates"/> covers.
    /// </summary>
    private void LookAtBlock(int block, ulong word, OfferView view, TopCandidates top)
    {
        if (word == 0)
        {
            return;
        }

        Looked += OfferBlocks.Size;
        ref readonly var best = ref index.Blocks.Best[block];
        var least = Vector256.Create(top.LeastPoints(best.Precedence));
        var based = Vector256.Create(view.BaseOf(best));
        var factor = Vector256.Create(view.RootFactor);
        var price = Vector256.Create(view.PriceWeight);
        var reliability = Vector256.Create(view.ReliabilityWeight);
        var free = Vector256.Create(LeastFree(view));
        for (var lanes = 0; lanes < OfferBlocks.Size; lanes += Vector256<float>.Count)
        {
            var wanted = (uint)((word >> lanes) & 0xFF);
            if (wanted == 0)
            {
                continue;
            }

            var at = (block * OfferBlocks.Size) + lanes;
            var points =
                based
                + (price / (Vector256<float>.One + (Vector256.Create(index.Blocks.Root, at) * factor)))
                + (Vector256.Create(index.Blocks.Reliability, at) * reliability);
            var could =
                Vector256.GreaterThanOrEqual(points, least) & Vector256.GreaterThanOrEqual(Vector256.Create(index.Blocks.Free, at), free);
            for (var rest = could.ExtractMostSignificantBits() & wanted; rest != 0; rest &= rest - 1)
            {
                Consider(at + BitOperations.TrailingZeroCount(rest), view, top);
                least = Vector256.Create(top.LeastPoints(best.Precedence));
            }
        }
    }

    /// <summary>What an offer must have left for the whole role, a little less for what floats round away.</summary>
    private float LeastFree(OfferView view) => milliOfOffers is null ? -1 : 0.9999f * view.LeastMilli * replicas;

    private void Consider(int offer, OfferView view, TopCandidates top)
    {
        if (view.MilliOf(index.Kind[offer]) is not { } milli || !Takes(offer, milli).Sells)
        {
            return;
        }

        foreach (var rule in tested)
        {
            if (!rule.Has(offer))
            {
                return;
            }
        }

        top.Add(
            new CandidateOrder(index.Precedence[offer], view.MicroPoints(offer, milli), index.Listed[offer], view.Variant, offer, milli)
        );
    }
}

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// Candidates in the order of trying, found only as far as somebody looks: most decisions look at a handful of thousands. Each further batch
/// is a search for the best after the last one. Safe for several threads: explanations that share it may be read anywhere.
/// </summary>
/// <param name="next">The best candidates after one (or of all), in order; fewer than asked when there are no more.</param>
internal sealed class CandidateQueue(Func<int, CandidateOrder?, IReadOnlyList<CandidateOrder>> next)
{
    /// <summary>Most decisions try no more, and every further one makes the bar of the first search lower.</summary>
    private const int FirstBatch = 4;

    /// <summary>Batches grow, so that looking at all of n candidates takes about log n searches.</summary>
    private const int Growth = 8;

    private readonly Lock door = new();
    private readonly List<CandidateOrder> ordered = [];
    private int batch = FirstBatch;
    private bool complete;

    /// <summary>The candidate at a position of the order, or false past the end.</summary>
    public bool TryGet(int position, out CandidateOrder candidate)
    {
        lock (door)
        {
            while (position >= ordered.Count && !complete)
            {
                var more = next(batch, ordered.Count == 0 ? null : ordered[^1]);
                complete = more.Count < batch;
                ordered.AddRange(more);
                batch = (int)Math.Min((long)batch * Growth, Array.MaxLength);
            }

            candidate = position < ordered.Count ? ordered[position] : default;
            return position < ordered.Count;
        }
    }
}

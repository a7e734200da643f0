namespace Marketplace.Scheduling.Placement;

/// <summary>The best few of the candidates added, after a given one: a heap with the worst of them on top.</summary>
internal sealed class TopCandidates(int most, CandidateOrder? after)
{
    /// <summary>A block is compared in floats, which are off by less than this many points of 100.</summary>
    private const float Margin = 0.001f;

    private CandidateOrder[] heap = new CandidateOrder[Math.Min(most, 64)];
    private int count;

    /// <summary>Whether an offer of this precedence that scores at most so many points could still be among them.</summary>
    public bool CouldTake(int precedence, float points) =>
        count < most || precedence < heap[0].Precedence || (precedence == heap[0].Precedence && points >= LeastPoints(precedence));

    /// <summary>What an offer must score at least, given the lowest precedence among its neighbours.</summary>
    public float LeastPoints(int precedence) =>
        count < most || precedence < heap[0].Precedence ? float.NegativeInfinity
        : precedence > heap[0].Precedence ? float.PositiveInfinity
        : (heap[0].BestMicroPoints / 1e6f) - Margin;

    public void Add(in CandidateOrder candidate)
    {
        if (after is { } last && candidate.CompareTo(last) <= 0)
        {
            return;
        }

        if (count < most)
        {
            if (count == heap.Length)
            {
                Array.Resize(ref heap, (int)Math.Min(4L * count, most));
            }

            heap[count] = candidate;
            SiftUp(count++);
        }
        else if (candidate.CompareTo(heap[0]) < 0)
        {
            heap[0] = candidate;
            SiftDown();
        }
    }

    /// <summary>What was kept, best first.</summary>
    public IReadOnlyList<CandidateOrder> Sorted()
    {
        Array.Sort(heap, 0, count);
        return new ArraySegment<CandidateOrder>(heap, 0, count);
    }

    private void SiftUp(int at)
    {
        for (var parent = (at - 1) / 2; at > 0 && heap[at].CompareTo(heap[parent]) > 0; at = parent, parent = (at - 1) / 2)
        {
            (heap[at], heap[parent]) = (heap[parent], heap[at]);
        }
    }

    private void SiftDown()
    {
        for (int at = 0, child = 1; child < count; at = child, child = (2 * at) + 1)
        {
            if (child + 1 < count && heap[child + 1].CompareTo(heap[child]) > 0)
            {
                child++;
            }

            if (heap[child].CompareTo(heap[at]) <= 0)
            {
                return;
            }

            (heap[at], heap[child]) = (heap[child], heap[at]);
        }
    }
}

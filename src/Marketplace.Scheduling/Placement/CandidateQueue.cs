namespace Marketplace.Scheduling.Placement;

/// <summary>
/// Candidates in the order of trying, sorted only as far as somebody looks: building is linear, and most decisions look at
/// a handful of thousands.
/// </summary>
internal sealed class CandidateQueue
{
    private readonly List<Candidate> all = [];
    private readonly List<int> ordered = [];
    private int[]? heap;
    private int heapSize;

    public int Count => all.Count;

    public IEnumerable<Candidate> Unordered => all;

    public void Add(in Candidate candidate) => all.Add(candidate);

    /// <summary>The candidate at a position of the order, or false past the end.</summary>
    public bool TryGet(int position, out Candidate candidate)
    {
        if (position >= all.Count)
        {
            candidate = default;
            return false;
        }

        if (heap is null)
        {
            Heapify();
        }

        while (ordered.Count <= position)
        {
            ordered.Add(Pop());
        }

        candidate = all[ordered[position]];
        return true;
    }

    private void Heapify()
    {
        heap = [.. Enumerable.Range(0, all.Count)];
        heapSize = all.Count;
        for (var i = (heapSize / 2) - 1; i >= 0; i--)
        {
            SiftDown(i);
        }
    }

    private int Pop()
    {
        var top = heap![0];
        heap[0] = heap[--heapSize];
        SiftDown(0);
        return top;
    }

    private void SiftDown(int at)
    {
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= heapSize)
            {
                return;
            }

            if (child + 1 < heapSize && Before(heap![child + 1], heap[child]))
            {
                child++;
            }

            if (!Before(heap![child], heap[at]))
            {
                return;
            }

            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }

    private bool Before(int left, int right) => all[left].Order.CompareTo(all[right].Order) < 0;
}

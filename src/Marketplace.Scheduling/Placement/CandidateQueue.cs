namespace Marketplace.Scheduling.Placement;

/// <summary>
/// Candidates in the order of trying, sorted only as far as somebody looks: building is linear, and most decisions look at
/// a handful of thousands. Small records; everything else is worked out again for the few that are looked at.
/// </summary>
internal sealed class CandidateQueue
{
    private readonly List<CandidateOrder> ordered = [];
    private CandidateOrder[] heap = new CandidateOrder[16];
    private bool isHeap;
    private int heapSize;

    public int Count => ordered.Count + heapSize;

    /// <summary>A candidate by number, in no particular order: for looking at all of them without sorting.</summary>
    public CandidateOrder this[int number] => number < ordered.Count ? ordered[number] : heap[number - ordered.Count];

    /// <summary>Adds a candidate. All are added before the first is looked at.</summary>
    public void Add(in CandidateOrder candidate)
    {
        if (heapSize == heap.Length)
        {
            Array.Resize(ref heap, heap.Length * 4);
        }

        heap[heapSize++] = candidate;
    }

    /// <summary>The candidate at a position of the order, or false past the end.</summary>
    public bool TryGet(int position, out CandidateOrder candidate)
    {
        if (position >= Count)
        {
            candidate = default;
            return false;
        }

        if (!isHeap)
        {
            Heapify();
        }

        while (ordered.Count <= position)
        {
            ordered.Add(Pop());
        }

        candidate = ordered[position];
        return true;
    }

    private void Heapify()
    {
        isHeap = true;
        for (var i = (heapSize / 2) - 1; i >= 0; i--)
        {
            SiftDown(i);
        }
    }

    private CandidateOrder Pop()
    {
        var top = heap[0];
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

            if (child + 1 < heapSize && heap[child + 1].CompareTo(heap[child]) < 0)
            {
                child++;
            }

            if (heap[child].CompareTo(heap[at]) >= 0)
            {
                return;
            }

            (heap[at], heap[child]) = (heap[child], heap[at]);
            at = child;
        }
    }
}

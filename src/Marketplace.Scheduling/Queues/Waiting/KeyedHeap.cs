namespace Marketplace.Scheduling.Queues.Waiting;

/// <summary>Where each id stands in the one heap that holds it; several heaps share it when an id is in at most one of them.</summary>
internal sealed class HeapPositions
{
    // One more than the position, so that new cells mean "nowhere".
    private int[] positions = new int[16];

    public int this[int id]
    {
        get => id < positions.Length ? positions[id] - 1 : -1;
        set
        {
            if (id >= positions.Length)
            {
                Array.Resize(ref positions, Math.Max(id + 1, positions.Length * 2));
            }

            positions[id] = value + 1;
        }
    }
}

/// <summary>A binary heap, smallest key first and of equal keys the smallest id, whose members can be moved and taken out: O(log n) each.</summary>
internal sealed class KeyedHeap<TKey>(HeapPositions positions)
    where TKey : struct, IComparable<TKey>
{
    private (TKey Key, int Id)[] items = [];

    public int Count { get; private set; }

    public int Top => items[0].Id;

    public TKey TopKey => items[0].Key;

    /// <summary>The members in no particular order.</summary>
    public IEnumerable<int> Ids => items.Take(Count).Select(item => item.Id);

    /// <summary>Puts an id in, or moves it to its new key.</summary>
    public void Set(int id, TKey key)
    {
        var at = positions[id];
        if (at < 0)
        {
            if (Count == items.Length)
            {
                Array.Resize(ref items, Math.Max(4, items.Length * 2));
            }

            at = Count++;
        }

        Sift(at, (key, id));
    }

    /// <summary>Takes an id out, if it is here.</summary>
    public void Remove(int id)
    {
        var at = positions[id];
        if (at < 0)
        {
            return;
        }

        positions[id] = -1;
        var last = items[--Count];
        if (at < Count)
        {
            Sift(at, last);
        }
    }

    /// <summary>Finds the place of an item, from a free place on: up while it is smaller than what stands above, else down.</summary>
    private void Sift(int at, (TKey Key, int Id) item)
    {
        while (at > 0 && Before(item, items[(at - 1) / 2]))
        {
            Place(at, items[(at - 1) / 2]);
            at = (at - 1) / 2;
        }

        for (var child = (2 * at) + 1; child < Count; child = (2 * at) + 1)
        {
            if (child + 1 < Count && Before(items[child + 1], items[child]))
            {
                child++;
            }

            if (!Before(items[child], item))
            {
                break;
            }

            Place(at, items[child]);
            at = child;
        }

        Place(at, item);
    }

    private void Place(int at, (TKey Key, int Id) item)
    {
        items[at] = item;
        positions[item.Id] = at;
    }

    private static bool Before((TKey Key, int Id) left, (TKey Key, int Id) right)
    {
        var order = left.Key.CompareTo(right.Key);
        return order < 0 || (order == 0 && left.Id < right.Id);
    }
}

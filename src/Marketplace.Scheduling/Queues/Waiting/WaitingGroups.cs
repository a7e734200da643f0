using Marketplace.Scheduling.Queues.Disciplines;

namespace Marketplace.Scheduling.Queues.Waiting;

/// <summary>
/// Workloads of one queue, shape and priority. They fit or wait together, so only the first of them is ever tried, and all are parked by
/// parking the group. Groups live as long as somebody waits in them.
/// </summary>
internal sealed class WaitingGroups(WorkloadTable workloads)
{
    private const int None = -1;
    private readonly Dictionary<(int Queue, int Priority, WorkloadShape Shape), int> known = [];
    private readonly Stack<int> free = new();
    private Group[] groups = new Group[16];
    private int used;

    public ref Group this[int group] => ref groups[group];

    /// <summary>How many groups there are.</summary>
    public int Count => known.Count;

    /// <summary>The place in line of a group's first.</summary>
    public Turn TurnOf(int group) => new(groups[group].Priority, workloads[groups[group].First].Facts.Arrival);

    /// <summary>Puts a workload in line; one that comes back stands where it stood.</summary>
    /// <returns>Its group.</returns>
    public int Enter(int slot)
    {
        ref var row = ref workloads[slot];
        var key = (row.Facts.Queue, row.Facts.Priority, row.Facts.Shape);
        if (!known.TryGetValue(key, out var id))
        {
            id = Create(key);
        }

        ref var group = ref groups[id];
        // All of a group share one shape, also when every submission brought its own.
        row.Facts = row.Facts with
        {
            Shape = group.Shape,
        };
        // New ones go to the end at once; only those that come back walk, past whoever arrived later.
        var before = group.Last;
        while (before != None && workloads[before].Facts.Arrival > row.Facts.Arrival)
        {
            before = workloads[before].Previous;
        }

        var after = before == None ? group.First : workloads[before].Next;
        (row.Group, row.Previous, row.Next) = (id, before, after);
        Link(ref group, before, slot);
        Link(ref group, slot, after);
        group.Count++;
        return id;
    }

    /// <summary>Takes a workload out of its line.</summary>
    /// <returns>Whether the group is empty now; <see cref="Drop"/> it then.</returns>
    public bool Leave(int slot)
    {
        ref var row = ref workloads[slot];
        ref var group = ref groups[row.Group];
        Link(ref group, row.Previous, row.Next);
        (row.Group, row.Previous, row.Next) = (None, None, None);
        return --group.Count == 0;
    }

    /// <summary>Forgets an empty group.</summary>
    public void Drop(int id)
    {
        ref var group = ref groups[id];
        known.Remove((group.Queue, group.Priority, group.Shape));
        group = default;
        free.Push(id);
    }

    private int Create((int Queue, int Priority, WorkloadShape Shape) key)
    {
        if (!free.TryPop(out var id))
        {
            id = used++;
            if (id == groups.Length)
            {
                Array.Resize(ref groups, groups.Length * 2);
            }
        }

        groups[id] = new Group
        {
            Queue = key.Queue,
            Priority = key.Priority,
            Shape = key.Shape,
            First = None,
            Last = None,
            Blocker = Parking.NotParked,
        };
        known.Add(key, id);
        return id;
    }

    private void Link(ref Group group, int before, int after)
    {
        if (before == None)
        {
            group.First = after;
        }
        else
        {
            workloads[before].Next = after;
        }

        if (after == None)
        {
            group.Last = before;
        }
        else
        {
            workloads[after].Previous = before;
        }
    }

    public struct Group
    {
        public int Queue;
        public int Priority;
        public WorkloadShape Shape;
        public int First;
        public int Last;
        public int Count;

        /// <summary>The bound it waits for, as <see cref="Parking"/> numbers them.</summary>
        public int Blocker;

        /// <summary>When it was parked, in the caller's time.</summary>
        public long ParkedSince;
    }
}

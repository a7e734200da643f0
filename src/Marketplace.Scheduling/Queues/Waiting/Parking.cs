using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Queues.Waiting;

/// <summary>
/// Groups that did not fit, each at the one bound (node and resource) that stopped it, the smallest need first. A group can only fit again
/// when that bound's headroom reaches its need: because something was given back there, because the group's own branch got room that is not
/// counted at the bound, or because a quota changed. Those events are noted, O(depth) each, and looked at once, before the next pass; whoever
/// asks for more than the headroom is never touched. While a pass admits, needs only grow and headrooms shrink, so nobody has to wake then.
/// </summary>
internal sealed class Parking(QueueTree tree, WaitingGroups groups)
{
    public const int NotParked = -1;

    /// <summary>Its quota is there, but no nodes were.</summary>
    public const int NoPlace = -2;

    private readonly KeyedHeap<long>?[] bounds = new KeyedHeap<long>?[tree.Count * tree.Resources.Count];
    private readonly HeapPositions positions = new();
    private readonly HashSet<int> unplaced = [];
    private readonly HashSet<int> eased = [];
    private readonly HashSet<int> regained = [];
    private readonly HashSet<(int Root, int Resource)> changed = [];
    private ulong released;

    public void Park(int group, QuotaBlock block)
    {
        var bound = Bound(block.Node, block.Resource);
        groups[group].Blocker = bound;
        (bounds[bound] ??= new KeyedHeap<long>(positions)).Set(group, block.Need);
    }

    public void ParkWithoutPlace(int group)
    {
        groups[group].Blocker = NoPlace;
        unplaced.Add(group);
    }

    public void Unpark(int group)
    {
        ref var each = ref groups[group];
        if (each.Blocker == NoPlace)
        {
            unplaced.Remove(group);
        }
        else if (each.Blocker >= 0)
        {
            bounds[each.Blocker]!.Remove(group);
        }

        each.Blocker = NotParked;
    }

    /// <summary>A workload of the queue gave its resources back.</summary>
    public void Released(int queue, WorkloadShape shape)
    {
        released |= shape.NeededMask;
        foreach (var resource in shape.Needed)
        {
            for (var node = queue; node >= 0; node = tree.Parents[node])
            {
                var bound = Bound(node, resource);
                if (bounds[bound] is { Count: > 0 })
                {
                    eased.Add(bound);
                }

                if (tree.Kept(node, resource) > tree.Used(node, resource))
                {
                    regained.Add(bound);
                }
            }
        }
    }

    /// <summary>A quota changed: everybody in that tree who waits for the resource is looked at again.</summary>
    public void QuotaChanged(int node, int resource) => changed.Add((tree.Roots[node], resource));

    /// <summary>There may be nodes for what found none.</summary>
    public void PlacesChanged() => released = ulong.MaxValue;

    /// <summary>Takes out of the parking everybody who fits now.</summary>
    public void Wake(List<int> woken)
    {
        foreach (var bound in eased)
        {
            WakeAt(bound, woken);
        }

        foreach (var bound in regained)
        {
            int node = bound / tree.Resources.Count,
                resource = bound % tree.Resources.Count;
            for (var above = tree.Parents[node]; above >= 0; above = tree.Parents[above])
            {
                TryAgain(Bound(above, resource), group => IsUnder(groups[group].Queue, node), woken);
            }
        }

        foreach (var (root, resource) in changed)
        {
            foreach (var node in tree.Related(root))
            {
                TryAgain(Bound(node, resource), _ => true, woken);
            }
        }

        if (released != 0 && unplaced.Count > 0)
        {
            foreach (var group in unplaced.Where(group => (groups[group].Shape.NeededMask & released) != 0).ToList())
            {
                TryAgain(group, woken);
            }
        }

        eased.Clear();
        regained.Clear();
        changed.Clear();
        released = 0;
    }

    private void WakeAt(int bound, List<int> woken)
    {
        var parked = bounds[bound]!;
        var headroom = tree.Headroom(bound / tree.Resources.Count, bound % tree.Resources.Count);
        while (parked.Count > 0 && parked.TopKey <= headroom)
        {
            TryAgain(parked.Top, woken);
        }
    }

    private void TryAgain(int bound, Func<int, bool> whom, List<int> woken)
    {
        if (bounds[bound] is { Count: > 0 } parked)
        {
            foreach (var group in parked.Ids.Where(whom).ToList())
            {
                TryAgain(group, woken);
            }
        }
    }

    /// <summary>Wakes the group, or parks it at the bound that stops it now.</summary>
    private void TryAgain(int group, List<int> woken)
    {
        Unpark(group);
        if (tree.FirstBlock(groups[group].Queue, groups[group].Shape) is { } block)
        {
            Park(group, block);
        }
        else
        {
            woken.Add(group);
        }
    }

    private bool IsUnder(int queue, int node)
    {
        var above = queue;
        while (above >= 0 && above != node)
        {
            above = tree.Parents[above];
        }

        return above == node;
    }

    private int Bound(int node, int resource) => (node * tree.Resources.Count) + resource;
}

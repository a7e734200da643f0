using Marketplace.Scheduling.Queues.Tree;
using Marketplace.Scheduling.Queues.Waiting;

namespace Marketplace.Scheduling.Queues.Disciplines;

/// <summary>
/// Who is served next: at every node a heap of the children under which something may be tried, by the key of the discipline. Walking the
/// smallest keys down from the top finds the queue, O(depth); after a change of one queue its path is put in order again, O(depth · log).
/// Trees do not compete with each other: the first is served until it has nothing left to try.
/// </summary>
internal sealed class ServiceTree
{
    private readonly QueueTree tree;
    private readonly Discipline discipline;
    private readonly KeyedHeap<ServiceKey>[] children;
    private readonly KeyedHeap<ServiceKey> roots;
    private readonly Turn?[] turns;

    public ServiceTree(QueueTree tree, Discipline discipline)
    {
        (this.tree, this.discipline) = (tree, discipline);
        var positions = new HeapPositions();
        roots = new KeyedHeap<ServiceKey>(positions);
        children = new KeyedHeap<ServiceKey>[tree.Count];
        for (var node = 0; node < tree.Count; node++)
        {
            children[node] = new KeyedHeap<ServiceKey>(positions);
        }

        turns = new Turn?[tree.Count];
    }

    /// <summary>The queue to serve; −1 when nothing is left to try.</summary>
    public int Next
    {
        get
        {
            if (roots.Count == 0)
            {
                return -1;
            }

            var node = roots.Top;
            while (tree.Children[node] > 0)
            {
                node = children[node].Top;
            }

            return node;
        }
    }

    /// <summary>Says what a queue would try next (null: nothing), after any change of its line or of what it holds.</summary>
    public void Refresh(int queue, Turn? turn)
    {
        turns[queue] = turn;
        for (var node = queue; node >= 0; node = tree.Parents[node])
        {
            RefreshNode(node);
        }
    }

    /// <summary>After a change of quota: every key of the tree may be another.</summary>
    public void RefreshTree(int root)
    {
        foreach (var node in tree.Related(root))
        {
            if (tree.Children[node] == 0)
            {
                Refresh(node, turns[node]);
            }
        }
    }

    private void RefreshNode(int node)
    {
        var parent = tree.Parents[node];
        var among = parent < 0 ? roots : children[parent];
        if (tree.Children[node] > 0)
        {
            turns[node] = children[node].Count > 0 ? turns[children[node].Top] : null;
        }

        if (turns[node] is not { } turn)
        {
            among.Remove(node);
        }
        else
        {
            among.Set(node, parent < 0 ? default : discipline.KeyOf(node, turn));
        }
    }
}

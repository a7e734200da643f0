using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Preemption;

/// <summary>
/// Evictions that are tried: quota and nodes are changed in place, every change stands in an undo log, and nothing is copied. Keeps count of
/// how many pods of the waiting workload the nodes could hold.
/// </summary>
internal sealed class EvictionTrial
{
    private readonly QueueTree tree;
    private readonly NodeOccupancy nodes;
    private readonly WorkloadFacts waiting;
    private readonly List<(Resident Resident, int Sign)> log = [];
    private readonly int[] places;
    private readonly NodeDomain domain;
    private long placesOverall;

    /// <param name="domain">The nodes the pods may use; evictions elsewhere free quota, but no place.</param>
    public EvictionTrial(QueueTree tree, NodeOccupancy nodes, WorkloadFacts waiting, NodeDomain domain)
    {
        (this.tree, this.nodes, this.waiting, this.domain) = (tree, nodes, waiting, domain);
        places = new int[nodes.Nodes];
        for (var node = 0; node < places.Length; node++)
        {
            Count(node);
        }
    }

    /// <summary>Position in the undo log.</summary>
    public int Mark => log.Count;

    /// <summary>How many are evicted now.</summary>
    public int Evicted { get; private set; }

    /// <summary>Whether the nodes have a place for every pod.</summary>
    public bool NodesSuffice => places.Length == 0 || placesOverall >= waiting.Shape.Pods;

    /// <summary>Whether the quota is there.</summary>
    public bool QuotaSuffices => tree.Fits(waiting.Queue, waiting.Shape);

    public bool Suffices => NodesSuffice && QuotaSuffices;

    /// <summary>Pods that the node could hold.</summary>
    public int PlacesOn(int node) => places[node];

    public void Evict(Resident resident) => Write(resident, 1);

    public void Reprieve(Resident resident) => Write(resident, -1);

    /// <summary>Takes back everything after a mark, the last first.</summary>
    public void RollbackTo(int mark)
    {
        while (log.Count > mark)
        {
            var (resident, sign) = log[^1];
            log.RemoveAt(log.Count - 1);
            Apply(resident, -sign);
        }
    }

    private void Write(Resident resident, int sign)
    {
        log.Add((resident, sign));
        Apply(resident, sign);
    }

    private void Apply(Resident resident, int sign)
    {
        resident.IsEvicted = sign > 0;
        Evicted += sign;
        tree.Add(resident.Facts.Queue, resident.Facts.Shape, -sign);
        nodes.Move(resident, sign);
        foreach (var place in resident.Places)
        {
            Count(place.Node);
        }
    }

    private void Count(int node)
    {
        placesOverall -= places[node];
        places[node] = domain.Contains(node) ? nodes.PodsThatFit(waiting.Shape, node) : 0;
        placesOverall += places[node];
    }
}

/// <summary>Nodes of one domain of a level, or all nodes.</summary>
internal readonly record struct NodeDomain(int[]? Domains, int Domain)
{
    public static NodeDomain All => default;

    public bool Contains(int node) => Domains is null || Domains[node] == Domain;
}

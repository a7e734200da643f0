using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues;

namespace Marketplace.Scheduling.Preemption;

/// <summary>How many pods of a workload are on a node.</summary>
public readonly record struct PodsOnNode(int Node, int Pods);

/// <summary>
/// Which admitted workload runs where, and what is free on every node. Starting and ending touch the nodes of that workload only. Without
/// nodes quota alone decides, and workloads are entered without places. Memory: a word per node and resource, about 150 bytes per workload
/// and 16 per place.
/// </summary>
public sealed class NodeOccupancy
{
    private const int Classes = (int)ContractClass.IdleFill + 1;
    private readonly Dictionary<WorkloadTicket, Resident> residents = [];
    private readonly Dictionary<int, HashSet<Resident>> byQueue = [];
    private readonly List<Resident>[] byNode;
    private readonly long[] free;
    private readonly long[] freeOverall;
    private readonly long[] held;
    private readonly int resources;
    private long starts;

    /// <param name="resources">How many resources the queues know.</param>
    /// <param name="nodes">What every node has of each of them; none when quota alone decides.</param>
    /// <param name="places">Where every node stands; none when all are of one cluster and nothing more is known.</param>
    /// <exception cref="InvalidSupplyException">A quantity is out of range, or the places are not those of the nodes; each is named.</exception>
    public NodeOccupancy(int resources, IReadOnlyList<IReadOnlyList<long>> nodes, IReadOnlyList<NodePlace>? places = null)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        Places = places is null ? [] : [.. places];
        Check(resources, nodes, Places);
        this.resources = resources;
        byNode = [.. nodes.Select(_ => new List<Resident>())];
        free = [.. nodes.SelectMany(node => node)];
        freeOverall = [.. Enumerable.Range(0, resources).Select(r => nodes.Sum(node => node[r]))];
        held = new long[Classes * resources];
    }

    /// <summary>How many nodes.</summary>
    public int Nodes => byNode.Length;

    /// <summary>Where every node stands, or none.</summary>
    internal IReadOnlyList<NodePlace> Places { get; }

    /// <summary>How many workloads run.</summary>
    public int Count => residents.Count;

    /// <summary>What is free on a node.</summary>
    public long Free(int node, int resource) => free[(node * resources) + resource];

    /// <summary>A workload that was admitted runs on these nodes.</summary>
    /// <exception cref="ArgumentException">The places are not those of all its pods, or a node has no room; nothing was changed.</exception>
    public void Start(WorkloadTicket ticket, WorkloadFacts facts, params IReadOnlyList<PodsOnNode> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var resident = new Resident(ticket, facts, [.. places], starts);
        CheckPlaces(resident);
        residents.Add(ticket, resident);
        starts++;
        if (!byQueue.TryGetValue(facts.Queue, out var queue))
        {
            byQueue.Add(facts.Queue, queue = []);
        }

        queue.Add(resident);
        foreach (var place in places)
        {
            byNode[place.Node].Add(resident);
        }

        Move(resident, -1);
        Hold(resident, 1);
    }

    /// <summary>A workload ended or was evicted.</summary>
    /// <exception cref="InvalidOperationException">It does not run here.</exception>
    public void End(WorkloadTicket ticket)
    {
        if (!residents.Remove(ticket, out var resident))
        {
            throw new InvalidOperationException($"The workload {ticket} does not run here.");
        }

        byQueue[resident.Facts.Queue].Remove(resident);
        foreach (var place in resident.Places)
        {
            byNode[place.Node].Remove(resident);
        }

        Move(resident, 1);
        Hold(resident, -1);
    }

    internal IReadOnlyList<Resident> On(int node) => byNode[node];

    internal IEnumerable<Resident> In(int queue) => byQueue.TryGetValue(queue, out var found) ? found : [];

    /// <summary>Free over all nodes.</summary>
    internal long FreeOverall(int resource) => freeOverall[resource];

    /// <summary>What workloads of a class use.</summary>
    internal long Held(ContractClass contractClass, int resource) => held[((int)contractClass * resources) + resource];

    /// <summary>How many pods of a shape would fit on a node now.</summary>
    internal int PodsThatFit(WorkloadShape shape, int node)
    {
        long pods = shape.Pods;
        foreach (var resource in shape.Needed)
        {
            pods = Math.Min(pods, free[(node * resources) + resource] / shape.PerPod[resource]);
        }

        return (int)pods;
    }

    /// <summary>Frees (sign 1) or takes (sign −1) what a workload uses on its nodes.</summary>
    internal void Move(Resident resident, int sign)
    {
        var shape = resident.Facts.Shape;
        foreach (var place in resident.Places)
        {
            foreach (var resource in shape.Needed)
            {
                var amount = sign * place.Pods * shape.PerPod[resource];
                free[(place.Node * resources) + resource] += amount;
                freeOverall[resource] += amount;
            }
        }
    }

    private void Hold(Resident resident, int sign)
    {
        foreach (var resource in resident.Facts.Shape.Needed)
        {
            held[((int)resident.Facts.ContractClass * resources) + resource] += sign * resident.Facts.Shape.Totals[resource];
        }
    }

    private void CheckPlaces(Resident resident)
    {
        var (shape, places) = (resident.Facts.Shape, resident.Places);
        if (shape is null || shape.PerPod.Length != resources)
        {
            throw new ArgumentException($"The shape does not have the {resources} resources of the nodes.");
        }

        if (Nodes == 0 ? places.Length > 0 : places.Sum(place => (long)place.Pods) != shape.Pods)
        {
            throw new ArgumentException($"The places are not those of {shape.Pods} pods. Name every pod once.");
        }

        foreach (var place in places)
        {
            if (place.Node < 0 || place.Node >= Nodes || place.Pods < 1 || places.Count(other => other.Node == place.Node) > 1)
            {
                throw new ArgumentException($"{place} is not possible. Name each node from 0 to {Nodes - 1} once, with at least one pod.");
            }

            if (PodsThatFit(shape, place.Node) < place.Pods)
            {
                throw new ArgumentException($"Node {place.Node} has no room for {place.Pods} pods of {shape}.");
            }
        }
    }

    private static void Check(int resources, IReadOnlyList<IReadOnlyList<long>> nodes, IReadOnlyList<NodePlace> places)
    {
        var found = new ProblemList(20);
        found.Between("places.count", places.Count, places.Count == 0 ? 0 : nodes.Count, places.Count == 0 ? 0 : nodes.Count);
        found.Between("resources", resources, 1, QueueBounds.MaxResources);
        for (var n = 0; n < nodes.Count && !found.Full; n++)
        {
            found.Between($"nodes[{n}].count", nodes[n].Count, resources, resources);
            for (var r = 0; r < nodes[n].Count; r++)
            {
                found.Between($"nodes[{n}][{r}]", nodes[n][r], 0, InputBounds.MaxQuantity);
            }
        }

        if (found.Problems.Count > 0)
        {
            throw new InvalidSupplyException(found.Problems);
        }
    }
}

/// <summary>A workload that runs.</summary>
internal sealed class Resident(WorkloadTicket ticket, WorkloadFacts facts, PodsOnNode[] places, long started)
{
    public WorkloadTicket Ticket { get; } = ticket;
    public WorkloadFacts Facts { get; } = facts;
    public PodsOnNode[] Places { get; } = places;

    /// <summary>A number that grows with every start.</summary>
    public long Started { get; } = started;

    /// <summary>Whether a trial has it evicted; false outside of trials.</summary>
    public bool IsEvicted { get; set; }
}

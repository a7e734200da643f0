using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Preemption;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Tests.Preemption;

/// <summary>A few queues and nodes, mostly used up by whoever came first, and one workload that waits; the same for the same number.</summary>
internal sealed class ReclaimScenario
{
    public const int MostRunning = 9;
    private static readonly string[] Names = ["gpu", "cpu"];
    private readonly Random random;

    /// <param name="topology">More nodes, in racks and fabrics of two clusters.</param>
    public ReclaimScenario(int number, bool topology = false)
    {
        random = new Random(number);
        Tree = new QueueTree(Names, Specs());
        Queues = new WorkloadQueues(Tree, QueueDisciplines.Fifo);
        Nodes =
        [
            .. Enumerable
                .Range(0, topology ? random.Next(2, 7) : random.Next(0, 4))
                .Select(_ => new long[] { random.Next(3, 7), random.Next(4, 10) }),
        ];
        if (topology)
        {
            Places = [.. Nodes.Select(_ => new NodePlace(Pick("c0", "c1"), Pick("r0", "r1", null), Pick("i0", "i1", null)))];
            Together = (TopologyLevel)random.Next(1, 5);
        }

        Occupancy = new NodeOccupancy(2, Nodes, Places);
        for (var i = 0; i < 40 && Running.Count < MostRunning; i++)
        {
            Start(random.Next(5) == 0 ? Owner : random.Next(Owner + 1, Tree.Count));
        }

        Waiting = Queues.Submit(
            Owner,
            new WorkloadShape(random.Next(1, 5), random.Next(1, 4), random.Next(0, 3)),
            random.Next(3),
            Pick(ContractClass.Reserved, ContractClass.OnDemand, ContractClass.OnDemand, ContractClass.Interruptible)
        );
    }

    /// <summary>The queue of the workload that waits; the queues after it are the others.</summary>
    public int Owner => Tree["owner"];

    public QueueTree Tree { get; }
    public WorkloadQueues Queues { get; }
    public IReadOnlyList<long[]> Nodes { get; }
    public IReadOnlyList<NodePlace>? Places { get; }
    public TopologyLevel Together { get; }
    public NodeOccupancy Occupancy { get; }
    public WorkloadTicket Waiting { get; }
    public List<(WorkloadTicket Ticket, WorkloadFacts Facts, IReadOnlyList<PodsOnNode> Places)> Running { get; } = [];

    public ReclaimDecision Find() => VictimSearch.Find(Queues, Occupancy, Waiting, Together);

    private List<QueueSpec> Specs()
    {
        var specs = new List<QueueSpec> { new("root", null, Quota(random.Next(3), null)) };
        var middle = random.Next(3) == 0;
        if (middle)
        {
            specs.Add(new("left", "root", Quota(random.Next(4), null)));
            specs.Add(new("right", "root", Quota(random.Next(4), Pick<long?>(null, 6))));
        }

        specs.Add(
            new(
                "owner",
                middle ? "left" : "root",
                Quota(random.Next(6, 14), Pick<long?>(null, 0, 3)),
                1,
                Pick(ReclaimWithinCohort.Any, ReclaimWithinCohort.Any, ReclaimWithinCohort.LowerPriority, ReclaimWithinCohort.Never),
                Pick(WithinClusterQueue.LowerPriority, WithinClusterQueue.Never)
            )
        );
        var others = random.Next(1, 4);
        for (var q = 0; q < others; q++)
        {
            specs.Add(new($"q{q}", middle ? Pick("left", "right") : "root", Quota(random.Next(0, 4), Pick<long?>(null, null, 4))));
        }

        return specs;
    }

    private Dictionary<string, ResourceQuota> Quota(int nominal, long? borrowing) =>
        Names.ToDictionary(name => name, name => new ResourceQuota(name == "gpu" ? nominal : nominal + random.Next(0, 8), borrowing));

    private void Start(int queue)
    {
        var ticket = Queues.Submit(
            queue,
            Shape(2),
            random.Next(3),
            Pick(
                ContractClass.Reserved,
                ContractClass.OnDemand,
                ContractClass.Interruptible,
                ContractClass.IdleFill,
                ContractClass.IdleFill
            )
        );
        var facts = Queues[ticket];
        if (PlacesFor(facts.Shape) is not { } places || !Queues.AdmitNow(ticket))
        {
            Queues.Withdraw(ticket);
            return;
        }

        Occupancy.Start(ticket, Queues[ticket], places);
        Running.Add((ticket, facts, places));
    }

    private List<PodsOnNode>? PlacesFor(WorkloadShape shape)
    {
        var places = new Dictionary<int, int>();
        var nodes = Enumerable.Range(0, Nodes.Count).ToArray();
        random.Shuffle(nodes);
        var left = Nodes.Count == 0 ? 0 : shape.Pods;
        foreach (var node in nodes)
        {
            while (left > 0 && Occupancy.PodsThatFit(shape, node) > places.GetValueOrDefault(node))
            {
                places[node] = places.GetValueOrDefault(node) + 1;
                left--;
            }
        }

        return left > 0 ? null : [.. places.Select(place => new PodsOnNode(place.Key, place.Value))];
    }

    private WorkloadShape Shape(int largest) => new(random.Next(1, largest + 1), random.Next(1, largest + 1), random.Next(0, 3));

    private T Pick<T>(params IReadOnlyList<T> values) => values[random.Next(values.Count)];
}

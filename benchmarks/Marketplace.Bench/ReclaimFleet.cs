using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Preemption;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Disciplines;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Bench;

/// <summary>
/// 1,000 nodes of 8 devices, all of them in use by 20 queues that own little and borrowed the rest from the owner of a large quota. A tenth
/// of the nodes also carries something reserved and can never be emptied.
/// </summary>
internal sealed class ReclaimFleet
{
    public const int Nodes = 1000;
    public const int Devices = 8;
    private const int Owner = 1;
    private const int Borrowers = 20;
    private const long OwnOfBorrower = 50;
    private const long CpuPerDevice = 12_000;
    private const long MemoryPerDevice = 131_072;
    private readonly Random random;
    private readonly int[] left = [.. Enumerable.Repeat(Devices, Nodes)];

    private ReclaimFleet(int seed)
    {
        random = new Random(seed);
        var specs = new List<QueueSpec>
        {
            new("pool", null, Quota(0)),
            new("owner", "pool", Quota((Nodes * Devices) - (Borrowers * OwnOfBorrower)), 1, ReclaimWithinCohort.Any),
        };
        specs.AddRange(Enumerable.Range(0, Borrowers).Select(q => new QueueSpec($"tenant-{q}", "pool", Quota(OwnOfBorrower))));
        Queues = new WorkloadQueues(new QueueTree(["gpu", "cpuMilli", "memoryMib"], specs), QueueDisciplines.Fifo);
        long[] node = [.. Shape(1, Devices).Totals];
        Occupancy = new NodeOccupancy(3, [.. Enumerable.Repeat(node, Nodes)]);
    }

    public WorkloadQueues Queues { get; }
    public NodeOccupancy Occupancy { get; }

    /// <summary>Every device with a workload of its own: the most candidates there can be.</summary>
    public static ReclaimFleet OfSingles(int seed)
    {
        var fleet = new ReclaimFleet(seed);
        fleet.Reserve();
        for (int node = 0; node < Nodes; node++)
            fleet.Fill(node, 1);
        return fleet;
    }

    /// <summary>Gangs over whole nodes, gangs of single devices scattered over many, and pods of 1, 2 and 4 devices.</summary>
    public static ReclaimFleet OfAll(int seed)
    {
        var fleet = new ReclaimFleet(seed);
        fleet.Reserve();
        for (int gang = 0; gang < 75; gang++)
            fleet.Gang(4, Devices);
        for (int gang = 0; gang < 60; gang++)
            fleet.Gang(8, 1);
        for (int node = 0; node < Nodes; node++)
            fleet.Fill(node, 4);
        return fleet;
    }

    /// <summary>The gang that wants its owner's quota back: whole nodes.</summary>
    public WorkloadTicket Submit(int pods) => Queues.Submit(Owner, Shape(pods, Devices), 100, ContractClass.Reserved);

    public int DevicesOf(WorkloadTicket ticket) => (int)Queues[ticket].Shape.Totals[0];

    private void Reserve()
    {
        for (int node = 0; node < Nodes; node += 10)
            Start(ContractClass.Reserved, 1, [new PodsOnNode(node, 1)]);
    }

    private void Gang(int pods, int devices)
    {
        var places = Enumerable
            .Range(0, 20)
            .Select(_ => random.Next(Nodes))
            .Distinct()
            .Where(node => left[node] >= devices)
            .Take(pods)
            .ToList();
        if (places.Count == pods)
            Start(Class(), devices, [.. places.Select(node => new PodsOnNode(node, 1))]);
    }

    private void Fill(int node, int largest)
    {
        // Half of the nodes hold one class only, as after a gap was filled in one go.
        ContractClass? only = random.Next(2) == 0 ? Class() : null;
        while (left[node] > 0)
            Start(only ?? Class(), Math.Min(left[node], 1 << random.Next(largest == 1 ? 1 : 3)), [new PodsOnNode(node, 1)]);
    }

    private void Start(ContractClass contractClass, int devices, PodsOnNode[] places)
    {
        var ticket = Queues.Submit(Owner + 1 + random.Next(Borrowers), Shape(places.Length, devices), random.Next(3), contractClass);
        if (!Queues.AdmitNow(ticket))
            throw new BenchmarkException("The fleet does not hold its own workloads.");
        Occupancy.Start(ticket, Queues[ticket], places);
        foreach (var place in places)
            left[place.Node] -= devices;
    }

    private ContractClass Class() =>
        random.Next(100) switch
        {
            < 40 => ContractClass.IdleFill,
            < 75 => ContractClass.Interruptible,
            _ => ContractClass.OnDemand,
        };

    private static WorkloadShape Shape(int pods, int devices) => new(pods, devices, devices * CpuPerDevice, devices * MemoryPerDevice);

    private static Dictionary<string, ResourceQuota> Quota(long devices) =>
        new()
        {
            ["gpu"] = new(devices),
            ["cpuMilli"] = new(devices * CpuPerDevice),
            ["memoryMib"] = new(devices * MemoryPerDevice),
        };
}

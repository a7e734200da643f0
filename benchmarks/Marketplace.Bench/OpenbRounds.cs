using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;

namespace Marketplace.Bench;

/// <summary>
/// The same replay as the product decides: rounds of pods as the binder takes them, each on a new snapshot of the nodes, placed by the trial that
/// quotes, bulk orders and the binder use, with the demand counted from the pods before.
/// </summary>
internal sealed class OpenbRounds
{
    private const int PodsPerRound = 128;
    private const int DeviceMemoryMib = 1 << 15;

    private readonly OpenbTrace trace;
    private readonly PackingFleet fleet;
    private readonly string[] models;
    private readonly (int Cpu, int Memory, int[] Devices)[] free;

    public OpenbRounds(OpenbTrace trace)
    {
        this.trace = trace;
        fleet = new PackingFleet(trace.Nodes);
        models = [.. trace.Nodes.Where(node => node.Devices > 0).Select(node => node.Model).Distinct(StringComparer.Ordinal)];
        free =
        [
            .. trace.Nodes.Select(node => (node.CpuMilli, node.MemoryMib, Enumerable.Repeat(PodShape.WholeCard, node.Devices).ToArray())),
        ];
    }

    /// <summary>Percent of the devices' compute that is allocated when arrivals ask for 100 % of it, and after the last.</summary>
    public (double At100, double At130) Allocation(IReadOnlyList<PodShape> arrivals, string policy)
    {
        long capacity = trace.Nodes.Sum(node => (long)node.Devices) * PodShape.WholeCard,
            asked = 0,
            allocated = 0;
        double? at100 = null;
        var demand = new DemandLog();
        foreach (var round in arrivals.Chunk(PodsPerRound))
        {
            using var trial = Scheduler.BeginTrial(Snapshot(policy, demand.Current));
            foreach (var pod in round)
            {
                demand.Add(new DemandShape(pod.CpuMilli, pod.MemoryMib, pod.Cards, pod.CardMilli, string.Join('|', ModelsOf(pod))), 1);
                asked += pod.DeviceMilli;
                if (trial.PlaceOnCluster("c", Request(pod)) is Placed placed)
                {
                    Take(placed.Roles[0].Replicas[0], pod);
                    allocated += pod.DeviceMilli;
                }
                at100 ??= asked >= capacity ? 100.0 * allocated / capacity : null;
            }
        }
        return (at100 ?? 100.0 * allocated / capacity, 100.0 * allocated / capacity);
    }

    private void Take(ReplicaPlacement replica, in PodShape pod)
    {
        ref var node = ref free[int.Parse(replica.NodeId, null)];
        node.Cpu -= pod.CpuMilli;
        node.Memory -= pod.MemoryMib;
        foreach (var grant in replica.Devices)
            node.Devices[int.Parse(grant.DeviceId, null)] -= grant.ComputeMilli;
    }

    private IEnumerable<string> ModelsOf(PodShape pod) =>
        pod.Models == PodShape.AnyModel ? [] : models.Where(model => (fleet.ModelsNamed(model) & pod.Models) != 0).DefaultIfEmpty("none");

    private PlacementRequest Request(in PodShape pod) =>
        new()
        {
            Id = "pod",
            Roles =
            [
                new Role(
                    "pod",
                    1,
                    [
                        new Variant
                        {
                            Name = "v",
                            CpuMilli = pod.CpuMilli,
                            MemoryMib = pod.MemoryMib,
                            CardsPerReplica = pod.Cards,
                            ComputeMilli = pod.Cards == 0 ? PodShape.WholeCard : pod.CardMilli,
                        },
                    ]
                ),
            ],
            Constraints = new Constraints { DeviceModels = pod.Cards == 0 ? [] : [.. ModelsOf(pod)] },
        };

    private SupplySnapshot Snapshot(string policy, Demand demand) =>
        new SupplySnapshotBuilder()
            .Add(new Site("c", "c", "", "", SiteTier.Cloud, ""))
            .Add(new Cluster("c", "c"))
            .AddRange(trace.Nodes.Select(NodeNow))
            .PlaceBy(policy, demand)
            .Build();

    private Node NodeNow(PackingNode node, int position) =>
        new()
        {
            Id = position.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ClusterId = "c",
            Architecture = CpuArchitecture.X64,
            CpuMilli = node.CpuMilli,
            MemoryMib = node.MemoryMib,
            FreeCpuMilli = free[position].Cpu,
            FreeMemoryMib = free[position].Memory,
            Devices = [.. free[position].Devices.Select((milli, d) => DeviceNow(node.Model, milli, d))],
        };

    private static Device DeviceNow(string model, int milli, int position) =>
        new()
        {
            Id = position.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Vendor = "v",
            Model = model,
            Stack = "s",
            MemoryMib = DeviceMemoryMib,
            FreeComputeMilli = milli,
            FreeMemoryMib = milli * DeviceMemoryMib / PodShape.WholeCard,
            // The trace shares compute only, so memory is no second bound here.
            Sharing = new FractionSharing(),
        };
}

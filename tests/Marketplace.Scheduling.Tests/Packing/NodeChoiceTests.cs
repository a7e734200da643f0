using FsCheck.Fluent;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;
using Marketplace.Scheduling.Packing.Policies;
using Marketplace.Scheduling.Packing.Prices;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Packing;

/// <summary>The policies as the decisions on a snapshot use them, against the same policies on a fleet.</summary>
public sealed class NodeChoiceTests
{
    public static TheoryData<string> Published => [.. PackingPolicies.OfSnapshots.Where(name => name != PackingPolicies.Default)];

    [Theory]
    [MemberData(nameof(Published))]
    public void A_policy_places_what_a_snapshot_decides_as_it_places_on_a_fleet(string policy) =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new PackingScenario(number);
                // What no node of the cluster could ever serve is no part of the demand for it.
                var possible = scenario.Pods.Where(pod => pod.Models != 0 || pod.Cards == 0).ToList();
                if (possible.Count < Demand.FewestArrivals)
                {
                    return true;
                }

                var packer = new NodePacker(PackingPolicies.Create(policy, scenario.Fleet(), possible, seed: 0));
                using var trial = Scheduler.BeginTrial(SnapshotOf(scenario, policy));
                // A request that asks for nothing is refused before any policy sees it.
                foreach (var pod in scenario.Pods.Where(pod => pod is not { CpuMilli: 0, MemoryMib: 0, Cards: 0 }))
                {
                    var expected = packer.Place(pod);
                    var decided = trial.PlaceOnCluster("c", RequestOf(pod, packer.Fleet));
                    if (expected is not { } at ? decided is not Refused : !IsAt(decided, at))
                    {
                        return false;
                    }
                }

                return true;
            },
            60
        );

    [Fact]
    public void Our_cost_of_a_replica_is_that_of_a_pod_on_a_fleet() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new PackingScenario(number, pods: 80);
                var packer = scenario.Packer("bestfit");
                var fragmentation = new NodeFragmentation(TypicalPods.Of(scenario.Pods), packer.Fleet);
                var shares = new SharePrices();
                var asked = new double[SharePrices.Units + 1];
                asked[25] = 3;
                asked[47] = 2;
                shares.Solve(asked, 300);
                var ofPod = new PackingCost(packer.Fleet, shares);
                var ofReplica = new PriceCost(fragmentation, shares, null);
                ofPod.Learned(fragmentation);
                foreach (var pod in scenario.Pods)
                {
                    for (var node = 0; node < packer.Fleet.Count; node++)
                    {
                        if (!packer.Fleet.Fits(pod, node))
                        {
                            continue;
                        }

                        ofPod.Changed(node);
                        var (cost, device) = ofPod.Of(pod, node);
                        if (Math.Abs(cost - CostByViews(packer.Fleet, pod, node, device, ofReplica)) > 1e-6)
                        {
                            return false;
                        }
                    }

                    packer.Place(pod);
                }

                return true;
            },
            60
        );

    [Fact]
    public void A_share_is_cut_where_our_cost_says()
    {
        // Whole devices are asked for as well, so one that is whole is worth more than the half that a half fills.
        Node[] nodes = [NodeOf("n0", 1000, 500)];
        var mixed = Demand.Of([(new DemandShape(1000, 0, 1, 500), 100), (new DemandShape(1000, 0, 1, 1000), 100)]);
        Assert.Equal("d1", DeviceFor(nodes, mixed, 500));
        // Told to spread, the same share goes to the emptiest.
        Assert.Equal("d0", DeviceFor(nodes, mixed, 500, "spread"));
    }

    [Fact]
    public void A_processor_replica_leaves_the_processors_alone_that_devices_will_need()
    {
        // Both nodes are as full. What is asked for needs 8 cores with each device, so those of the node with devices are worth more.
        var demand = Demand.Of([(new DemandShape(8000, 1024, 1, 1000), 100)]);
        var plain = NodeOf("plain") with { Id = "plain" };
        var snapshot = Snapshot([NodeOf("n0", 1000, 1000), plain], PackingPolicies.Default, demand);
        var placed = Assert.IsType<Placed>(Scheduler.PlaceOnCluster(snapshot, "c", Request(new Variant { Name = "v", CpuMilli = 4000 })));
        Assert.Equal("plain", placed.Roles[0].Replicas[0].NodeId);
    }

    [Fact]
    public void An_unknown_policy_is_refused_by_name()
    {
        var refused = Assert.Throws<ArgumentException>(() => new SupplySnapshotBuilder().PlaceBy("tetris", Demand.Typical));
        Assert.Contains("'tetris'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("bestfit", refused.Message, StringComparison.Ordinal);
        // Known, but not for snapshots: it would have to be told what runs where.
        Assert.Throws<ArgumentException>(() => new SupplySnapshotBuilder().PlaceBy("gpuclustering", Demand.Typical));
    }

    [Fact]
    public void A_mix_is_made_of_what_arrived_and_changes_at_growing_intervals()
    {
        var log = new DemandLog();
        var shape = new DemandShape(2000, 4096, 1, 330, "L40S");
        log.Add(shape, Demand.FewestArrivals - 1);
        Assert.Same(Demand.Typical, log.Current);
        log.Add(shape, 1);
        Assert.Equal([(shape, Demand.FewestArrivals)], log.Current.Kinds);
        var first = log.Current;
        log.Add(shape, 10);
        Assert.Same(first, log.Current);
        log.Add(shape, 1000);
        Assert.Equal(Demand.FewestArrivals + 1010, Assert.Single(log.Current.Kinds).Count);
        // What no device could serve is nothing to prepare for.
        Assert.Same(Demand.Typical, Demand.Of([(shape with { CardMilli = 1001 }, 1000)]));
    }

    private static string DeviceFor(Node[] nodes, Demand demand, int milli, string policy = PackingPolicies.Default)
    {
        var variant = new Variant
        {
            Name = "v",
            CpuMilli = 1000,
            CardsPerReplica = 1,
            ComputeMilli = milli,
        };
        var placed = Scheduler.PlaceOnCluster(Snapshot(nodes, policy, demand), "c", Request(variant));
        return Assert.IsType<Placed>(placed).Roles[0].Replicas[0].Devices[0].DeviceId;
    }

    private static double CostByViews(PackingFleet fleet, PodShape pod, int node, int device, NodeCost cost)
    {
        int[] after = [.. fleet.View(node).Devices];
        for (int d = 0, left = pod.Cards; left > 0; d++)
        {
            if (pod.IsShare ? d == device : after[d] == PodShape.WholeCard)
            {
                after[d] -= pod.CardMilli;
                left--;
            }
        }

        var before = fleet.View(node);
        var free = new HostAmount(before.Free.CpuMilli - pod.CpuMilli, before.Free.MemoryMib - pod.MemoryMib);
        return cost.Of(pod, before, new NodeView(before.Model, before.Class, before.Size, free, after));
    }

    private static bool IsAt(Decision decision, PodPlacement at) =>
        decision is Placed placed
        && placed.Roles[0].Replicas[0] is var replica
        && replica.NodeId == $"n{at.Node}"
        && replica.Devices.Aggregate(0UL, (bits, grant) => bits | (1UL << int.Parse(grant.DeviceId[1..], null))) == at.Devices;

    private static SupplySnapshot SnapshotOf(PackingScenario scenario, string policy)
    {
        var fleet = scenario.Fleet();
        var demand = Demand.Of(
            scenario
                .Pods.GroupBy(pod => pod)
                .Select(group =>
                    (
                        new DemandShape(
                            group.Key.CpuMilli,
                            group.Key.MemoryMib,
                            group.Key.Cards,
                            group.Key.CardMilli,
                            ModelOf(group.Key, fleet)
                        ),
                        group.Count()
                    )
                )
        );
        return Snapshot([.. scenario.Nodes.Select(NodeOf)], policy, demand);
    }

    private static Node NodeOf(PackingNode node, int position) =>
        new()
        {
            Id = $"n{position}",
            ClusterId = "c",
            Architecture = CpuArchitecture.X64,
            CpuMilli = node.CpuMilli,
            MemoryMib = node.MemoryMib,
            FreeCpuMilli = node.CpuMilli,
            FreeMemoryMib = node.MemoryMib,
            Devices = [.. Enumerable.Range(0, node.Devices).Select(d => DeviceOf(d, node.Model, 1000))],
        };

    private static Node NodeOf(string id, params int[] free) =>
        NodeOf(new PackingNode("A", free.Length, 16_000, 65_536), 0) with
        {
            Id = id,
            Devices = [.. free.Select((milli, d) => DeviceOf(d, "A", milli))],
        };

    private static Device DeviceOf(int position, string model, int free) =>
        new()
        {
            Id = $"d{position}",
            Vendor = "v",
            Model = model,
            Stack = "s",
            MemoryMib = 1000,
            FreeComputeMilli = free,
            FreeMemoryMib = free,
            Sharing = new FractionSharing(),
        };

    private static string? ModelOf(in PodShape pod, PackingFleet fleet)
    {
        var models = pod.Models;
        return models == PodShape.AnyModel
            ? null
            : Array.Find(PackingScenario.ModelNames, name => fleet.ModelsNamed(name) == models) ?? "unknown";
    }

    private static PlacementRequest RequestOf(in PodShape pod, PackingFleet fleet) =>
        Request(
            new Variant
            {
                Name = "v",
                CpuMilli = pod.CpuMilli,
                MemoryMib = pod.MemoryMib,
                CardsPerReplica = pod.Cards,
                ComputeMilli = pod.Cards == 0 ? 1000 : pod.CardMilli,
                DeviceModel = pod.Cards == 0 ? null : ModelOf(pod, fleet),
            }
        );

    private static PlacementRequest Request(Variant variant) => new() { Id = "r", Roles = [new Role("role", 1, [variant])] };

    private static SupplySnapshot Snapshot(IReadOnlyList<Node> nodes, string policy, Demand demand) =>
        new SupplySnapshotBuilder()
            .Add(new Site("c", "c", "", "", SiteTier.Cloud, ""))
            .Add(new Cluster("c", "c"))
            .AddRange(nodes)
            .PlaceBy(policy, demand)
            .Build();
}

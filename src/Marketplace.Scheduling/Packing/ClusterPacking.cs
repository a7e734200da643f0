using Marketplace.Scheduling.Packing.Policies;
using Marketplace.Scheduling.Packing.Prices;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Packing;

/// <summary>
/// What the policy of a snapshot thinks of the nodes of one cluster: learned once, from the demand and from what is free there, when the
/// cluster is first looked at. Never changes after that, so decisions on one snapshot do not depend on those before them.
/// </summary>
internal sealed class ClusterPacking
{
    /// <summary>Steps of ascent for the prices of classes, from zero.</summary>
    private const int PriceSteps = 100;

    /// <summary>Steps by which prices of shares, made for an endless stock, follow the devices that are left.</summary>
    private const int ShareSteps = 20;

    /// <summary>Models beyond this many in one cluster count as one: pods name models by the bits of a word.</summary>
    private const int MaxOwnModels = PackingFleet.MaxModels - 2;

    private const string OtherModels = "other models";

    private readonly Dictionary<string, int> modelNumbers = new(StringComparer.Ordinal);
    private readonly PackingFleet fleet;
    private readonly NodeFragmentation fragmentation;
    private readonly int firstNode;

    public ClusterPacking(SupplyColumns columns, int cluster, SnapshotPolicy policy)
    {
        firstNode = columns.NodeStart[cluster];
        fleet = FleetOf(columns, cluster);
        foreach (var kind in columns.ClusterDeviceClasses[cluster])
        {
            var model = columns.DeviceClasses[kind].Model;
            modelNumbers[model] = Math.Max(0, fleet.NumberOf(NameIn(columns, cluster, model)));
        }

        var mix = policy.Demand.For(fleet);
        fragmentation = new NodeFragmentation(new TypicalPods(mix), fleet);
        Cost =
            policy.Name == PackingPolicies.Default ? Prices(policy, mix)
            : PackingPolicies.ScoreOf(policy.Name, () => new Fgd(TypicalPods.Of(mix), fleet)) is { } score ? new ScoreCost(score)
            : throw new InvalidOperationException($"'{policy.Name}' is no policy of a snapshot.");
    }

    /// <summary>What a replica costs a node.</summary>
    public NodeCost Cost { get; }

    /// <summary>Free compute that typical requests could not use there, in 1/1000 device.</summary>
    public double Fragmentation(in NodeView node) => fragmentation.Of(node.Model, node.Free.CpuMilli, node.Free.MemoryMib, node.Devices);

    /// <summary>The number of a model in this cluster.</summary>
    public int NumberOf(string model) => modelNumbers.GetValueOrDefault(model);

    /// <summary>The number of the class of a node of the snapshot.</summary>
    public int ClassOf(int node) => fleet.Class[node - firstNode];

    private PriceCost Prices(SnapshotPolicy policy, IReadOnlyList<PodCount> mix)
    {
        var asked = new double[SharePrices.Units + 1];
        foreach (var (shape, count) in mix)
        {
            asked[shape.Cards == 1 ? SharePrices.UnitsOf(shape.CardMilli) : 0] += count;
        }

        asked[0] = 0; // Pods without devices and with several whole ones were counted there.
        var free = new int[SharePrices.Units + 1];
        foreach (var milli in fleet.DeviceFree)
        {
            free[milli / (PodShape.WholeCard / SharePrices.Units)]++;
        }

        var shares = policy.Demand.SharesFor(asked);
        shares.Follow(asked, free, ShareSteps);
        // Pods with several cards count a whole node as lost at once: the policy then shuns empty nodes and packs worse, also these pods.
        var singles = new NodeFragmentation(new TypicalPods(mix.Where(each => each.Shape.Cards <= 1)), fleet);
        if (fleet.Classes.Count < 2)
        {
            return new PriceCost(singles, shares, null);
        }

        var classes = new ClassPrices(fleet);
        classes.Ascend(new ClassDemand(new TypicalPods(mix).Pods, fleet), PriceSteps);
        return new PriceCost(singles, shares, classes);
    }

    private static PackingFleet FleetOf(SupplyColumns columns, int cluster)
    {
        int from = columns.NodeStart[cluster],
            to = columns.NodeStart[cluster + 1];
        var nodes = new PackingNode[to - from];
        var frees = new List<int[]>(to - from);
        for (var n = from; n < to; n++)
        {
            var model = NodeViews.MainModel(columns, n);
            var devices = NodeViews.FreeDevices(columns, n, model, columns.DeviceFreeCompute, columns.DeviceFreeMemory);
            frees.Add(devices);
            var name = devices.Length == 0 ? "" : NameIn(columns, cluster, model!);
            nodes[n - from] = new PackingNode(name, devices.Length, columns.NodeCpu[n], columns.NodeMemory[n]);
        }

        var result = new PackingFleet(nodes);
        for (var n = from; n < to; n++)
        {
            result.SetFree(n - from, new HostAmount(columns.NodeFreeCpu[n], columns.NodeFreeMemory[n]), frees[n - from]);
        }

        return result;
    }

    private static string NameIn(SupplyColumns columns, int cluster, string model)
    {
        var kinds = columns.ClusterDeviceClasses[cluster];
        return kinds.Length <= MaxOwnModels || Array.FindIndex(kinds, kind => columns.DeviceClasses[kind].Model == model) < MaxOwnModels
            ? model
            : OtherModels;
    }
}

/// <summary>The policy of a snapshot by name, and the demand it reckons with.</summary>
internal sealed record SnapshotPolicy(string Name, Demand Demand);

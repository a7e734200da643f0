using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Spaces;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Inventory;

/// <summary>What a cluster has and what is free, recomputed from nodes and pods; nothing in it is ever counted down.</summary>
/// <param name="Nodes">Every node, the ones that cannot be sold included, ordered by name.</param>
/// <param name="ReadAt">When it was computed.</param>
public sealed record ClusterInventory(IReadOnlyList<InventoryNode> Nodes, DateTimeOffset ReadAt)
{
    /// <summary>Nothing known yet.</summary>
    public static ClusterInventory Empty { get; } = new([], DateTimeOffset.MinValue);

    /// <summary>Nodes with something the catalogue does not know; shown, never sold.</summary>
    public IEnumerable<InventoryNode> Unknown => Nodes.Where(n => n.Unknown.Count > 0);

    /// <summary>Sums per accelerator model over the nodes that can be sold, ordered by model.</summary>
    public IReadOnlyList<ModelTotal> Totals =>
        field ??= [
            .. Nodes
                .Where(n => n.IsSellable)
                .SelectMany(n => n.Devices.Select(d => (Node: n, Device: d)))
                .GroupBy(p => p.Device.Model, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => ModelTotal.Of(g.Key, [.. g])),
        ];

    /// <summary>The scheduler's view: the nodes that can be sold, with stable ids (the node's name).</summary>
    public IEnumerable<Node> ToSchedulerNodes(string clusterId) => Nodes.Where(n => n.IsSellable).Select(n => n.ToScheduler(clusterId));
}

/// <summary>Sums over one accelerator model of a cluster.</summary>
/// <param name="Model">The catalogue's model name.</param>
/// <param name="Vendor">Its vendor.</param>
/// <param name="Stack">Its software stack.</param>
/// <param name="MemoryMib">Memory of one card in MiB (the smallest, where nodes differ).</param>
/// <param name="Cards">Cards, broken and unavailable ones included.</param>
/// <param name="UsableCards">Healthy cards on ready nodes that take new work.</param>
/// <param name="FreeCards">Usable cards nobody uses any part of.</param>
/// <param name="FreeComputeMilli">Free compute of usable cards in 1/1000 card.</param>
/// <param name="CanShare">Whether every card of it can be shared.</param>
public sealed record ModelTotal(
    string Model,
    string Vendor,
    string Stack,
    int MemoryMib,
    int Cards,
    int UsableCards,
    int FreeCards,
    long FreeComputeMilli,
    bool CanShare
)
{
    internal static ModelTotal Of(string model, IReadOnlyList<(InventoryNode Node, InventoryDevice Device)> cards)
    {
        var usable = cards.Where(c => c.Node.IsSchedulable && c.Device.Healthy).Select(c => c.Device).ToList();
        var first = cards[0].Device;
        return new(
            model,
            first.Vendor,
            first.Stack,
            cards.Min(c => c.Device.MemoryMib),
            cards.Count,
            usable.Count,
            usable.Count(d => d.IsFree),
            usable.Sum(d => (long)d.FreeComputeMilli),
            cards.All(c => c.Device.Sharing is not null)
        );
    }
}

/// <summary>A node as the marketplace sees it.</summary>
public sealed record InventoryNode
{
    public required string Name { get; init; }

    public required string Uid { get; init; }

    /// <summary>From <c>kubernetes.io/arch</c>; null when missing or unheard of, and then the node is not sold.</summary>
    public CpuArchitecture? Architecture { get; init; }

    /// <summary>Allocatable processor capacity in 1/1000 core.</summary>
    public required int CpuMilli { get; init; }

    /// <summary>Allocatable memory in MiB.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>Not requested by any pod, in 1/1000 core.</summary>
    public required int FreeCpuMilli { get; init; }

    /// <summary>Not requested by any pod, in MiB.</summary>
    public required int FreeMemoryMib { get; init; }

    /// <summary>How many more pods its kubelet takes; null when the node does not say.</summary>
    public int? FreePods { get; init; }

    public string? Rack { get; init; }

    public string? LinkIsland { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyList<Taint> Taints { get; init; }

    /// <summary>The Ready condition.</summary>
    public required bool IsReady { get; init; }

    /// <summary>Since when it is not ready, by the cluster's clock; null when it is ready or does not say.</summary>
    public DateTimeOffset? NotReadySince { get; init; }

    /// <summary>Closed for new work by its center.</summary>
    public required bool IsCordoned { get; init; }

    public required IReadOnlyList<InventoryDevice> Devices { get; init; }

    /// <summary>What the catalogue could not identify.</summary>
    public required IReadOnlyList<UnknownAccelerator> Unknown { get; init; }

    /// <summary>Pods ask for more than the node has: someone bound past us.</summary>
    public required bool IsOversold { get; init; }

    /// <summary>What dedicated namespaces hold of it. Counted as used, whether their pods use it or not.</summary>
    internal IReadOnlyList<HeldSpace> Spaces { get; init; } = [];

    /// <summary>Whether all of it is understood, so that it may be sold.</summary>
    public bool IsSellable => Unknown.Count == 0 && Architecture is not null;

    /// <summary>Whether it takes new work now.</summary>
    public bool IsSchedulable => IsReady && !IsCordoned;

    internal Node ToScheduler(string clusterId) =>
        new()
        {
            Id = Name,
            ClusterId = clusterId,
            Rack = Rack,
            LinkIsland = LinkIsland,
            Architecture = Architecture ?? throw new InvalidOperationException($"Node {Name} cannot be sold: its architecture is unknown."),
            CpuMilli = CpuMilli,
            MemoryMib = MemoryMib,
            FreeCpuMilli = FreeCpuMilli,
            FreeMemoryMib = FreeMemoryMib,
            FreePods = FreePods,
            Labels = Labels,
            Taints = Taints,
            Schedulable = IsSchedulable,
            Devices = [.. Devices.Select(d => d.ToScheduler())],
        };
}

/// <summary>One accelerator of a node.</summary>
public sealed record InventoryDevice
{
    /// <summary>Unique on its node, stable as long as the node's devices do not change.</summary>
    public required string Id { get; init; }

    public required string Vendor { get; init; }

    public required string Model { get; init; }

    public required string Stack { get; init; }

    public required int MemoryMib { get; init; }

    /// <summary>Free compute in 1/1000 device.</summary>
    public required int FreeComputeMilli { get; init; }

    /// <summary>Free device memory in MiB.</summary>
    public required int FreeMemoryMib { get; init; }

    public required bool Healthy { get; init; }

    /// <summary>NUMA node, 0 when unknown.</summary>
    public int NumaNode { get; init; }

    /// <summary>How it may be shared here; null when only as a whole.</summary>
    public AcceleratorSharing? Sharing { get; init; }

    /// <summary>Nobody uses any part of it.</summary>
    public bool IsFree => FreeComputeMilli == Device.FullComputeMilli && FreeMemoryMib == MemoryMib;

    internal Device ToScheduler() =>
        new()
        {
            Id = Id,
            Vendor = Vendor,
            Model = Model,
            Stack = Stack,
            MemoryMib = MemoryMib,
            FreeComputeMilli = FreeComputeMilli,
            FreeMemoryMib = FreeMemoryMib,
            Healthy = Healthy,
            NumaNode = NumaNode,
            Sharing = Sharing switch
            {
                null => new WholeOnly(),
                { Templates.Count: > 0 } s => new TemplateSharing([
                    .. s.Templates.Select(t => new ShareTemplate(t.ComputeMilli, t.MemoryMib, t.Name)),
                ]),
                { } s => new FractionSharing(s.Memory.UnitMib, s.Compute?.StepMilli ?? 1),
            },
        };
}

/// <summary>An accelerator, or the sign of one, that the catalogue does not know.</summary>
/// <param name="Resource">The node's resource, or the label in question.</param>
/// <param name="Count">How many the node says it has.</param>
/// <param name="Why">Plain words, with what would make it known.</param>
public sealed record UnknownAccelerator(string Resource, long Count, string Why);

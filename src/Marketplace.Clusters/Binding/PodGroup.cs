using System.Globalization;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Binding;

/// <summary>Pods that are placed together: a gang, or one pod alone.</summary>
/// <param name="Pods">The waiting pods, by name.</param>
/// <param name="Ranks">The free places in the gang, in order; empty for a single pod.</param>
/// <param name="Request">What the scheduler core is asked.</param>
/// <param name="Shape">Equal for groups the scheduler would treat alike.</param>
internal sealed record PodGroup(IReadOnlyList<KubePod> Pods, IReadOnlyList<int> Ranks, PlacementRequest Request, string Shape)
{
    public const string RoleName = "pods";

    private const string ArchitectureLabel = "kubernetes.io/arch";

    /// <summary>The group, or why its pods cannot be placed at all.</summary>
    public static ClusterResult<PodGroup> Of(IReadOnlyList<KubePod> pods, IReadOnlyList<int> ranks) =>
        Of(pods, ranks, PodDevices.Wanted(pods[0]));

    /// <summary>The same for pods that do not say themselves what they want of accelerators.</summary>
    public static ClusterResult<PodGroup> Of(IReadOnlyList<KubePod> pods, IReadOnlyList<int> ranks, ClusterResult<AcceleratorAsk?> wanted)
    {
        var first = pods[0];
        if (wanted.Error is not null)
        {
            return wanted.Error;
        }

        var selector = first.Spec.NodeSelector;
        CpuArchitecture? architecture = selector.GetValueOrDefault(ArchitectureLabel) switch
        {
            "amd64" => CpuArchitecture.X64,
            "arm64" => CpuArchitecture.Arm64,
            "riscv64" => CpuArchitecture.RiscV64,
            _ => null,
        };
        if (architecture is null && selector.TryGetValue(ArchitectureLabel, out var unheard))
        {
            return new ClusterError("binder.architecture", $"No node can have the architecture '{unheard}'.", ArchitectureLabel);
        }

        var ask = wanted.Value;
        var cpu = PodRequests.Of(first, "cpu").Milli;
        var memory = PodRequests.Of(first, "memory").MibUp;
        var together = Together(first);
        var request = new PlacementRequest
        {
            Id = first.Key,
            Roles = [new Role(RoleName, pods.Count, [Variant(ask, cpu, memory, architecture)])],
            Constraints = new Constraints
            {
                Together = together,
                NodeLabels = selector.Where(s => s.Key != ArchitectureLabel).ToDictionary(StringComparer.Ordinal),
            },
        };
        var labels = string.Join(',', selector.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}={s.Value}"));
        var shape = string.Create(CultureInfo.InvariantCulture, $"{pods.Count}|{ask}|{cpu}|{memory}|{together}|{labels}");
        return new PodGroup(pods, ranks, request, shape);
    }

    private static Variant Variant(AcceleratorAsk? ask, long cpuMilli, long memoryMib, CpuArchitecture? architecture)
    {
        var variant = new Variant
        {
            Name = "pod",
            CpuMilli = (int)Math.Min(cpuMilli, InputBounds.MaxQuantity),
            MemoryMib = (int)Math.Min(memoryMib, InputBounds.MaxQuantity),
            Architecture = architecture,
        };
        return ask is null
            ? variant
            : variant with
            {
                DeviceModel = ask.Model,
                CardsPerReplica = ask.Cards,
                ComputeMilli = Math.Min(ask.ComputeMilli, Device.FullComputeMilli),
                DeviceMemoryMib = ask.MemoryMib,
            };
    }

    private static TopologyLevel Together(KubePod pod) =>
        Enum.TryParse<TopologyLevel>(pod.Metadata.Annotations.GetValueOrDefault(Marks.Together), out var level)
            ? level
            : TopologyLevel.Cluster;
}

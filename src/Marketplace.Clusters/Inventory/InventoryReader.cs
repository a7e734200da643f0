using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Inventory;

/// <summary>Nodes and pods in, inventory out. Pure.</summary>
public sealed class InventoryReader(AcceleratorCatalogue catalogue)
{
    private static readonly string[] RackLabels = [Marks.Rack, "topology.kubernetes.io/rack"];
    private static readonly string[] IslandLabels = [Marks.LinkIsland, "nvidia.com/gpu.clique"];

    private readonly DeviceReader devices = new(catalogue);

    /// <summary>The whole cluster.</summary>
    public ClusterInventory Read(IEnumerable<KubeNode> nodes, IEnumerable<KubePod> pods, DateTimeOffset at)
    {
        var byNode = pods.Where(p => p.Spec.NodeName is { Length: > 0 }).ToLookup(p => p.Spec.NodeName!, StringComparer.Ordinal);
        return new([.. nodes.OrderBy(n => n.Metadata.Name, StringComparer.Ordinal).Select(n => ReadNode(n, byNode[n.Metadata.Name]))], at);
    }

    /// <summary>One node with the pods bound to it. Finished pods hold nothing.</summary>
    public InventoryNode ReadNode(KubeNode node, IEnumerable<KubePod> podsOnNode) =>
        ReadNode(node, podsOnNode.Select(Provenance.Trusted), new Dictionary<string, IReadOnlyList<SoldPiece>>(StringComparer.Ordinal));

    /// <summary>The same, with what was sold of the node to dedicated namespaces.</summary>
    /// <param name="node">The node.</param>
    /// <param name="trusted">Its pods, as <see cref="Provenance.Trusted"/> gives them.</param>
    /// <param name="sold">What each dedicated namespace bought of this node.</param>
    internal InventoryNode ReadNode(KubeNode node, IEnumerable<KubePod> trusted, IReadOnlyDictionary<string, IReadOnlyList<SoldPiece>> sold)
    {
        var labels = node.Metadata.Labels;
        var unknown = new List<UnknownAccelerator>();
        var found = devices.Read(node, unknown);
        var architecture = Architecture(labels);
        if (architecture is null)
        {
            unknown.Add(
                new("kubernetes.io/arch", 1, $"The processor architecture '{labels.GetValueOrDefault("kubernetes.io/arch")}' is not known.")
            );
        }

        var running = trusted.Where(p => !p.IsFinished).OrderBy(p => p.Key, StringComparer.Ordinal).ToLookup(Provenance.Of);
        var cpu = node.Status.Allocatable.TryGetValue("cpu", out var c) ? c.Milli : 0;
        var memory = node.Status.Allocatable.TryGetValue("memory", out var m) ? m.MibDown : 0;
        var pods = node.Status.Allocatable.TryGetValue("pods", out var p)
            ? Bound(p.Units - running.Sum(origin => origin.Count()))
            : (int?)null;
        var usage = new DeviceUsage(found, catalogue);
        foreach (var pod in running[Origin.Ours])
        {
            usage.Take(pod);
        }

        var spaces = Spaces(usage, running[Origin.Customer], sold);
        // What a customer runs outside of what it bought takes from others, as the pods of strangers do.
        var strangers = running[Origin.Stranger].Concat(spaces.SelectMany(s => s.Outside)).ToList();
        strangers.ForEach(usage.Take);
        var counted = running[Origin.Ours].Concat(strangers).ToList();
        var usedCpu = counted.Sum(p => PodRequests.Of(p, "cpu").Milli) + spaces.Sum(s => s.CpuMilli);
        var usedMemory = counted.Sum(p => PodRequests.Of(p, "memory").MibUp) + spaces.Sum(s => s.MemoryMib);

        return new InventoryNode
        {
            Name = node.Metadata.Name,
            Uid = node.Metadata.Uid,
            Architecture = architecture,
            CpuMilli = Bound(cpu),
            MemoryMib = Bound(memory),
            FreeCpuMilli = Bound(cpu - usedCpu),
            FreeMemoryMib = Bound(memory - usedMemory),
            FreePods = pods,
            Rack = First(labels, RackLabels),
            LinkIsland = First(labels, IslandLabels),
            Labels = labels,
            Taints = [.. node.Spec.Taints.Select(ToTaint).OfType<Taint>()],
            IsReady = node.Status.Conditions.Any(x => x is { Type: "Ready", IsTrue: true }),
            NotReadySince = node.Status.Conditions.FirstOrDefault(x => x is { Type: "Ready", IsTrue: false })?.LastTransitionTime,
            IsCordoned = node.Spec.Unschedulable == true || node.Metadata.DeletionTimestamp is not null,
            Devices = usage.Finish(),
            Spaces = spaces,
            Unknown = unknown,
            IsOversold = usage.IsOversold || usedCpu > cpu || usedMemory > memory,
        };
    }

    private List<HeldSpace> Spaces(DeviceUsage usage, IEnumerable<KubePod> pods, IReadOnlyDictionary<string, IReadOnlyList<SoldPiece>> sold)
    {
        var byNamespace = pods.ToLookup(p => p.Metadata.Namespace!, StringComparer.Ordinal);
        var names = byNamespace.Select(g => g.Key).Concat(sold.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var spaces = new List<HeldSpace>();
        foreach (var ns in names)
        {
            var pieces = sold.GetValueOrDefault(ns, []);
            spaces.Add(HeldSpace.Of(ns, pieces, [.. pieces.SelectMany(usage.Hold)], byNamespace[ns], catalogue));
        }

        return spaces;
    }

    private static CpuArchitecture? Architecture(IReadOnlyDictionary<string, string> labels) =>
        (labels.GetValueOrDefault("kubernetes.io/arch") ?? labels.GetValueOrDefault("beta.kubernetes.io/arch")) switch
        {
            "amd64" => CpuArchitecture.X64,
            "arm64" => CpuArchitecture.Arm64,
            "riscv64" => CpuArchitecture.RiscV64,
            _ => null,
        };

    // The control plane sets these itself, from conditions we read directly.
    private static Taint? ToTaint(KubeTaint taint) =>
        Enum.TryParse<TaintEffect>(taint.Effect, out var effect) && !taint.Key.StartsWith("node.kubernetes.io/", StringComparison.Ordinal)
            ? new Taint(taint.Key, taint.Value ?? "", effect)
            : null;

    private static string? First(IReadOnlyDictionary<string, string> labels, string[] names) =>
        names.Select(n => labels.GetValueOrDefault(n)).FirstOrDefault(v => !string.IsNullOrEmpty(v));

    private static int Bound(long value) => (int)Math.Clamp(value, 0, InputBounds.MaxQuantity);
}

/// <summary>A pod's effective request, as the Kubernetes scheduler counts it.</summary>
internal static class PodRequests
{
    /// <summary>The sum over containers, at least the largest init container, plus the runtime's overhead.</summary>
    public static Quantity Of(KubePod pod, string resource)
    {
        var sum = pod.Spec.Containers.Aggregate(default(Quantity), (total, c) => total + Amount(c, resource));
        var initial = pod.Spec.InitContainers.Select(c => Amount(c, resource)).DefaultIfEmpty().Max();
        var larger = initial.CompareTo(sum) > 0 ? initial : sum;
        return pod.Spec.Overhead.TryGetValue(resource, out var overhead) ? larger + overhead : larger;
    }

    private static Quantity Amount(KubeContainer container, string resource) =>
        container.Resources.Requests.TryGetValue(resource, out var asked) ? asked
        : container.Resources.Limits.TryGetValue(resource, out var limit) ? limit
        : default;
}

using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
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
    public InventoryNode ReadNode(KubeNode node, IEnumerable<KubePod> podsOnNode)
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

        var running = podsOnNode.Where(p => !p.IsFinished).ToList();
        var cpu = node.Status.Allocatable.TryGetValue("cpu", out var c) ? c.Milli : 0;
        var memory = node.Status.Allocatable.TryGetValue("memory", out var m) ? m.MibDown : 0;
        var usedCpu = running.Sum(p => PodRequests.Of(p, "cpu").Milli);
        var usedMemory = running.Sum(p => PodRequests.Of(p, "memory").MibUp);
        var usage = new DeviceUsage(found, catalogue);
        foreach (var pod in running.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            usage.Take(pod);
        }

        return new InventoryNode
        {
            Name = node.Metadata.Name,
            Uid = node.Metadata.Uid,
            Architecture = architecture,
            CpuMilli = Bound(cpu),
            MemoryMib = Bound(memory),
            FreeCpuMilli = Bound(cpu - usedCpu),
            FreeMemoryMib = Bound(memory - usedMemory),
            Rack = First(labels, RackLabels),
            LinkIsland = First(labels, IslandLabels),
            Labels = labels,
            Taints = [.. node.Spec.Taints.Select(ToTaint).OfType<Taint>()],
            IsReady = node.Status.Conditions.Any(x => x is { Type: "Ready", IsTrue: true }),
            IsCordoned = node.Spec.Unschedulable == true || node.Metadata.DeletionTimestamp is not null,
            Devices = usage.Finish(),
            Unknown = unknown,
            IsOversold = usage.IsOversold || usedCpu > cpu || usedMemory > memory,
        };
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

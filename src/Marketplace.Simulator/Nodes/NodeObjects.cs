using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Nodes;

/// <summary>The Node object a kubelet would register for a machine.</summary>
internal static class NodeObjects
{
    // What a kubelet keeps for itself and the system.
    private const long ReservedCpuMilli = 500;
    private const long ReservedMemoryMib = 2048;

    private static readonly (string Type, string Reason, string Message)[] Pressures =
    [
        ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ];

    public static JsonObject Build(SimulatedNode node, int index, DateTimeOffset now)
    {
        var labels = new Dictionary<string, string>(node.Labels, StringComparer.Ordinal)
        {
            ["kubernetes.io/hostname"] = node.Name,
            ["kubernetes.io/arch"] = node.Architecture,
            ["kubernetes.io/os"] = "linux",
            ["type"] = "simulated",
        };
        if (node.Rack is { } rack)
        {
            labels["topology.kubernetes.io/rack"] = rack;
        }
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject
            {
                ["name"] = node.Name,
                ["labels"] = Json.FromText(labels.OrderBy(l => l.Key, StringComparer.Ordinal)),
                ["annotations"] = Annotations(node, node.UnhealthyDevices),
            },
            ["spec"] = new JsonObject { ["providerID"] = $"simulated://{node.Name}" },
            ["status"] = Status(node, index, node.UnhealthyDevices, now),
        };
    }

    public static JsonObject Status(SimulatedNode node, int index, IReadOnlyDictionary<string, long> unhealthy, DateTimeOffset now) =>
        new()
        {
            ["capacity"] = Amounts(node, node.CpuMilli, node.MemoryMib, unhealthy: null),
            ["allocatable"] = Amounts(
                node,
                Math.Max(0, node.CpuMilli - ReservedCpuMilli),
                Math.Max(0, node.MemoryMib - ReservedMemoryMib),
                unhealthy
            ),
            ["conditions"] = Healthy(now),
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = Address(index) },
                new JsonObject { ["type"] = "Hostname", ["address"] = node.Name }
            ),
            ["daemonEndpoints"] = new JsonObject { ["kubeletEndpoint"] = new JsonObject { ["Port"] = 10250 } },
            ["nodeInfo"] = new JsonObject
            {
                ["architecture"] = node.Architecture,
                ["bootID"] = "",
                ["containerRuntimeVersion"] = "simulated://1.0",
                ["kernelVersion"] = "simulated",
                ["kubeProxyVersion"] = "v1.33.0",
                ["kubeletVersion"] = "v1.33.0",
                ["machineID"] = "",
                ["operatingSystem"] = "linux",
                ["osImage"] = node.OsImage,
                ["systemUUID"] = "",
            },
        };

    public static JsonObject Annotations(SimulatedNode node, IReadOnlyDictionary<string, long> unhealthy)
    {
        var annotations = Json.FromText(node.Annotations.OrderBy(a => a.Key, StringComparer.Ordinal));
        if (node.Sharing is { } sharing)
        {
            annotations[sharing.Register] = HamiRegisters.Write(sharing, unhealthy.GetValueOrDefault(sharing.Resource));
        }
        return annotations;
    }

    public static JsonArray Healthy(DateTimeOffset now)
    {
        var list = new JsonArray();
        foreach (var (type, reason, message) in Pressures)
        {
            list.Add(Condition(type, "False", reason, message, now));
        }
        list.Add(Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", now));
        return list;
    }

    public static JsonObject Condition(string type, string status, string reason, string message, DateTimeOffset now) =>
        new()
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["message"] = message,
            ["lastHeartbeatTime"] = Json.Time(now),
            ["lastTransitionTime"] = Json.Time(now),
        };

    public static string Address(int index) =>
        string.Create(CultureInfo.InvariantCulture, $"172.{20 + (index >> 16)}.{(index >> 8) & 255}.{index & 255}");

    /// <summary>An address of a pod on a node: each node has its own network of 254.</summary>
    public static string PodAddress(int nodeIndex, int serial) =>
        string.Create(CultureInfo.InvariantCulture, $"10.{128 + (nodeIndex >> 8)}.{nodeIndex & 255}.{(serial % 254) + 1}");

    public static JsonObject Allocatable(SimulatedNode node, IReadOnlyDictionary<string, long> unhealthy) =>
        Amounts(node, Math.Max(0, node.CpuMilli - ReservedCpuMilli), Math.Max(0, node.MemoryMib - ReservedMemoryMib), unhealthy);

    private static JsonObject Amounts(SimulatedNode node, long cpuMilli, long memoryMib, IReadOnlyDictionary<string, long>? unhealthy)
    {
        var amounts = new JsonObject
        {
            ["cpu"] = Quantity.Write("cpu", cpuMilli / 1000m),
            ["memory"] = string.Create(CultureInfo.InvariantCulture, $"{memoryMib}Mi"),
            ["ephemeral-storage"] = "1Ti",
            ["hugepages-2Mi"] = "0",
            ["pods"] = node.MaxPods.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (resource, count) in node.Devices)
        {
            var broken = unhealthy?.GetValueOrDefault(resource) ?? 0;
            amounts[resource] = Math.Max(0, count - broken).ToString(CultureInfo.InvariantCulture);
        }
        return amounts;
    }
}

using System.Text.Json.Nodes;

namespace Marketplace.Clusters.Workloads;

/// <summary>
/// The last look at objects before they reach a cluster: nothing of a tenant may touch the host, choose its own node, or climb in rights.
/// Applies to objects we make ourselves as much as to recipes others wrote.
/// </summary>
public static class TenantGuard
{
    private static readonly string[] HostSwitches = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"];
    private static readonly string[] PlacementFields = ["nodeName", "tolerations", "priorityClassName", "runtimeClassName"];

    /// <summary>Every violation of one object, each with the field and the fix; none when it is clean.</summary>
    public static IReadOnlyList<ClusterError> Check(JsonObject one)
    {
        ArgumentNullException.ThrowIfNull(one);
        var found = new List<ClusterError>();
        foreach (var (path, pod) in PodSpecs(one))
        {
            CheckPod(pod, path, found);
        }

        return found;
    }

    /// <summary>Takes every annotation of sharing software out of an object and its pod template, in place.</summary>
    public static void StripSharingAnnotations(JsonObject one)
    {
        ArgumentNullException.ThrowIfNull(one);
        foreach (
            var metadata in (JsonNode?[])
                [one["metadata"], one["spec"]?["template"]?["metadata"], one["spec"]?["jobTemplate"]?["spec"]?["template"]?["metadata"]]
        )
        {
            if (metadata?["annotations"] is JsonObject annotations)
            {
                foreach (
                    var key in annotations
                        .Select(a => a.Key)
                        .Where(k => k.StartsWith("hami.io/", StringComparison.OrdinalIgnoreCase))
                        .ToList()
                )
                {
                    annotations.Remove(key);
                }
            }
        }
    }

    private static IEnumerable<(string Path, JsonObject Pod)> PodSpecs(JsonObject one)
    {
        (string Path, JsonNode? Node)[] places =
        [
            ("spec", (string?)one["kind"] == "Pod" ? one["spec"] : null),
            ("spec.template.spec", one["spec"]?["template"]?["spec"]),
            ("spec.jobTemplate.spec.template.spec", one["spec"]?["jobTemplate"]?["spec"]?["template"]?["spec"]),
        ];
        return places.Where(p => p.Node is JsonObject).Select(p => (p.Path, p.Node!.AsObject()));
    }

    private static void CheckPod(JsonObject pod, string path, List<ClusterError> found)
    {
        foreach (var name in HostSwitches.Where(n => IsTrue(pod[n])))
        {
            found.Add(Refuse("host_access", $"{path}.{name}", "A workload must not share the host's namespaces."));
        }

        foreach (var name in PlacementFields.Where(n => pod[n] is JsonArray { Count: > 0 } or JsonValue))
        {
            found.Add(Refuse("placement", $"{path}.{name}", "A workload must not choose its own place or rank."));
        }

        if (IsTrue(pod["automountServiceAccountToken"]))
        {
            found.Add(Refuse("account", $"{path}.automountServiceAccountToken", "A workload gets no account of the cluster."));
        }

        foreach (var (volume, i) in Items(pod["volumes"]))
        {
            if (volume["hostPath"] is not null)
            {
                found.Add(Refuse("host_path", $"{path}.volumes[{i}].hostPath", "A workload must not read or write the host's disk."));
            }
        }

        if (Number(pod["securityContext"]?["runAsUser"]) == 0 || IsFalse(pod["securityContext"]?["runAsNonRoot"]))
        {
            found.Add(Refuse("root", $"{path}.securityContext", "A workload must not run as root."));
        }

        foreach (var list in (string[])["containers", "initContainers", "ephemeralContainers"])
        {
            foreach (var (container, i) in Items(pod[list]))
            {
                CheckContainer(container, $"{path}.{list}[{i}]", found);
            }
        }
    }

    private static void CheckContainer(JsonObject container, string path, List<ClusterError> found)
    {
        var context = container["securityContext"];
        if (IsTrue(context?["privileged"]))
        {
            found.Add(Refuse("privileged", $"{path}.securityContext.privileged", "A workload must not be privileged."));
        }

        if (!IsFalse(context?["allowPrivilegeEscalation"]))
        {
            found.Add(
                Refuse(
                    "escalation",
                    $"{path}.securityContext.allowPrivilegeEscalation",
                    "A workload must not climb in rights.",
                    "Set it to false."
                )
            );
        }

        if (context?["capabilities"]?["add"] is JsonArray { Count: > 0 })
        {
            found.Add(Refuse("capabilities", $"{path}.securityContext.capabilities.add", "A workload gets no extra capabilities."));
        }

        if (Number(context?["runAsUser"]) == 0 || IsFalse(context?["runAsNonRoot"]))
        {
            found.Add(Refuse("root", $"{path}.securityContext", "A workload must not run as root."));
        }

        foreach (var (port, i) in Items(container["ports"]))
        {
            if (Number(port["hostPort"]) is > 0)
            {
                found.Add(Refuse("host_port", $"{path}.ports[{i}].hostPort", "A workload must not take a port of the host."));
            }
        }
    }

    private static IEnumerable<(JsonObject Item, int Index)> Items(JsonNode? list) =>
        list is JsonArray array ? array.OfType<JsonObject>().Select((item, i) => (item, i)) : [];

    private static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    private static bool IsFalse(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) && !flag;

    private static long? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<long>(out var number) ? number
        : node is JsonValue small && small.TryGetValue<int>(out var integer) ? integer
        : null;

    private static ClusterError Refuse(string code, string field, string message, string fix = "Remove the field.") =>
        new($"workload.refused_{code}", message, field, fix);
}

using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>One column of a printed table.</summary>
internal sealed record Column(string Name, Func<JsonObject, DateTimeOffset, JsonNode?> Cell, bool Wide = false, string Type = "string");

/// <summary>The columns kubectl users know, per resource.</summary>
internal static class Columns
{
    private static readonly Column NameColumn = Text("Name", o => o.Text("metadata", "name"));
    private static readonly Column Age = new("Age", (o, now) => AgeOf(o.Text("metadata", "creationTimestamp"), now));
    private static readonly Column[] Plain = [NameColumn, Age];

    private static readonly Dictionary<string, Column[]> ByPlural = new(StringComparer.Ordinal)
    {
        ["pods"] =
        [
            NameColumn,
            Text("Ready", PodColumns.Ready),
            Text("Status", PodColumns.Status),
            new Column("Restarts", (o, now) => PodColumns.Restarts(o, now)),
            Age,
            Text("IP", o => o.Text("status", "podIP") ?? "<none>", wide: true),
            Text("Node", o => o.Text("spec", "nodeName") ?? "<none>", wide: true),
            Text("Nominated Node", o => o.Text("status", "nominatedNodeName") ?? "<none>", wide: true),
            Text("Readiness Gates", _ => "<none>", wide: true),
        ],
        ["nodes"] =
        [
            NameColumn,
            Text("Status", NodeStatus),
            Text("Roles", NodeRoles),
            Age,
            Text("Version", o => o.Text("status", "nodeInfo", "kubeletVersion")),
            Text("Internal-IP", o => Address(o, "InternalIP"), wide: true),
            Text("External-IP", o => Address(o, "ExternalIP"), wide: true),
            Text("OS-Image", o => o.Text("status", "nodeInfo", "osImage"), wide: true),
            Text("Kernel-Version", o => o.Text("status", "nodeInfo", "kernelVersion"), wide: true),
            Text("Container-Runtime", o => o.Text("status", "nodeInfo", "containerRuntimeVersion"), wide: true),
        ],
        ["namespaces"] = [NameColumn, Text("Status", o => o.Text("status", "phase")), Age],
        ["services"] =
        [
            NameColumn,
            Text("Type", o => o.Text("spec", "type")),
            Text("Cluster-IP", o => o.Text("spec", "clusterIP") ?? "<none>"),
            Text("External-IP", o => o.Text("spec", "type") == "LoadBalancer" ? "<pending>" : "<none>"),
            Text(
                "Port(s)",
                o =>
                    Joined(
                        o.Items("spec", "ports").Select(p => $"{p["port"]}{(p["nodePort"] is { } n ? ":" + n : "")}/{p.Text("protocol")}")
                    )
            ),
            Age,
            Text("Selector", o => Pairs(o.TextMap("spec", "selector")), wide: true),
        ],
        ["endpoints"] = [NameColumn, Text("Endpoints", EndpointAddresses), Age],
        ["events"] =
        [
            new Column(
                "Last Seen",
                (o, now) => AgeOf(o.Text("lastTimestamp") ?? o.Text("eventTime") ?? o.Text("metadata", "creationTimestamp"), now)
            ),
            Text("Type", o => o.Text("type")),
            Text("Reason", o => o.Text("reason")),
            Text("Object", o => $"{o.Text("involvedObject", "kind")?.ToLowerInvariant()}/{o.Text("involvedObject", "name")}"),
            Text("Source", o => o.Text("source", "component") ?? o.Text("reportingComponent"), wide: true),
            Text("Message", o => o.Text("message")?.Trim()),
            Number("Count", o => o.Whole("count") ?? 1, wide: true),
            Text("Name", o => o.Text("metadata", "name"), wide: true),
        ],
        ["configmaps"] = [NameColumn, Number("Data", o => o.Map("data")?.Count ?? 0), Age],
        ["secrets"] = [NameColumn, Text("Type", o => o.Text("type")), Number("Data", o => o.Map("data")?.Count ?? 0), Age],
        ["serviceaccounts"] = [NameColumn, Number("Secrets", o => o.Items("secrets").Count()), Age],
        ["resourcequotas"] =
        [
            NameColumn,
            Text("Request", o => QuotaLine(o, limits: false)),
            Text("Limit", o => QuotaLine(o, limits: true)),
            Age,
        ],
        ["limitranges"] = [NameColumn, Text("Created At", o => o.Text("metadata", "creationTimestamp"))],
        ["persistentvolumeclaims"] =
        [
            NameColumn,
            Text("Status", o => o.Text("status", "phase")),
            Text("Volume", o => o.Text("spec", "volumeName")),
            Text("Capacity", o => o.Text("status", "capacity", "storage")),
            Text("Access Modes", o => AccessModes(o)),
            Text("StorageClass", o => o.Text("spec", "storageClassName")),
            Age,
        ],
        ["persistentvolumes"] =
        [
            NameColumn,
            Text("Capacity", o => o.Text("spec", "capacity", "storage")),
            Text("Access Modes", o => AccessModes(o)),
            Text("Reclaim Policy", o => o.Text("spec", "persistentVolumeReclaimPolicy")),
            Text("Status", o => o.Text("status", "phase")),
            Text("Claim", o => $"{o.Text("spec", "claimRef", "namespace")}/{o.Text("spec", "claimRef", "name")}"),
            Text("StorageClass", o => o.Text("spec", "storageClassName")),
            Age,
        ],
        ["jobs"] =
        [
            NameColumn,
            Text("Status", JobStatus),
            Text(
                "Completions",
                o =>
                    $"{o.Whole("status", "succeeded") ?? 0}/{o.Whole("spec", "completions")?.ToString(CultureInfo.InvariantCulture) ?? "1 of " + o.Whole("spec", "parallelism")}"
            ),
            new Column("Duration", JobDuration),
            Age,
            Text("Containers", o => Names(o), wide: true),
            Text("Images", o => Images(o), wide: true),
            Text("Selector", o => Pairs(o.TextMap("spec", "selector", "matchLabels")), wide: true),
        ],
        ["deployments"] =
        [
            NameColumn,
            Text("Ready", o => $"{o.Whole("status", "readyReplicas") ?? 0}/{o.Whole("spec", "replicas") ?? 0}"),
            Number("Up-to-date", o => o.Whole("status", "updatedReplicas") ?? 0),
            Number("Available", o => o.Whole("status", "availableReplicas") ?? 0),
            Age,
            Text("Containers", o => Names(o), wide: true),
            Text("Images", o => Images(o), wide: true),
            Text("Selector", o => Pairs(o.TextMap("spec", "selector", "matchLabels")), wide: true),
        ],
        ["replicasets"] =
        [
            NameColumn,
            Number("Desired", o => o.Whole("spec", "replicas") ?? 0),
            Number("Current", o => o.Whole("status", "replicas") ?? 0),
            Number("Ready", o => o.Whole("status", "readyReplicas") ?? 0),
            Age,
            Text("Containers", o => Names(o), wide: true),
            Text("Images", o => Images(o), wide: true),
            Text("Selector", o => Pairs(o.TextMap("spec", "selector", "matchLabels")), wide: true),
        ],
        ["statefulsets"] =
        [
            NameColumn,
            Text("Ready", o => $"{o.Whole("status", "readyReplicas") ?? 0}/{o.Whole("spec", "replicas") ?? 0}"),
            Age,
            Text("Containers", o => Names(o), wide: true),
            Text("Images", o => Images(o), wide: true),
        ],
        ["networkpolicies"] = [NameColumn, Text("Pod-Selector", o => PodSelector(o)), Age],
        ["ingresses"] =
        [
            NameColumn,
            Text("Class", o => o.Text("spec", "ingressClassName") ?? "<none>"),
            Text("Hosts", o => Joined(o.Items("spec", "rules").Select(r => r.Text("host") ?? "*"))),
            Text("Address", _ => ""),
            Text("Ports", o => o.At("spec", "tls") is null ? "80" : "80, 443"),
            Age,
        ],
        ["roles"] = [NameColumn, Text("Created At", o => o.Text("metadata", "creationTimestamp"))],
        ["clusterroles"] = [NameColumn, Text("Created At", o => o.Text("metadata", "creationTimestamp"))],
        ["rolebindings"] = [NameColumn, Text("Role", RoleOf), Age],
        ["clusterrolebindings"] = [NameColumn, Text("Role", RoleOf), Age],
        ["storageclasses"] =
        [
            NameColumn,
            Text("Provisioner", o => o.Text("provisioner")),
            Text("ReclaimPolicy", o => o.Text("reclaimPolicy")),
            Text("VolumeBindingMode", o => o.Text("volumeBindingMode")),
            Age,
        ],
        ["runtimeclasses"] = [NameColumn, Text("Handler", o => o.Text("handler")), Age],
        ["priorityclasses"] =
        [
            NameColumn,
            Number("Value", o => o.Whole("value") ?? 0),
            new Column("Global-Default", (o, _) => o.Flag("globalDefault"), Type: "boolean"),
            Age,
        ],
        ["leases"] = [NameColumn, Text("Holder", o => o.Text("spec", "holderIdentity")), Age],
    };

    public static IReadOnlyList<Column> Of(ResourceType type) => ByPlural.GetValueOrDefault(type.Plural, Plain);

    /// <summary>Kubernetes' short form of a duration: 45s, 5m3s, 2h, 3d4h.</summary>
    public static string Duration(TimeSpan age)
    {
        var whole = age < TimeSpan.Zero ? TimeSpan.Zero : age;
        var seconds = (long)whole.TotalSeconds;
        var minutes = seconds / 60;
        var hours = minutes / 60;
        var days = hours / 24;
        return seconds < 120 ? $"{seconds}s"
            : minutes < 10
                ? seconds % 60 == 0 ? $"{minutes}m"
                    : $"{minutes}m{seconds % 60}s"
            : minutes < 180 ? $"{minutes}m"
            : hours < 8
                ? minutes % 60 == 0 ? $"{hours}h"
                    : $"{hours}h{minutes % 60}m"
            : hours < 48 ? $"{hours}h"
            : days < 8
                ? hours % 24 == 0 ? $"{days}d"
                    : $"{days}d{hours % 24}h"
            : $"{days}d";
    }

    public static string AgeOf(string? since, DateTimeOffset now) => Json.ReadTime(since) is { } at ? Duration(now - at) : "<unknown>";

    private static Column Text(string name, Func<JsonObject, string?> cell, bool wide = false) => new(name, (o, _) => cell(o) ?? "", wide);

    private static Column Number(string name, Func<JsonObject, long> cell, bool wide = false) =>
        new(name, (o, _) => cell(o), wide, "integer");

    private static string NodeStatus(JsonObject node)
    {
        var ready = node.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == "Ready")?.Text("status");
        var text = ready switch
        {
            "True" => "Ready",
            "False" => "NotReady",
            _ => "Unknown",
        };
        return node.Flag("spec", "unschedulable") ? text + ",SchedulingDisabled" : text;
    }

    private static string NodeRoles(JsonObject node)
    {
        const string prefix = "node-role.kubernetes.io/";
        var roles = node.TextMap("metadata", "labels")
            .Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..]);
        return Joined(roles.Order(StringComparer.Ordinal));
    }

    private static string Address(JsonObject node, string type) =>
        node.Items("status", "addresses").FirstOrDefault(a => a.Text("type") == type)?.Text("address") ?? "<none>";

    private static string EndpointAddresses(JsonObject endpoints)
    {
        var all = endpoints
            .Items("subsets")
            .SelectMany(s => s.Items("addresses").SelectMany(a => s.Items("ports").Select(p => $"{a.Text("ip")}:{p["port"]}")))
            .ToList();
        return all.Count > 3 ? $"{string.Join(",", all.Take(3))} + {all.Count - 3} more..." : Joined(all);
    }

    private static string QuotaLine(JsonObject quota, bool limits) =>
        string.Join(
            ", ",
            quota
                .TextMap("spec", "hard")
                .Where(h => h.Key.StartsWith("limits.", StringComparison.Ordinal) == limits)
                .OrderBy(h => h.Key, StringComparer.Ordinal)
                .Select(h => $"{h.Key}: {quota.Text("status", "used", h.Key) ?? "0"}/{h.Value}")
        );

    private static string JobStatus(JsonObject job)
    {
        foreach (var condition in job.Items("status", "conditions").Where(c => c.Text("status") == "True"))
        {
            if (condition.Text("type") is "Complete" or "Failed" or "Suspended")
            {
                return condition.Text("type")!;
            }
        }
        return job.Flag("spec", "suspend") ? "Suspended" : "Running";
    }

    private static JsonNode? JobDuration(JsonObject job, DateTimeOffset now)
    {
        if (Json.ReadTime(job.Text("status", "startTime")) is not { } from)
        {
            return "";
        }
        var to =
            Json.ReadTime(job.Text("status", "completionTime"))
            ?? Json.ReadTime(job.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == "Failed")?.Text("lastTransitionTime"))
            ?? now;
        return Duration(to - from);
    }

    private static string AccessModes(JsonObject volume) =>
        Joined(
            (volume.At("spec", "accessModes") as JsonArray ?? []).Select(m =>
                m?.ToString() switch
                {
                    "ReadWriteOnce" => "RWO",
                    "ReadOnlyMany" => "ROX",
                    "ReadWriteMany" => "RWX",
                    "ReadWriteOncePod" => "RWOP",
                    var other => other ?? "",
                }
            )
        );

    private static string RoleOf(JsonObject binding) => $"{binding.Text("roleRef", "kind")}/{binding.Text("roleRef", "name")}";

    private static string PodSelector(JsonObject policy) => Pairs(policy.TextMap("spec", "podSelector", "matchLabels"));

    private static string Names(JsonObject workload) =>
        Joined(workload.Items("spec", "template", "spec", "containers").Select(c => c.Text("name") ?? ""));

    private static string Images(JsonObject workload) =>
        Joined(workload.Items("spec", "template", "spec", "containers").Select(c => c.Text("image") ?? ""));

    private static string Pairs(Dictionary<string, string> pairs) => Joined(pairs.Select(p => $"{p.Key}={p.Value}"));

    private static string Joined(IEnumerable<string> parts) => string.Join(",", parts) is { Length: > 0 } text ? text : "<none>";
}

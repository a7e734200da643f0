using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Admission;

/// <summary>What the server writes into a new or changed object on its own: generated selectors, addresses, first status.</summary>
internal static class Prepare
{
    private const int ServiceAddresses = 0xFFFE;

    public static void ForCreate(ClusterStore store, ResourceType type, JsonObject tree)
    {
        switch (type.Kind)
        {
            case "Pod":
                Pod(tree);
                break;
            case "Job":
                Job(tree);
                break;
            case "Service":
                Service(store, tree);
                break;
            case "PersistentVolumeClaim" when tree.Text("spec", "storageClassName") is null:
                if (DefaultStorageClass(store) is { } fallback)
                {
                    tree.Ensure("spec")["storageClassName"] = fallback;
                }
                break;
            default:
                break;
        }
    }

    public static void ForUpdate(ResourceType type, JsonObject before, JsonObject after)
    {
        if (type == ResourceCatalog.Services && after.Text("spec", "clusterIP") is null && before.Text("spec", "clusterIP") is { } address)
        {
            // A client that never saw the assigned address does not mean to take it away.
            after.Ensure("spec")["clusterIP"] = address;
            after.Ensure("spec").Default("clusterIPs", new JsonArray(address));
        }
        else if (type == ResourceCatalog.Claims)
        {
            foreach (var field in new[] { "volumeName", "storageClassName" })
            {
                if (before.Text("spec", field) is { } given)
                {
                    after.Ensure("spec").Default(field, given);
                }
            }
        }
        else if (type == ResourceCatalog.Jobs)
        {
            after.Ensure("spec").Default("selector", before.At("spec", "selector")?.DeepClone() ?? new JsonObject());
            var labels = after.Ensure("spec").Ensure("template").Ensure("metadata").Ensure("labels");
            foreach (var (key, value) in before.TextMap("spec", "template", "metadata", "labels"))
            {
                if (key.EndsWith("controller-uid", StringComparison.Ordinal) || key.EndsWith("job-name", StringComparison.Ordinal))
                {
                    labels.Default(key, value);
                }
            }
        }
    }

    private static void Pod(JsonObject tree)
    {
        var spec = tree.Ensure("spec");
        spec.Default("serviceAccountName", "default");
        spec.Default("serviceAccount", spec.Text("serviceAccountName")!);
        spec.Default("enableServiceLinks", true);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        var tolerations = spec.EnsureList("tolerations");
        foreach (var taint in new[] { "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" })
        {
            if (!tolerations.Any(t => t.Text("key") == taint))
            {
                tolerations.Add(
                    new JsonObject
                    {
                        ["key"] = taint,
                        ["operator"] = "Exists",
                        ["effect"] = "NoExecute",
                        ["tolerationSeconds"] = 300,
                    }
                );
            }
        }
        tree["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QosClass(tree) };
    }

    private static string QosClass(JsonObject pod)
    {
        var requests = PodResources.Requests(pod);
        var limits = PodResources.Limits(pod);
        static bool Counts(string resource) => resource is "cpu" or "memory";
        if (!requests.Keys.Concat(limits.Keys).Any(Counts))
        {
            return "BestEffort";
        }
        var containers = pod.Items("spec", "containers").Concat(pod.Items("spec", "initContainers"));
        var guaranteed = containers.All(c =>
            new[] { "cpu", "memory" }.All(r =>
                c.At("resources", "limits", r) is { } limit
                && Quantity.Parse(limit.ToString()) == Quantity.Parse(c.At("resources", "requests", r)?.ToString() ?? limit.ToString())
            )
        );
        return guaranteed ? "Guaranteed" : "Burstable";
    }

    private static void Job(JsonObject tree)
    {
        var spec = tree.Ensure("spec");
        var uid = tree.Text("metadata", "uid")!;
        var name = tree.Text("metadata", "name")!;
        var labels = spec.Ensure("template").Ensure("metadata").Ensure("labels");
        if (!spec.Flag("manualSelector"))
        {
            spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = uid } };
            foreach (var prefix in new[] { "", "batch.kubernetes.io/" })
            {
                labels[prefix + "controller-uid"] = uid;
                labels[prefix + "job-name"] = name;
            }
        }
        var own = tree.Ensure("metadata").Ensure("labels");
        foreach (var (key, value) in labels)
        {
            own.Default(key, value!.DeepClone());
        }
    }

    private static void Service(ClusterStore store, JsonObject tree)
    {
        var spec = tree.Ensure("spec");
        if (spec.Text("type") == "ExternalName" || spec.Text("clusterIP") is { Length: > 0 })
        {
            return;
        }
        var (services, version) = store.List(ResourceCatalog.Services, null, Selector.Everything);
        var taken = services.Select(s => s.Open().Text("spec", "clusterIP")).ToHashSet(StringComparer.Ordinal);
        // The version moves on with every write, so addresses are not handed out again at once.
        for (var i = 0; i < ServiceAddresses; i++)
        {
            var number = (int)((version + i) % ServiceAddresses) + 1;
            var address = string.Create(CultureInfo.InvariantCulture, $"10.96.{number >> 8}.{number & 0xFF}");
            if (!taken.Contains(address))
            {
                spec["clusterIP"] = address;
                spec["clusterIPs"] = new JsonArray(address);
                return;
            }
        }
    }

    private static string? DefaultStorageClass(ClusterStore store) =>
        store
            .List(ResourceCatalog.StorageClasses, null, Selector.Everything)
            .Items.FirstOrDefault(c => c.Open().Text("metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true")
            ?.Name;
}

using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Admission;

/// <summary>The defaults the public API documents for the fields we and kubectl read back.</summary>
internal static class Defaults
{
    public static void Apply(ResourceType type, JsonObject tree)
    {
        switch (type.Kind)
        {
            case "Pod":
                PodSpec(tree.Ensure("spec"));
                break;
            case "Job":
                Job(tree.Ensure("spec"));
                break;
            case "Deployment":
                Workload(tree);
                Deployment(tree.Ensure("spec"));
                break;
            case "ReplicaSet" or "ReplicationController":
                Workload(tree);
                tree.Ensure("spec").Default("replicas", 1);
                break;
            case "StatefulSet":
                Workload(tree);
                StatefulSet(tree.Ensure("spec"));
                break;
            case "DaemonSet":
                Workload(tree);
                break;
            case "Service":
                Service(tree.Ensure("spec"));
                break;
            case "Namespace":
                tree.Ensure("spec").Default("finalizers", new JsonArray("kubernetes"));
                tree.Ensure("status").Default("phase", "Active");
                tree.Ensure("metadata").Ensure("labels")["kubernetes.io/metadata.name"] = tree.Text("metadata", "name");
                break;
            case "Secret":
                Secret(tree);
                break;
            case "PersistentVolumeClaim":
                tree.Ensure("spec").Default("volumeMode", "Filesystem");
                tree.Ensure("status").Default("phase", "Pending");
                break;
            case "NetworkPolicy":
                NetworkPolicy(tree.Ensure("spec"));
                break;
            case "HorizontalPodAutoscaler":
                tree.Ensure("spec").Default("minReplicas", 1);
                break;
            case "Node":
                tree.Ensure("spec");
                break;
            case "LimitRange":
                LimitRange(tree);
                break;
            default:
                break;
        }
    }

    public static void PodSpec(JsonObject spec)
    {
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers")))
        {
            Container(container);
        }
        if (spec.Text("serviceAccountName") is { } account)
        {
            spec.Default("serviceAccount", account);
        }
    }

    private static void Container(JsonObject container)
    {
        var image = container.Text("image") ?? "";
        var tag = image[(image.LastIndexOf('/') + 1)..];
        var latest =
            !tag.Contains('@', StringComparison.Ordinal)
            && (!tag.Contains(':', StringComparison.Ordinal) || tag.EndsWith(":latest", StringComparison.Ordinal));
        container.Default("imagePullPolicy", latest ? "Always" : "IfNotPresent");
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        var resources = container.Ensure("resources");
        if (resources.Map("limits") is { } limits)
        {
            var requests = resources.Ensure("requests");
            foreach (var (resource, amount) in limits)
            {
                requests.Default(resource, amount!.DeepClone());
            }
        }
        foreach (var port in container.Items("ports"))
        {
            port.Default("protocol", "TCP");
        }
        foreach (var kind in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
        {
            if (container.Map(kind) is { } probe)
            {
                probe.Default("timeoutSeconds", 1);
                probe.Default("periodSeconds", 10);
                probe.Default("successThreshold", 1);
                probe.Default("failureThreshold", 3);
                probe.Map("httpGet")?.Default("scheme", "HTTP");
            }
        }
    }

    private static void Job(JsonObject spec)
    {
        var parallelism = spec["parallelism"] is null && spec["completions"] is null;
        if (parallelism)
        {
            spec["completions"] = 1;
        }
        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        PodSpec(spec.Ensure("template").Ensure("spec"));
    }

    private static void Workload(JsonObject tree)
    {
        var spec = tree.Ensure("spec");
        PodSpec(spec.Ensure("template").Ensure("spec"));
    }

    private static void Deployment(JsonObject spec)
    {
        spec.Default("replicas", 1);
        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
        var strategy = spec.Ensure("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.Ensure("rollingUpdate");
            rolling.Default("maxUnavailable", "25%");
            rolling.Default("maxSurge", "25%");
        }
    }

    private static void StatefulSet(JsonObject spec)
    {
        spec.Default("replicas", 1);
        spec.Default("podManagementPolicy", "OrderedReady");
        spec.Default("revisionHistoryLimit", 10);
        var strategy = spec.Ensure("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            strategy.Ensure("rollingUpdate").Default("partition", 0);
        }
        foreach (var claim in spec.Items("volumeClaimTemplates"))
        {
            claim.Default("apiVersion", "v1");
            claim.Default("kind", "PersistentVolumeClaim");
            claim.Ensure("spec").Default("volumeMode", "Filesystem");
        }
    }

    private static void Service(JsonObject spec)
    {
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        spec.Default("internalTrafficPolicy", "Cluster");
        spec.Default("ipFamilies", new JsonArray("IPv4"));
        spec.Default("ipFamilyPolicy", "SingleStack");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if (port["port"] is { } number)
            {
                port.Default("targetPort", number.DeepClone());
            }
        }
    }

    // stringData is write-only: it is folded into data and never read back.
    private static void Secret(JsonObject tree)
    {
        tree.Default("type", "Opaque");
        if (tree.Map("stringData") is not { } plain)
        {
            return;
        }
        var data = tree.Ensure("data");
        foreach (var (key, value) in plain)
        {
            data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value?.ToString() ?? ""));
        }
        tree.Remove("stringData");
    }

    private static void NetworkPolicy(JsonObject spec)
    {
        if (spec["policyTypes"] is null)
        {
            spec["policyTypes"] = spec["egress"] is JsonArray { Count: > 0 }
                ? new JsonArray("Ingress", "Egress")
                : new JsonArray("Ingress");
        }
        foreach (var port in spec.Items("ingress").Concat(spec.Items("egress")).SelectMany(r => r.Items("ports")))
        {
            port.Default("protocol", "TCP");
        }
    }

    private static void LimitRange(JsonObject tree)
    {
        foreach (var limit in tree.Items("spec", "limits").Where(l => l.Text("type") == "Container"))
        {
            // As documented: a default without a request doubles as the request, and max doubles as the default.
            if (limit.Map("max") is { } max)
            {
                var defaults = limit.Ensure("default");
                foreach (var (resource, amount) in max)
                {
                    defaults.Default(resource, amount!.DeepClone());
                }
            }
            if (limit.Map("default") is { } given)
            {
                var requests = limit.Ensure("defaultRequest");
                foreach (var (resource, amount) in given)
                {
                    requests.Default(resource, amount!.DeepClone());
                }
            }
        }
    }
}

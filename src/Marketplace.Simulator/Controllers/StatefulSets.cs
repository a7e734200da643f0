using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Named pods in order, each with its claims; a changed template is rolled out from the highest ordinal down.</summary>
internal sealed class StatefulSets(ClusterApi api) : PodOwner(api, ResourceCatalog.StatefulSets)
{
    private const string RevisionLabel = "controller-revision-hash";

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (Store.Get(Type, key.Namespace, key.Name) is not { Terminating: false } set)
        {
            return null;
        }
        var tree = set.Open();
        var wanted = (int)(tree.Whole("spec", "replicas") ?? 1);
        var parallel = tree.Text("spec", "podManagementPolicy") == "Parallel";
        var revision = $"{set.Name}-{Deployments.Hash(tree.Map("spec", "template")!)}";
        var again = Arrange(set, tree, wanted, parallel, revision);
        Report(set, tree, wanted, revision);
        return again;
    }

    private TimeSpan? Arrange(StoredObject set, JsonObject tree, int wanted, bool parallel, string revision)
    {
        var pods = PodsOf(set).ToDictionary(Ordinal);
        for (var ordinal = 0; ordinal < wanted; ordinal++)
        {
            if (pods.TryGetValue(ordinal, out var pod))
            {
                if (PodResources.IsFinished(pod) && !pod.Terminating)
                {
                    DeletePod(set, pod);
                    return null;
                }
                if (!parallel && !IsReady(pod))
                {
                    return null;
                }
                continue;
            }
            if (CreateOrdinal(set, tree, ordinal, revision) is not null)
            {
                return RefusedRetry;
            }
            if (!parallel)
            {
                return null;
            }
        }
        foreach (var (ordinal, pod) in pods.Where(p => p.Key >= wanted && !p.Value.Terminating).OrderByDescending(p => p.Key))
        {
            DeletePod(set, pod);
            if (!parallel)
            {
                return null;
            }
        }
        if (tree.Text("spec", "updateStrategy", "type") == "OnDelete" || pods.Values.Any(p => p.Terminating))
        {
            return null;
        }
        var partition = tree.Whole("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
        var outdated = pods.Where(p => p.Key >= partition && p.Key < wanted && p.Value.Labels.GetValueOrDefault(RevisionLabel) != revision)
            .OrderByDescending(p => p.Key)
            .Select(p => p.Value)
            .FirstOrDefault();
        if (outdated is not null && pods.Values.All(p => p.Uid == outdated.Uid || IsReady(p)))
        {
            DeletePod(set, outdated);
        }
        return null;
    }

    private static int Ordinal(StoredObject pod) =>
        int.TryParse(pod.Name.AsSpan(pod.Name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            ? ordinal
            : -1;

    private ApiFailure? CreateOrdinal(StoredObject set, JsonObject tree, int ordinal, string revision)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{set.Name}-{ordinal}");
        foreach (var claim in tree.Items("spec", "volumeClaimTemplates"))
        {
            var claimName = $"{claim.Text("metadata", "name")}-{name}";
            if (Store.Get(ResourceCatalog.Claims, set.Namespace, claimName) is not null)
            {
                continue;
            }
            var body = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = claimName,
                    ["labels"] = tree.At("spec", "selector", "matchLabels")?.DeepClone(),
                },
                ["spec"] = claim["spec"]!.DeepClone(),
            };
            if (Api.Create(Caller.System, ResourceCatalog.Claims, set.Namespace, body).Refused(out var refused, out _))
            {
                Record(set, "Warning", "FailedCreate", $"create Claim {claimName} failed: {refused.Message}");
                return refused;
            }
        }
        return CreatePod(
            set,
            tree.Map("spec", "template")!,
            name,
            pod =>
            {
                var labels = pod.Ensure("metadata").Ensure("labels");
                labels["statefulset.kubernetes.io/pod-name"] = name;
                labels["apps.kubernetes.io/pod-index"] = ordinal.ToString(CultureInfo.InvariantCulture);
                labels[RevisionLabel] = revision;
                var spec = pod.Ensure("spec");
                spec["hostname"] = name;
                if (tree.Text("spec", "serviceName") is { Length: > 0 } service)
                {
                    spec["subdomain"] = service;
                }
                foreach (var claim in tree.Items("spec", "volumeClaimTemplates"))
                {
                    var volume = claim.Text("metadata", "name");
                    var volumes = spec.EnsureList("volumes");
                    if (!volumes.Any(v => v.Text("name") == volume))
                    {
                        volumes.Add(
                            new JsonObject
                            {
                                ["name"] = volume,
                                ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = $"{volume}-{name}" },
                            }
                        );
                    }
                }
            }
        );
    }

    private void Report(StoredObject set, JsonObject tree, int wanted, string revision)
    {
        var pods = PodsOf(set).Where(IsActive).ToList();
        var updated = pods.Count(p => p.Labels.GetValueOrDefault(RevisionLabel) == revision);
        var ready = pods.Count(IsReady);
        WriteStatus(
            set,
            t =>
            {
                var status = t.Ensure("status");
                status["observedGeneration"] = tree.Whole("metadata", "generation") ?? 0;
                status["replicas"] = pods.Count;
                status["readyReplicas"] = ready;
                status["availableReplicas"] = ready;
                status["updatedReplicas"] = updated;
                status["updateRevision"] = revision;
                status["collisionCount"] = 0;
                if (updated == wanted && ready == wanted)
                {
                    status["currentRevision"] = revision;
                    status["currentReplicas"] = wanted;
                }
                status.Default("currentRevision", revision);
            }
        );
    }
}

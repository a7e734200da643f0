using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Controllers;

/// <summary>Deployment → ReplicaSets: one set per template, rolled over within maxSurge and maxUnavailable.</summary>
internal sealed class Deployments(ClusterApi api) : PodOwner(api, ResourceCatalog.Deployments)
{
    private const string HashLabel = "pod-template-hash";
    private const string RevisionAnnotation = "deployment.kubernetes.io/revision";

    public override IEnumerable<ObjectKey> ConcernedBy(Change change)
    {
        if (change.Object.Type == Type)
        {
            yield return change.Object.Key;
        }
        else if (change.Object.Type == ResourceCatalog.ReplicaSets && Owner(change.Object) is { } owner)
        {
            yield return owner;
        }
    }

    public override TimeSpan? Reconcile(ObjectKey key)
    {
        if (Store.Get(Type, key.Namespace, key.Name) is not { Terminating: false } deployment)
        {
            return null;
        }
        var tree = deployment.Open();
        var sets = Sets(deployment);
        var hash = Hash(tree.Map("spec", "template")!);
        var current = sets.FirstOrDefault(s => s.Labels.GetValueOrDefault(HashLabel) == hash);
        var paused = tree.Flag("spec", "paused");
        if (current is null && !paused)
        {
            if (CreateSet(deployment, tree, hash, sets).Refused(out var refused, out current))
            {
                Record(deployment, "Warning", "ReplicaSetCreateError", refused.Message);
                return RefusedRetry;
            }
            sets = Sets(deployment);
        }
        if (current is not null && !paused)
        {
            Roll(deployment, tree, current, [.. sets.Where(s => s.Uid != current.Uid)]);
            Prune(tree, [.. Sets(deployment).Where(s => s.Uid != current.Uid)]);
        }
        Report(deployment, tree, hash);
        return null;
    }

    private List<StoredObject> Sets(StoredObject deployment) =>
        [.. Store.OwnedBy(deployment.Uid).Where(s => s.Type == ResourceCatalog.ReplicaSets && s.ControllerUid == deployment.Uid)];

    // FNV-1a over the template's text, in the letters Kubernetes uses for generated names.
    internal static string Hash(JsonObject template)
    {
        const string alphabet = "bcdfghjklmnpqrstvwxz2456789";
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(template.ToJsonString()))
        {
            hash = unchecked((hash ^ b) * 16777619u);
        }
        var text = new char[9];
        var rest = (ulong)hash * 2654435761UL;
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = alphabet[(int)(rest % (ulong)alphabet.Length)];
            rest /= (ulong)alphabet.Length;
        }
        return new string(text);
    }

    private Answer<StoredObject> CreateSet(StoredObject deployment, JsonObject tree, string hash, List<StoredObject> sets)
    {
        var template = tree.Map("spec", "template")!.Copy();
        template.Ensure("metadata").Ensure("labels")[HashLabel] = hash;
        var selector = tree.Map("spec", "selector")!.Copy();
        selector.Ensure("matchLabels")[HashLabel] = hash;
        var revision = sets.Select(Revision).DefaultIfEmpty(0).Max() + 1;
        return Api.Create(
            Caller.System,
            ResourceCatalog.ReplicaSets,
            deployment.Namespace,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = $"{deployment.Name}-{hash}",
                    ["labels"] = template.At("metadata", "labels")!.DeepClone(),
                    ["annotations"] = new JsonObject { [RevisionAnnotation] = revision.ToString(CultureInfo.InvariantCulture) },
                    ["ownerReferences"] = new JsonArray(OwnerReference(deployment)),
                },
                ["spec"] = new JsonObject
                {
                    ["replicas"] = 0,
                    ["selector"] = selector,
                    ["template"] = template,
                },
            }
        );
    }

    private static long Revision(StoredObject set) =>
        long.TryParse(set.Open().Text("metadata", "annotations", RevisionAnnotation), CultureInfo.InvariantCulture, out var n) ? n : 0;

    private void Roll(StoredObject deployment, JsonObject tree, StoredObject current, List<StoredObject> old)
    {
        var wanted = tree.Whole("spec", "replicas") ?? 1;
        var oldReplicas = old.Sum(SpecReplicas);
        if (tree.Text("spec", "strategy", "type") == "Recreate")
        {
            foreach (var set in old.Where(s => SpecReplicas(s) > 0))
            {
                Scale(deployment, set, 0);
            }
            if (old.All(s => PodsOf(s).Count == 0))
            {
                Scale(deployment, current, wanted);
            }
            return;
        }
        var surge = Share(tree.At("spec", "strategy", "rollingUpdate", "maxSurge"), wanted, roundUp: true);
        var unavailable = Share(tree.At("spec", "strategy", "rollingUpdate", "maxUnavailable"), wanted, roundUp: false);
        if (surge == 0 && unavailable == 0)
        {
            unavailable = 1;
        }
        var room = wanted + surge - oldReplicas;
        var now = SpecReplicas(current);
        Scale(deployment, current, oldReplicas == 0 ? wanted : Math.Min(wanted, Math.Max(Math.Min(now, wanted), room)));
        ScaleDown(deployment, current, [.. old.OrderBy(Revision)], wanted - unavailable);
    }

    // Old pods go as far as enough pods stay available; those that are not ready go first, they cost nothing. A pod that is already
    // scaled away but not yet gone does not count as available.
    private void ScaleDown(StoredObject deployment, StoredObject current, List<StoredObject> old, long leastAvailable)
    {
        var newReplicas = SpecReplicas(Latest(current));
        var newReady = Math.Min(newReplicas, PodsOf(current).Count(IsReady));
        var replicas = old.ToDictionary(s => s.Uid, SpecReplicas, StringComparer.Ordinal);
        var ready = old.ToDictionary(s => s.Uid, s => Math.Min(replicas[s.Uid], PodsOf(s).Count(IsReady)), StringComparer.Ordinal);
        var spareIdle = newReplicas + replicas.Values.Sum() - leastAvailable - (newReplicas - newReady);
        var spareReady = newReady + ready.Values.Sum() - leastAvailable;
        foreach (var set in old.Where(s => replicas[s.Uid] > 0))
        {
            var idle = Math.Clamp(spareIdle, 0, replicas[set.Uid] - ready[set.Uid]);
            var running = Math.Clamp(spareReady, 0, ready[set.Uid]);
            spareIdle -= idle + running;
            spareReady -= running;
            if (idle + running > 0)
            {
                Scale(deployment, set, replicas[set.Uid] - idle - running);
            }
        }
    }

    private StoredObject Latest(StoredObject set) => Store.Get(set.Type, set.Namespace, set.Name) ?? set;

    private static long SpecReplicas(StoredObject set) => set.Open().Whole("spec", "replicas") ?? 0;

    private static long Share(JsonNode? value, long of, bool roundUp)
    {
        var text = value?.ToString() ?? "0";
        if (!text.EndsWith('%'))
        {
            return long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? whole : 0;
        }
        var exact = decimal.TryParse(text[..^1], CultureInfo.InvariantCulture, out var percent) ? of * percent / 100 : 0;
        return (long)(roundUp ? Math.Ceiling(exact) : Math.Floor(exact));
    }

    private void Scale(StoredObject deployment, StoredObject set, long replicas)
    {
        var before = SpecReplicas(set);
        if (before == replicas)
        {
            return;
        }
        Api.Change(
            Caller.System,
            set.Type,
            set.Namespace,
            set.Name,
            t =>
            {
                t.Ensure("spec")["replicas"] = replicas;
                return t;
            },
            subresource: null
        );
        Record(
            deployment,
            "Normal",
            "ScalingReplicaSet",
            $"Scaled {(replicas > before ? "up" : "down")} replica set {set.Name} from {before} to {replicas}"
        );
    }

    private void Prune(JsonObject tree, List<StoredObject> old)
    {
        var keep = (int)(tree.Whole("spec", "revisionHistoryLimit") ?? 10);
        var idle = old.Where(s => SpecReplicas(s) == 0 && PodsOf(s).Count == 0).OrderByDescending(Revision).Skip(keep);
        foreach (var set in idle)
        {
            Api.Delete(Caller.System, set.Type, set.Namespace, set.Name, new DeleteWish { Uid = set.Uid });
        }
    }

    private void Report(StoredObject deployment, JsonObject tree, string hash)
    {
        var sets = Sets(deployment);
        var current = sets.FirstOrDefault(s => s.Labels.GetValueOrDefault(HashLabel) == hash);
        var pods = sets.SelectMany(PodsOf).Where(IsActive).ToList();
        var updated = current is null ? 0 : PodsOf(current).Count(IsActive);
        var ready = pods.Count(IsReady);
        var wanted = tree.Whole("spec", "replicas") ?? 1;
        var unavailable = Share(tree.At("spec", "strategy", "rollingUpdate", "maxUnavailable"), wanted, roundUp: false);
        var refused = sets.Select(s => Conditions.Find(s.Open(), "ReplicaFailure")).FirstOrDefault(c => c.Text("status") == "True");
        WriteStatus(
            deployment,
            t =>
            {
                var status = t.Ensure("status");
                status["observedGeneration"] = tree.Whole("metadata", "generation") ?? 0;
                status["replicas"] = pods.Count;
                status["updatedReplicas"] = updated;
                status["readyReplicas"] = ready;
                status["availableReplicas"] = ready;
                status["unavailableReplicas"] = Math.Max(0, wanted - ready);
                var enough = ready >= wanted - unavailable;
                Conditions.Set(
                    t,
                    "Available",
                    enough ? "True" : "False",
                    enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                    enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
                    Now
                );
                var done = updated == wanted && ready == wanted && pods.Count == wanted;
                Conditions.Set(
                    t,
                    "Progressing",
                    "True",
                    done ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                    $"ReplicaSet \"{current?.Name}\" {(done ? "has successfully progressed." : "is progressing.")}",
                    Now
                );
                if (refused is null)
                {
                    Conditions.Clear(t, "ReplicaFailure");
                }
                else
                {
                    Conditions.Set(t, "ReplicaFailure", "True", "FailedCreate", refused.Text("message") ?? "", Now);
                }
                if (current is not null)
                {
                    t.Ensure("metadata").Ensure("annotations")[RevisionAnnotation] = Revision(current)
                        .ToString(CultureInfo.InvariantCulture);
                }
            }
        );
    }
}

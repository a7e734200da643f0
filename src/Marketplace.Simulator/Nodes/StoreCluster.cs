using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Patching;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Nodes;

/// <summary>Plays straight into the simulator's own store, without a connection in between.</summary>
internal sealed class StoreCluster(ClusterApi api) : IPlayedCluster
{
    private static readonly Caller Kubelet = new("system:node", Manager: null);
    private Action<string, PodFacts?>? seen;

    public Task<Written> RegisterNodeAsync(JsonObject node, CancellationToken ct)
    {
        var name = node.Text("metadata", "name")!;
        if (!api.Create(Kubelet, ResourceCatalog.Nodes, "", node).Refused(out var refused, out _))
        {
            return Task.FromResult(Written.Done);
        }
        if (refused.Reason != "AlreadyExists")
        {
            throw new InvalidOperationException($"node {name}: {refused.Message}");
        }
        var labels = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = node.At("metadata", "labels")!.DeepClone(),
                ["annotations"] = node.At("metadata", "annotations")?.DeepClone(),
            },
        };
        api.Change(Kubelet, ResourceCatalog.Nodes, "", name, t => StrategicMerge.Apply(t, labels), subresource: null);
        return PatchNodeStatusAsync(name, new JsonObject { ["status"] = node["status"]!.DeepClone() }, ct);
    }

    public Task<Written> PatchNodeStatusAsync(string name, JsonObject patch, CancellationToken ct) =>
        Task.FromResult(Result(api.Change(Kubelet, ResourceCatalog.Nodes, "", name, t => StrategicMerge.Apply(t, patch), "status")));

    public Task<Written> RenewLeaseAsync(string node, DateTimeOffset now, CancellationToken ct)
    {
        const string home = "kube-node-lease";
        var renewed = api.Change(
            Kubelet,
            ResourceCatalog.Leases,
            home,
            node,
            t =>
            {
                t.Ensure("spec")["renewTime"] = Json.MicroTime(now);
                return t;
            },
            subresource: null
        );
        if (renewed.Failure is { Reason: "NotFound" })
        {
            return Task.FromResult(Result(api.Create(Kubelet, ResourceCatalog.Leases, home, NodeLease(node, now))));
        }
        return Task.FromResult(Result(renewed));
    }

    public static JsonObject NodeLease(string node, DateTimeOffset now) =>
        new()
        {
            ["apiVersion"] = "coordination.k8s.io/v1",
            ["kind"] = "Lease",
            ["metadata"] = new JsonObject { ["name"] = node, ["namespace"] = "kube-node-lease" },
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = node,
                ["leaseDurationSeconds"] = 40,
                ["renewTime"] = Json.MicroTime(now),
            },
        };

    public async Task WatchPodsAsync(Action<string, PodFacts?> seen, CancellationToken ct)
    {
        lock (api.Store.Gate)
        {
            this.seen = seen;
            api.Store.Committed += Observe;
            foreach (var pod in api.Store.List(ResourceCatalog.Pods, null, Selector.Everything).Items.Where(p => p.NodeName.Length > 0))
            {
                seen(pod.Uid, PodFacts.Of(pod));
            }
        }
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, api.Time, ct);
        }
        finally
        {
            api.Store.Committed -= Observe;
        }
    }

    public Task<Written> PatchPodStatusAsync(PodFacts pod, JsonObject patch, CancellationToken ct) =>
        Task.FromResult(
            Result(api.Change(Kubelet, ResourceCatalog.Pods, pod.Namespace, pod.Name, t => StrategicMerge.Apply(t, patch), "status"))
        );

    public Task<Written> RemovePodAsync(PodFacts pod, CancellationToken ct)
    {
        var gone = api.Delete(Kubelet, ResourceCatalog.Pods, pod.Namespace, pod.Name, new DeleteWish { Uid = pod.Uid, GraceSeconds = 0 });
        return Task.FromResult(gone.Failure is null ? Written.Done : Written.Gone);
    }

    public Task TellAsync(JsonObject told, CancellationToken ct)
    {
        // A namespace on its way out takes no events, and needs none.
        api.Create(Kubelet, ResourceCatalog.Events, told.Text("metadata", "namespace")!, told);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Observe(Change change)
    {
        if (change.Object.Type == ResourceCatalog.Pods && change.Object.NodeName.Length > 0)
        {
            seen?.Invoke(change.Object.Uid, change.Kind == ChangeKind.Deleted ? null : PodFacts.Of(change.Object));
        }
    }

    // A kubelet's own patch is well formed; what the store refuses is an object that went away or was replaced.
    private static Written Result(Answer<StoredObject> answer) =>
        answer.Failure switch
        {
            null => Written.Done,
            { Code: 404 or 409 or 403 } => Written.Gone,
            { } other => throw new InvalidOperationException(other.Message),
        };
}

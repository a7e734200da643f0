using System.Text.Json.Nodes;
using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Nodes;

/// <summary>Plays against any Kubernetes API server, as KWOK does.</summary>
internal sealed class RemoteCluster(KubernetesClient client, TimeProvider time) : IPlayedCluster
{
    private const string Strategic = "application/strategic-merge-patch+json";
    private const string Leases = "apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

    public async Task<Written> RegisterNodeAsync(JsonObject node, CancellationToken ct)
    {
        var name = node.Text("metadata", "name")!;
        var created = await client.CreateAsync(node, ct);
        if (created.IsOk)
        {
            return Written.Done;
        }
        if (created.Error is not KubernetesError { IsConflict: true })
        {
            return Result(created.Error);
        }
        var marks = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["labels"] = node.At("metadata", "labels")?.DeepClone(),
                ["annotations"] = node.At("metadata", "annotations")?.DeepClone(),
            },
        };
        var labelled = await client.SendJsonAsync(HttpMethod.Patch, KubeKinds.Nodes.Path(null, name), marks, Strategic, ct);
        return labelled.IsOk
            ? await PatchNodeStatusAsync(name, new JsonObject { ["status"] = node["status"]!.DeepClone() }, ct)
            : Result(labelled.Error);
    }

    public async Task<Written> PatchNodeStatusAsync(string name, JsonObject patch, CancellationToken ct) =>
        Result((await client.SendJsonAsync(HttpMethod.Patch, KubeKinds.Nodes.Path(null, name, "status"), patch, Strategic, ct)).Error);

    public async Task<Written> RenewLeaseAsync(string node, DateTimeOffset now, CancellationToken ct)
    {
        var renewal = new JsonObject { ["spec"] = new JsonObject { ["renewTime"] = Json.MicroTime(now) } };
        var renewed = await client.SendJsonAsync(HttpMethod.Patch, $"{Leases}/{node}", renewal, "application/merge-patch+json", ct);
        if (renewed.Error is KubernetesError { IsNotFound: true })
        {
            renewed = await client.SendJsonAsync(HttpMethod.Post, Leases, StoreCluster.NodeLease(node, now), ct: ct);
        }
        return Result(renewed.Error);
    }

    public async Task WatchPodsAsync(Action<string, PodFacts?> seen, CancellationToken ct)
    {
        await using var informer = new Informer<KubePod>(
            client,
            KubeKinds.Pods,
            query: new KubeQuery { FieldSelector = "spec.nodeName!=" },
            onChange: change => seen(change.Latest.Metadata.Uid, change.After is { } pod ? PodFacts.Of(pod) : null),
            time: time
        );
        informer.Start();
        await informer.Completion.WaitAsync(ct);
    }

    public async Task<Written> PatchPodStatusAsync(PodFacts pod, JsonObject patch, CancellationToken ct) =>
        Result(
            (
                await client.SendJsonAsync(HttpMethod.Patch, KubeKinds.Pods.Path(pod.Namespace, pod.Name, "status"), patch, Strategic, ct)
            ).Error
        );

    public async Task<Written> RemovePodAsync(PodFacts pod, CancellationToken ct) =>
        Result(
            (
                await client.DeleteAsync(KubeKinds.Pods, pod.Namespace, pod.Name, new KubeDelete { GraceSeconds = 0, Uid = pod.Uid }, ct)
            ).Error
        );

    // An event that is lost is only a line less in `kubectl describe`.
    public Task TellAsync(JsonObject told, CancellationToken ct) => client.CreateAsync(told, ct);

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Written Result(ClusterError? error) =>
        error switch
        {
            null => Written.Done,
            KubernetesError { IsNotFound: true } or KubernetesError { IsConflict: true } or KubernetesError { Status: 403 } => Written.Gone,
            KubernetesError { IsTransient: true } => Written.Later,
            _ => throw new InvalidOperationException(error.ToString()),
        };
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Access;

/// <summary>Asks a cluster what an account may do there, and which cluster it is.</summary>
public static class AccessReview
{
    private const string Path = "apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    private const string SystemNamespace = "kube-system";
    private const int AtOnce = 8;

    /// <summary>The rights of <see cref="ClusterRight.Needed"/> that the client's account does not have, in that order; none when all is well.</summary>
    public static async Task<ClusterResult<IReadOnlyList<ClusterRight>>> MissingAsync(
        KubernetesClient client,
        CancellationToken ct = default
    )
    {
        ArgumentNullException.ThrowIfNull(client);
        // Administrators are asked once.
        var everything = await MayAsync(client, ClusterRight.Everything, ct);
        if (!everything.IsOk)
        {
            return everything.Error;
        }

        if (everything.Value)
        {
            return Array.Empty<ClusterRight>();
        }

        var answers = new ConcurrentDictionary<ClusterRight, ClusterResult<bool>>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(ClusterRight.Needed, limits, async (right, c) => answers[right] = await MayAsync(client, right, c));
        return ClusterRight.Needed.Select(r => answers[r].Error).OfType<ClusterError>().FirstOrDefault() is { } failed
            ? failed
            : ClusterRight.Needed.Where(r => !answers[r].Value).ToList();
    }

    /// <summary>
    /// What a cluster is known by: the UID of its namespace kube-system, which is made with the cluster and never again. Names, addresses and
    /// credentials change.
    /// </summary>
    public static async Task<ClusterResult<string>> ClusterUidAsync(KubernetesClient client, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var system = await client.GetAsync(KubeKinds.Namespaces, null, SystemNamespace, ct);
        if (!system.IsOk)
        {
            return system.Error;
        }

        return system.Value.Metadata.Uid is { Length: > 0 } uid
            ? uid
            : new ClusterError("cluster.no_identity", $"The namespace {SystemNamespace} has no UID: this is no Kubernetes API server.");
    }

    private static async Task<ClusterResult<bool>> MayAsync(KubernetesClient client, ClusterRight right, CancellationToken ct)
    {
        var parts = right.Resource.Split('/', 2);
        var wish = new JsonObject
        {
            ["group"] = right.Group,
            ["resource"] = parts[0],
            ["verb"] = right.Verb,
        };
        if (parts.Length > 1)
        {
            wish["subresource"] = parts[1];
        }

        if (right.Name is { } name)
        {
            wish["name"] = name;
        }

        var review = new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SelfSubjectAccessReview",
            ["spec"] = new JsonObject { ["resourceAttributes"] = wish },
        };
        var answer = await client.SendJsonAsync(HttpMethod.Post, Path, review, ct: ct);
        return answer.IsOk ? (bool?)answer.Value["status"]?["allowed"] ?? false : answer.Error;
    }
}

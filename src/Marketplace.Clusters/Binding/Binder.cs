using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Microsoft.Extensions.Logging;

namespace Marketplace.Clusters.Binding;

/// <summary>
/// The scheduler named <c>marketplace</c> inside a cluster: takes the waiting pods in rounds, asks the scheduler core for nodes and devices, and
/// binds. Gangs are placed as a whole or not at all. What is bound but not yet seen in the watch is assumed, so nothing is given twice.
/// </summary>
internal sealed class Binder(
    string clusterId,
    KubernetesClient client,
    LiveCluster live,
    BinderOptions options,
    TimeProvider time,
    ILogger log
) : IAsyncDisposable
{
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<string, string> explained = new(StringComparer.Ordinal);
    private Task? loop;

    /// <summary>Pods bound since the start.</summary>
    public long Bound { get; private set; }

    /// <summary>Starts the loop, once.</summary>
    public void Start() => loop ??= Task.Run(() => RunAsync(stop.Token));

    /// <summary>Something changed that may let a pod be placed.</summary>
    public void Wake()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // A round is due already.
        }
    }

    /// <summary>One round over everything that waits. Returns how many pods were bound.</summary>
    public async Task<int> RoundAsync(CancellationToken ct)
    {
        var groups = Groups(live.Waiting());
        if (groups.Count == 0)
        {
            return 0;
        }

        var placed = new List<PlannedPod>();
        var refused = new List<(PodGroup Group, string Why)>();
        Decide(groups, placed, refused);
        foreach (var plan in placed)
        {
            live.Assume(plan.AsBound());
        }

        var bound = 0;
        var limits = new ParallelOptions { MaxDegreeOfParallelism = options.ParallelBindings, CancellationToken = ct };
        await Parallel.ForEachAsync(
            placed,
            limits,
            async (plan, c) =>
            {
                if (await BindAsync(plan, c))
                {
                    Interlocked.Increment(ref bound);
                }
            }
        );
        await Parallel.ForEachAsync(refused, limits, async (r, c) => await ExplainAsync(r.Group, r.Why, c));
        Bound += bound;
        return bound;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (loop is not null)
        {
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        stop.Dispose();
        wake.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await wake.WaitAsync(ct);
                await RoundAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "A round of the binder of cluster {Cluster} failed", clusterId);
                await Task.Delay(options.PauseAfterBug, time, ct);
                Wake();
            }
        }
    }

    private void Decide(List<PodGroup> groups, List<PlannedPod> placed, List<(PodGroup, string)> refused)
    {
        var nodes = live.Inventory();
        var snapshot = new SupplySnapshotBuilder()
            .Add(new Site(clusterId, clusterId, "", "", SiteTier.Cloud, ""))
            .Add(new Cluster(clusterId, clusterId))
            .AddRange(nodes.ToSchedulerNodes(clusterId))
            .Build();
        var byName = nodes.Nodes.ToDictionary(n => n.Name, StringComparer.Ordinal);
        var hopeless = new Dictionary<string, string>(StringComparer.Ordinal);
        using var trial = Scheduler.BeginTrial(snapshot);
        foreach (var group in groups)
        {
            // Within a round free capacity only shrinks: a shape that did not fit will not fit.
            if (hopeless.TryGetValue(group.Shape, out var known))
            {
                refused.Add((group, known));
                continue;
            }

            if (placed.Count >= options.PodsPerRound)
            {
                Wake();
                return;
            }

            if (trial.PlaceOnCluster(clusterId, group.Request) is Placed decision)
            {
                placed.AddRange(Plan(group, decision, byName));
            }
            else
            {
                var why = Explain(trial, group, nodes);
                hopeless[group.Shape] = why;
                refused.Add((group, why));
            }
        }
    }

    private string Explain(PlacementTrial trial, PodGroup group, ClusterInventory nodes)
    {
        var decision = trial.PlaceOnCluster(clusterId, group.Request);
        var sentences = decision.Explanation.ToEnglish().ReplaceLineEndings(" ").Trim();
        var unknown = nodes.Unknown.Count();
        var note =
            unknown == 0
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $" {unknown} nodes are not used: the catalogue does not know all of their hardware."
                );
        return sentences + note;
    }

    private static IEnumerable<PlannedPod> Plan(PodGroup group, Placed decision, Dictionary<string, InventoryNode> nodes)
    {
        // Ranks follow the topology, so that neighbours in the ring are neighbours in the hall.
        var replicas = decision
            .Roles[0]
            .Replicas.OrderBy(r => nodes[r.NodeId].Rack, StringComparer.Ordinal)
            .ThenBy(r => nodes[r.NodeId].LinkIsland, StringComparer.Ordinal)
            .ThenBy(r => r.NodeId, StringComparer.Ordinal)
            .ThenBy(r => r.Ordinal)
            .ToList();
        for (var i = 0; i < group.Pods.Count; i++)
        {
            var models = nodes[replicas[i].NodeId].Devices.ToDictionary(d => d.Id, d => d.Model, StringComparer.Ordinal);
            yield return new PlannedPod(
                group.Pods[i],
                replicas[i].NodeId,
                [.. replicas[i].Devices.Select(d => new DeviceAssignment(d.DeviceId, models[d.DeviceId], d.ComputeMilli, d.MemoryMib))],
                i < group.Ranks.Count ? group.Ranks[i] : null
            );
        }
    }

    private async Task<bool> BindAsync(PlannedPod plan, CancellationToken ct)
    {
        var (ns, name) = (plan.Pod.Metadata.Namespace ?? "default", plan.Pod.Metadata.Name);
        if (plan.Rank == 0)
        {
            // The gang's meeting point is a service that selects this label.
            var label = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Marks.Rank] = "0" } } };
            var labelled = await client.PatchAsync(KubeKinds.Pods, ns, name, label, ct: ct);
            if (!labelled.IsOk)
            {
                return Failed(plan, labelled.Error);
            }
        }

        var bound = await client.BindAsync(ns, name, plan.Pod.Metadata.Uid, plan.Node, plan.Annotations(), ct);
        return bound.IsOk || Failed(plan, bound.Error);
    }

    private bool Failed(PlannedPod plan, ClusterError error)
    {
        if (error is KubernetesError { IsUnreachable: true })
        {
            // The binding may have happened. The assumption stays until the watch tells, or until the pod is looked at again.
            var key = plan.Pod.Metadata.Uid;
            _ = time.CreateTimer(_ => Release(key), null, options.AssumeFor, Timeout.InfiniteTimeSpan);
            return false;
        }

        log.LogWarning("Pod {Pod} was not bound to {Node}: {Error}", plan.Pod.Key, plan.Node, error);
        live.Unassume(plan.Pod.Metadata.Uid);
        if (error is not KubernetesError { IsNotFound: true })
        {
            _ = time.CreateTimer(_ => Wake(), null, options.PauseAfterRefusal, Timeout.InfiniteTimeSpan);
        }

        return false;
    }

    private void Release(string podUid)
    {
        live.Unassume(podUid);
        Wake();
    }

    /// <summary>Says on the pods why they wait, as the Kubernetes scheduler would: once per reason.</summary>
    private async Task ExplainAsync(PodGroup group, string why, CancellationToken ct)
    {
        foreach (var pod in group.Pods.Take(options.ExplainedPods))
        {
            lock (explained)
            {
                if (explained.GetValueOrDefault(pod.Metadata.Uid) == why)
                {
                    continue;
                }

                if (explained.Count > options.RememberedExplanations)
                {
                    explained.Clear();
                }

                explained[pod.Metadata.Uid] = why;
            }

            var condition = new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "False",
                ["reason"] = "Unschedulable",
                ["message"] = why.Length > 1000 ? why[..1000] : why,
            };
            var patch = new JsonObject { ["status"] = new JsonObject { ["conditions"] = new JsonArray(condition) } };
            var path = KubeKinds.Pods.Path(pod.Metadata.Namespace, pod.Metadata.Name, "status");
            var answer = await client.SendJsonAsync(HttpMethod.Patch, path, patch, "application/strategic-merge-patch+json", ct);
            if (answer.Error is { } error and not KubernetesError { IsNotFound: true })
            {
                log.LogWarning("Pod {Pod} waits, and that could not be written on it: {Error}", pod.Key, error);
            }
        }
    }

    /// <summary>Complete gangs and single pods, oldest first.</summary>
    private List<PodGroup> Groups(IReadOnlyList<KubePod> waiting)
    {
        var groups = new List<(DateTimeOffset? Since, PodGroup Group)>();
        foreach (var pods in waiting.GroupBy(GangKey, StringComparer.Ordinal))
        {
            var members = pods.OrderBy(p => p.Metadata.Name, StringComparer.Ordinal).ToList();
            var since = members.Max(p => p.Metadata.CreationTimestamp);
            if (GangSize(members[0]) is not { } size)
            {
                foreach (var pod in members)
                {
                    Add(groups, pod.Metadata.CreationTimestamp, PodGroup.Of([pod], []));
                }
            }
            else if (FreeRanks(members[0], size) is { } ranks && ranks.Count <= members.Count)
            {
                // A replaced member takes the place it left; pods beyond the gang's size wait.
                Add(groups, since, PodGroup.Of([.. members.Take(ranks.Count)], ranks));
            }
        }

        return groups.OrderBy(g => g.Since).ThenBy(g => g.Group.Request.Id, StringComparer.Ordinal).Select(g => g.Group).ToList();
    }

    private void Add(List<(DateTimeOffset?, PodGroup)> groups, DateTimeOffset? since, ClusterResult<PodGroup> group)
    {
        if (group.IsOk)
        {
            groups.Add((since, group.Value));
        }
        else
        {
            log.LogWarning("A pod cannot be placed: {Error}", group.Error);
        }
    }

    private IReadOnlyList<int>? FreeRanks(KubePod member, int size)
    {
        var gang = member.Metadata.Labels.GetValueOrDefault(Marks.Gang);
        var taken = live.PodsOf(member.Metadata.Labels.GetValueOrDefault(Marks.Contract) ?? "")
            .Where(p =>
                p.Metadata.Labels.GetValueOrDefault(Marks.Gang) == gang && p.Spec.NodeName is { Length: > 0 } && p.Status.Phase != "Failed"
            )
            .Select(p =>
                int.TryParse(
                    p.Metadata.Annotations.GetValueOrDefault(Marks.Rank),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var rank
                )
                    ? rank
                    : -1
            )
            .ToHashSet();
        var free = Enumerable.Range(0, size).Where(r => !taken.Contains(r)).ToList();
        return free.Count == 0 ? null : free;
    }

    private static string GangKey(KubePod pod) =>
        pod.Metadata.Labels.TryGetValue(Marks.Gang, out var gang) ? $"{pod.Metadata.Namespace}/{gang}" : "";

    private static int? GangSize(KubePod pod) =>
        pod.Metadata.Labels.ContainsKey(Marks.Gang)
        && int.TryParse(
            pod.Metadata.Annotations.GetValueOrDefault(Marks.GangSize),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var size
        )
        && size > 0
            ? size
            : null;
}

/// <summary>A pod with the place found for it.</summary>
internal sealed record PlannedPod(KubePod Pod, string Node, IReadOnlyList<DeviceAssignment> Devices, int? Rank)
{
    public Dictionary<string, string> Annotations()
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Marks.Devices] = PodDevices.Write(Devices) };
        if (Rank is { } rank)
        {
            annotations[Marks.Rank] = rank.ToString(CultureInfo.InvariantCulture);
        }

        return annotations;
    }

    /// <summary>The pod as the watch will show it.</summary>
    public KubePod AsBound()
    {
        var annotations = new Dictionary<string, string>(Pod.Metadata.Annotations, StringComparer.Ordinal);
        foreach (var (key, value) in Annotations())
        {
            annotations[key] = value;
        }

        return Pod with
        {
            Spec = Pod.Spec with { NodeName = Node },
            Metadata = Pod.Metadata with { Annotations = annotations },
        };
    }
}

/// <summary>Bounds of the binder.</summary>
public sealed record BinderOptions
{
    /// <summary>Bindings on their way at once.</summary>
    public int ParallelBindings { get; init; } = 32;

    /// <summary>Pods placed in one round; a larger round would let newcomers wait for its bindings.</summary>
    public int PodsPerRound { get; init; } = 500;

    /// <summary>How long a binding without an answer counts as made.</summary>
    public TimeSpan AssumeFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Pause after a binding the cluster refused.</summary>
    public TimeSpan PauseAfterRefusal { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause after a bug in a round.</summary>
    public TimeSpan PauseAfterBug { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pods of one group that are told why they wait.</summary>
    public int ExplainedPods { get; init; } = 4;

    /// <summary>Explanations remembered, so that they are written once.</summary>
    public int RememberedExplanations { get; init; } = 10_000;
}

using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;
using Microsoft.Extensions.Logging;

namespace Marketplace.Clusters.Binding;

/// <summary>
/// The scheduler named <c>marketplace</c> inside a cluster: takes the waiting pods in rounds, asks the scheduler core for nodes and devices, and
/// binds. Gangs are placed as a whole or not at all. What is bound but not yet seen in the watch is assumed, so nothing is given twice.
/// A contract's pods go where they were sold as long as they fit there, because the market counts on it when it sells the rest. Only pods of
/// contracts that are wanted here are placed; what a customer runs in a dedicated namespace goes into what was bought with it.
/// </summary>
internal sealed class Binder(
    string clusterId,
    KubernetesClient client,
    LiveCluster live,
    AcceleratorCatalogue catalogue,
    Func<string, IReadOnlyList<string>?> placesOf,
    BinderOptions options,
    TimeProvider time,
    ILogger log
) : IAsyncDisposable
{
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<string, string> explained = new(StringComparer.Ordinal);
    private readonly WaitingGroups waiting = new(live, log);
    private readonly SoldPlaces sold = new(clusterId, live, placesOf);
    private readonly DemandLog demand = new();
    private readonly SpacePlaces spaces = new(clusterId, live, catalogue);
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
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // A round is due already, or a timer or a watch outlived the binder: on a timer's thread an exception would end the process.
        }
    }

    /// <summary>One round over everything that waits. Returns how many pods were bound.</summary>
    public async Task<int> RoundAsync(CancellationToken ct)
    {
        var known = live.Waiting().Where(p => Provenance.KeyOf(p) is { } key && placesOf(key) is not null).ToLookup(Provenance.Of);
        var groups = waiting.Of([.. known[Origin.Ours]]);
        var customers = known[Origin.Customer].ToList();
        if (groups.Count + customers.Count == 0)
        {
            return 0;
        }

        var placed = new List<PlannedPod>();
        var refused = new List<(IReadOnlyList<KubePod> Pods, string Why)>();
        Decide(groups, customers, placed, refused);
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
        await Parallel.ForEachAsync(refused, limits, async (r, c) => await ExplainAsync(r.Pods, r.Why, c));
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

    private void Decide(
        List<PodGroup> groups,
        List<KubePod> customers,
        List<PlannedPod> placed,
        List<(IReadOnlyList<KubePod>, string)> refused
    )
    {
        var nodes = live.Inventory();
        var snapshot = new SupplySnapshotBuilder()
            .Add(new Site(clusterId, clusterId, "", "", SiteTier.Cloud, ""))
            .Add(new Cluster(clusterId, clusterId))
            .AddRange(nodes.ToSchedulerNodes(clusterId))
            .PlaceBy(options.NodePolicy, demand.Current)
            .Build();
        var byName = nodes.Nodes.ToDictionary(n => n.Name, StringComparer.Ordinal);
        var hopeless = new Dictionary<string, string>(StringComparer.Ordinal);
        using var trial = Scheduler.BeginTrial(snapshot);
        // What a namespace holds is nobody else's, so these take nothing from the rest.
        spaces.Place(nodes, customers, trial, options.PodsPerRound, placed, refused);
        if (placed.Count >= options.PodsPerRound)
        {
            Wake();
        }

        foreach (var group in groups)
        {
            if (placed.Count < options.PodsPerRound && sold.Place(trial, group, placed) is { } asSold)
            {
                placed.AddRange(Plan(group, asSold, byName));
                continue;
            }

            // Within a round free capacity only shrinks: a shape that did not fit will not fit.
            if (hopeless.TryGetValue(group.Shape, out var known))
            {
                refused.Add((group.Pods, known));
                continue;
            }

            if (placed.Count >= options.PodsPerRound)
            {
                Wake();
                return;
            }

            if (trial.PlaceOnCluster(clusterId, group.Request) is Placed decision)
            {
                demand.Add(DemandShape.Of(group.Request.Roles[0], decision.Roles[0]), group.Pods.Count);
                placed.AddRange(Plan(group, decision.Roles[0].Replicas, byName));
            }
            else
            {
                var why = Explain(trial, group, nodes);
                hopeless[group.Shape] = why;
                refused.Add((group.Pods, why));
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
                    $" Nodes not used, because the catalogue does not know all of their hardware: {unknown}."
                );
        return sentences + note;
    }

    private static IEnumerable<PlannedPod> Plan(
        PodGroup group,
        IReadOnlyList<ReplicaPlacement> places,
        Dictionary<string, InventoryNode> nodes
    )
    {
        // Ranks follow the topology, so that neighbours in the ring are neighbours in the hall.
        var replicas = places
            .OrderBy(r => nodes[r.NodeId].Rack, StringComparer.Ordinal)
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
    private async Task ExplainAsync(IReadOnlyList<KubePod> pods, string why, CancellationToken ct)
    {
        foreach (var pod in pods.Take(options.ExplainedPods))
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
}

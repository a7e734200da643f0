using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Spaces;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Binding;

/// <summary>
/// Tries the nodes a contract's replicas were sold on, through the same scheduler core as everything else: it says whether they still fit and
/// which devices they get. The market sold the rest of the cluster around these places, so a binder with a mind of its own would break up nodes
/// that were sold whole.
/// </summary>
internal sealed class SoldPlaces(string clusterId, LiveCluster live, Func<string, IReadOnlyList<string>?> placesOf)
{
    private const string NodeNameLabel = "kubernetes.io/hostname";

    /// <summary>Places a group on its contract's free places; null when there are none or they do not fit any more.</summary>
    /// <param name="trial">The round's supply; unchanged when null is returned.</param>
    /// <param name="group">What waits.</param>
    /// <param name="planned">What this round has placed before.</param>
    public IReadOnlyList<ReplicaPlacement>? Place(PlacementTrial trial, PodGroup group, IReadOnlyList<PlannedPod> planned)
    {
        // A narrower domain is found by the core alone: it sees the whole group at once.
        if (group.Request.Constraints.Together > TopologyLevel.Cluster)
        {
            return null;
        }

        var free = FreePlaces(group, planned);
        if (free.Count < group.Pods.Count)
        {
            return null;
        }

        return group.Pods.Count == 1
            ? free.Distinct(StringComparer.Ordinal).Select(node => On(trial, group, node, 1)).FirstOrDefault(p => p is not null)
            : Whole(trial, group, free);
    }

    private IReadOnlyList<ReplicaPlacement>? Whole(PlacementTrial trial, PodGroup group, List<string> free)
    {
        var mark = trial.Mark;
        var all = new List<ReplicaPlacement>();
        foreach (var node in free.Take(group.Pods.Count).GroupBy(n => n, StringComparer.Ordinal))
        {
            if (On(trial, group, node.Key, node.Count()) is not { } some)
            {
                trial.RollbackTo(mark);
                return null;
            }

            all.AddRange(some.Select(r => r with { Ordinal = all.Count + r.Ordinal }));
        }

        return all;
    }

    private IReadOnlyList<ReplicaPlacement>? On(PlacementTrial trial, PodGroup group, string node, int replicas)
    {
        var labels = group.Request.Constraints.NodeLabels.ToDictionary(StringComparer.Ordinal);
        labels[NodeNameLabel] = node;
        var request = group.Request with
        {
            Roles = [group.Request.Roles[0] with { Replicas = replicas }],
            Constraints = group.Request.Constraints with { NodeLabels = labels },
        };
        return trial.PlaceOnCluster(clusterId, request) is Placed placed ? placed.Roles[0].Replicas : null;
    }

    /// <summary>One entry per replica that has no pod on its node yet.</summary>
    private List<string> FreePlaces(PodGroup group, IReadOnlyList<PlannedPod> planned)
    {
        if (Provenance.KeyOf(group.Pods[0]) is not { } contract || placesOf(contract) is not { Count: > 0 } sold)
        {
            return [];
        }

        var free = sold.ToList();
        foreach (var pod in live.PodsOf(contract).Where(p => !p.IsFinished && p.Spec.NodeName is { Length: > 0 }))
        {
            free.Remove(pod.Spec.NodeName!);
        }

        foreach (var pod in planned.Where(p => Provenance.KeyOf(p.Pod) == contract))
        {
            free.Remove(pod.Node);
        }

        return free;
    }
}

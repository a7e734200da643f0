using System.Globalization;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;
using Microsoft.Extensions.Logging;

namespace Marketplace.Clusters.Binding;

/// <summary>Sorts waiting pods into what is placed together.</summary>
internal sealed class WaitingGroups(LiveCluster live, ILogger log)
{
    /// <summary>Complete gangs and single pods, oldest first.</summary>
    public List<PodGroup> Of(IReadOnlyList<KubePod> waiting)
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
        var taken = live.PodsOf(Provenance.KeyOf(member) ?? "")
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

using System.Globalization;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;

namespace Marketplace.Clusters.Binding;

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

        return Provenance.Trusted(
            Pod with
            {
                Spec = Pod.Spec with { NodeName = Node },
                Metadata = Pod.Metadata with { Annotations = annotations },
            }
        );
    }
}

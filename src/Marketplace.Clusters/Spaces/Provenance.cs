using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Workloads;

namespace Marketplace.Clusters.Spaces;

/// <summary>Who writes in a namespace.</summary>
internal enum Origin
{
    /// <summary>Others than us: the center itself, or its other users.</summary>
    Stranger,

    /// <summary>Nobody but us.</summary>
    Ours,

    /// <summary>A customer, in the dedicated namespace it bought.</summary>
    Customer,
}

/// <summary>
/// What is believed of what stands in a cluster. Anybody who may create pods may write our labels and annotations on them, so an object's own
/// word counts only in namespaces where nobody but us writes. Elsewhere the namespace decides: its name is made from the contract's id, only
/// we create it, and it never changes. Pure.
/// </summary>
internal static class Provenance
{
    /// <summary>Who writes in a namespace, by its name.</summary>
    public static Origin Of(string? ns) =>
        WorkloadNames.IsDedicated(ns) ? Origin.Customer
        : ns is not null && ns.StartsWith(Marks.NamespacePrefix, StringComparison.Ordinal) ? Origin.Ours
        : Origin.Stranger;

    /// <summary>Who wrote an object.</summary>
    public static Origin Of(KubeObject one) => Of(one.Metadata.Namespace);

    /// <summary>The pod without marks that are not ours. What a customer's pod says of its devices is kept apart, as a claim.</summary>
    public static KubePod Trusted(KubePod pod)
    {
        var origin = Of(pod);
        var meta = pod.Metadata;
        if (origin == Origin.Ours || !(meta.Labels.Keys.Any(IsMark) || meta.Annotations.Keys.Any(IsMark)))
        {
            return pod;
        }

        var annotations = Without(meta.Annotations);
        if (origin == Origin.Customer && meta.Annotations.TryGetValue(Marks.Devices, out var claim))
        {
            annotations[Marks.ClaimedDevices] = claim;
        }

        return pod with
        {
            Metadata = meta with { Labels = Without(meta.Labels), Annotations = annotations },
        };
    }

    /// <summary>
    /// Which contract an object is of: a key to compare with <see cref="KeyOf(DesiredBundle)"/>, because only what we want somewhere says that a
    /// contract is there. Null for what is nobody's.
    /// </summary>
    public static string? KeyOf(KubeObject one) =>
        Of(one) switch
        {
            // All a dedicated namespace has of its contract are pods; jobs and deployments in it are the customer's own affair.
            Origin.Customer => one is KubePod ? one.Metadata.Namespace : null,
            Origin.Ours
                when one.Metadata.Labels.GetValueOrDefault(Marks.ManagedBy) == Marks.ManagedByValue
                    && one.Metadata.Labels.TryGetValue(Marks.Contract, out var label) => $"{one.Metadata.Namespace}/{label}",
            _ => null,
        };

    /// <summary>The key of a contract's own objects.</summary>
    public static string KeyOf(DesiredBundle bundle) =>
        bundle.IsDedicated ? bundle.Namespace : $"{bundle.Namespace}/{WorkloadNames.LabelOf(bundle.ContractId)}";

    private static bool IsMark(string key) =>
        key.StartsWith(Marks.Domain, StringComparison.Ordinal) || key.Equals(Marks.ManagedBy, StringComparison.Ordinal);

    private static Dictionary<string, string> Without(IReadOnlyDictionary<string, string> texts) =>
        texts.Where(t => !IsMark(t.Key)).ToDictionary(StringComparer.Ordinal);
}

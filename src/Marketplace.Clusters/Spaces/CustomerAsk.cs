using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Spaces;

/// <summary>
/// What a customer's own pod wants of accelerators, from what it requests of the cluster: the cluster and the quota hold it to that, and to
/// nothing it writes about itself. Pure.
/// </summary>
internal static class CustomerAsk
{
    /// <param name="pod">The pod.</param>
    /// <param name="models">The models the contract bought.</param>
    /// <param name="catalogue">The accelerators we know.</param>
    /// <returns>What it wants; null when it wants none; an error when that is not part of what was bought.</returns>
    public static ClusterResult<AcceleratorAsk?> Of(KubePod pod, IEnumerable<string> models, AcceleratorCatalogue catalogue)
    {
        var open = Requested(pod, catalogue);
        if (open.Count == 0)
        {
            return default;
        }

        AcceleratorAsk? found = null;
        foreach (var model in models.Select(catalogue.FindModel).OfType<AcceleratorModel>())
        {
            if (Of(model, open) is not { } ask)
            {
                continue;
            }

            if (found is not null)
            {
                return Refuse(pod, "A pod takes accelerators of one model.", "Ask for one model per pod.");
            }

            found = ask;
            foreach (var name in model.Whole.Concat(AcceleratorCatalogue.SharedNames(model.Sharing)))
            {
                open.Remove(name);
            }
        }

        return open.Count == 0
            ? found
            : Refuse(
                pod,
                $"{string.Join(", ", open.Keys)} is no part of what was bought.",
                "Ask only for what the quota of the namespace has."
            );
    }

    private static AcceleratorAsk? Of(AcceleratorModel model, SortedDictionary<string, long> open)
    {
        if (
            model.Sharing is { } sharing
            && (open.ContainsKey(sharing.Memory.Resource) || (sharing.Compute is { } c && open.ContainsKey(c.Resource)))
        )
        {
            // Shares are stated per card: the count says how many cards are shared.
            var compute = sharing.Compute is { } unit ? open.GetValueOrDefault(unit.Resource) * 1000 / unit.UnitsPerCard : 0;
            return new AcceleratorAsk(
                model.Name,
                Bounded(Math.Max(1, open.GetValueOrDefault(sharing.CountResource))),
                (int)Math.Min(compute, Device.FullComputeMilli),
                Bounded(open.GetValueOrDefault(sharing.Memory.Resource) * sharing.Memory.UnitMib)
            );
        }

        var cards = model.Whole.Sum(open.GetValueOrDefault);
        return cards > 0 ? new AcceleratorAsk(model.Name, Bounded(cards)) : null;
    }

    private static SortedDictionary<string, long> Requested(KubePod pod, AcceleratorCatalogue catalogue)
    {
        var names = pod
            .Spec.Containers.Concat(pod.Spec.InitContainers)
            .SelectMany(c => c.Resources.Requests.Keys.Concat(c.Resources.Limits.Keys))
            .Where(n => catalogue.Classify(n).Kind != AcceleratorResourceKind.Other)
            .Distinct(StringComparer.Ordinal);
        var requested = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (PodRequests.Of(pod, name).Units is > 0 and var units)
            {
                requested[name] = Math.Min(units, InputBounds.MaxQuantity);
            }
        }

        return requested;
    }

    private static int Bounded(long value) => (int)Math.Min(value, InputBounds.MaxQuantity);

    private static ClusterError Refuse(KubePod pod, string why, string fix) =>
        new("space.not_bought", $"{pod.Metadata.Name} cannot be placed: {why} {fix}", "resources", fix);
}

using System.Globalization;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Inventory;

/// <summary>The devices of a node, all free, and what could not be identified.</summary>
internal sealed class DeviceReader(AcceleratorCatalogue catalogue)
{
    public List<InventoryDevice> Read(KubeNode node, List<UnknownAccelerator> unknown)
    {
        var found = new List<InventoryDevice>();
        var vendorsWithCards = new HashSet<AcceleratorVendor>();
        var sharedOnly = new Dictionary<AcceleratorVendor, (string Resource, long Count)>();
        foreach (
            var (resource, capacity) in node
                .Status.Capacity.Concat(node.Status.Allocatable)
                .DistinctBy(r => r.Key)
                .OrderBy(r => r.Key, StringComparer.Ordinal)
        )
        {
            if (capacity.Units <= 0)
            {
                continue;
            }

            var (kind, vendor) = catalogue.Classify(resource);
            switch (kind)
            {
                case AcceleratorResourceKind.Whole:
                    vendorsWithCards.Add(vendor!);
                    ReadCards(node, vendor!, resource, capacity.Units, found, unknown);
                    break;
                case AcceleratorResourceKind.Partition:
                    vendorsWithCards.Add(vendor!);
                    ReadPartitions(node, vendor!, resource, capacity.Units, found, unknown);
                    break;
                case AcceleratorResourceKind.Shared:
                    sharedOnly.TryAdd(vendor!, (resource, capacity.Units));
                    break;
                case AcceleratorResourceKind.Unknown:
                    unknown.Add(
                        new(
                            resource,
                            capacity.Units,
                            $"No catalogue entry describes {resource}. Add a vendor file, or list it as no accelerator."
                        )
                    );
                    break;
                default:
                    break;
            }
        }

        foreach (var (vendor, (resource, count)) in sharedOnly)
        {
            if (!vendorsWithCards.Contains(vendor))
            {
                ReadSharedOnly(node, vendor, resource, count, found, unknown);
            }
        }

        return found;
    }

    private void ReadCards(
        KubeNode node,
        AcceleratorVendor vendor,
        string resource,
        long capacity,
        List<InventoryDevice> found,
        List<UnknownAccelerator> unknown
    )
    {
        if (Identify(node, vendor, resource, capacity, unknown) is not { } model)
        {
            return;
        }

        if (!model.Whole.Any(w => w == resource || (w.EndsWith('*') && resource.StartsWith(w[..^1], StringComparison.Ordinal))))
        {
            unknown.Add(
                new(resource, capacity, $"The node's labels say {model.Name}, but the catalogue knows it as {model.WholeResource}.")
            );
            return;
        }

        if (HamiRegister.Read(node, model) is { } registered)
        {
            Add(found, node, model, resource, registered);
            return;
        }

        var cards =
            vendor.CountLabel is { } label && long.TryParse(node.Metadata.Labels.GetValueOrDefault(label), out var counted)
                ? counted
                : capacity;
        var allocatable = node.Status.Allocatable.TryGetValue(resource, out var a) ? a.Units : 0;

        // The kubelet takes broken cards out of allocatable without saying which: the last ones are shown as broken.
        var broken = cards == capacity ? Math.Max(0, capacity - allocatable) : 0;
        var memory = StatedMemory(node, vendor) ?? model.MemoryMib;
        AddCards(found, node, model, resource, cards, cards - broken, memory);
    }

    private void ReadPartitions(
        KubeNode node,
        AcceleratorVendor vendor,
        string resource,
        long count,
        List<InventoryDevice> found,
        List<UnknownAccelerator> unknown
    )
    {
        if (Identify(node, vendor, resource, count, unknown) is not { } card)
        {
            return;
        }

        if (vendor.Partitions.FirstOrDefault(p => p.Resource == resource && p.CardModel == card.Name) is not { } partition)
        {
            unknown.Add(new(resource, count, $"The catalogue knows no partition {resource} of {card.Name}."));
            return;
        }

        var allocatable = node.Status.Allocatable.TryGetValue(resource, out var a) ? a.Units : 0;
        AddCards(found, node, partition.Model, resource, count, allocatable, partition.Model.MemoryMib);
    }

    private void ReadSharedOnly(
        KubeNode node,
        AcceleratorVendor vendor,
        string resource,
        long count,
        List<InventoryDevice> found,
        List<UnknownAccelerator> unknown
    )
    {
        if (Identify(node, vendor, resource, count, unknown) is not { } model)
        {
            return;
        }

        if (HamiRegister.Read(node, model) is { } registered)
        {
            Add(found, node, model, resource, registered);
        }
        else if (vendor.CountLabel is { } label && long.TryParse(node.Metadata.Labels.GetValueOrDefault(label), out var cards))
        {
            AddCards(found, node, model, resource, cards, cards, StatedMemory(node, vendor) ?? model.MemoryMib);
        }
        else
        {
            unknown.Add(new(resource, count, $"The node offers shares of {model.Name} but does not say how many cards it has."));
        }
    }

    private AcceleratorModel? Identify(
        KubeNode node,
        AcceleratorVendor vendor,
        string resource,
        long count,
        List<UnknownAccelerator> unknown
    )
    {
        if (catalogue.ModelOf(vendor, node.Metadata.Labels) is { } model)
        {
            return model;
        }

        var label = vendor.ModelLabels.Prepend(AcceleratorCatalogue.ModelLabel).FirstOrDefault(node.Metadata.Labels.ContainsKey);
        var why = label is null
            ? $"No label says which {vendor.Name} model it is. Set the label {AcceleratorCatalogue.ModelLabel} to the catalogue's name."
            : $"The label {label}={node.Metadata.Labels[label]} is no {vendor.Name} model of the catalogue.";
        unknown.Add(new(resource, count, why));
        return null;
    }

    private static int? StatedMemory(KubeNode node, AcceleratorVendor vendor)
    {
        foreach (var label in vendor.MemoryLabels)
        {
            if (node.Metadata.Labels.TryGetValue(label.Name, out var text) && MemoryText.ToMib(text, label.UnitMib) is { } mib)
            {
                return mib;
            }
        }

        return null;
    }

    private static void AddCards(
        List<InventoryDevice> found,
        KubeNode node,
        AcceleratorModel model,
        string resource,
        long cards,
        long healthy,
        int memoryMib
    )
    {
        var bounded = (int)Math.Min(cards, InputBounds.MaxDevicesPerNode);
        Add(found, node, model, resource, [.. Enumerable.Range(0, bounded).Select(i => new RegisteredCard(memoryMib, i < healthy, 0))]);
    }

    private static void Add(
        List<InventoryDevice> found,
        KubeNode node,
        AcceleratorModel model,
        string resource,
        IReadOnlyList<RegisteredCard> cards
    )
    {
        var sharing = CanShare(node, model) ? model.Sharing : null;
        var prefix = resource[(resource.IndexOf('/', StringComparison.Ordinal) + 1)..];
        if (found.Exists(d => d.Id.StartsWith(prefix + "-", StringComparison.Ordinal)))
        {
            prefix = resource;
        }

        for (var i = 0; i < cards.Count; i++)
        {
            found.Add(
                new InventoryDevice
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i}"),
                    Vendor = model.Vendor,
                    Model = model.Name,
                    Stack = model.Stack,
                    MemoryMib = cards[i].MemoryMib,
                    FreeComputeMilli = Device.FullComputeMilli,
                    FreeMemoryMib = cards[i].MemoryMib,
                    Healthy = cards[i].Healthy,
                    NumaNode = cards[i].NumaNode,
                    Sharing = sharing,
                }
            );
        }
    }

    private static bool CanShare(KubeNode node, AcceleratorModel model) =>
        model.Sharing is { } sharing
        && (
            node.Metadata.Labels.GetValueOrDefault(AcceleratorCatalogue.SharingLabel) == "fraction"
            || (model.HamiRegister is { } register && node.Metadata.Annotations.ContainsKey(register))
            || (node.Status.Allocatable.TryGetValue(sharing.Memory.Resource, out var memory) && memory.Units > 0)
        );
}

/// <summary>Memory as labels write it: a bare number in the label's unit, or with a binary unit at the end.</summary>
internal static class MemoryText
{
    public static int? ToMib(string text, int unitMib)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        if (digits == 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        decimal? mib = text[digits..].Trim() switch
        {
            "" => unitMib == 0 ? number / 1048576m : number * (decimal)unitMib,
            "M" or "Mi" or "MiB" or "MB" => number,
            "G" or "Gi" or "GiB" or "GB" => number * 1024m,
            "T" or "Ti" or "TiB" or "TB" => number * 1048576m,
            _ => null,
        };
        return mib is > 0 and <= InputBounds.MaxQuantity ? (int)mib.Value : null;
    }
}

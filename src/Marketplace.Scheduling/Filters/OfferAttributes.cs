using System.Runtime.InteropServices;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Filters;

/// <summary>Which offers carry which attribute value: what many share as a set of bits, what few have as a list.</summary>
internal sealed class OfferAttributes
{
    /// <summary>A list of one in 64 offers takes half the memory of a set.</summary>
    private const int Dense = 64;

    private readonly Dictionary<(string Attribute, string Value), object> values = [];
    private readonly Dictionary<string, int> positions;
    private readonly HashSet<int> deviceMemories = [];

    public OfferAttributes(SupplyColumns columns, OfferIndex index)
    {
        var lists = new Dictionary<(string Attribute, string Value), List<int>>();
        positions = new Dictionary<string, int>(index.Offers.Count, StringComparer.Ordinal);
        for (var o = 0; o < index.Offers.Count; o++)
        {
            positions.Add(index.Offers[o].Id, o);
            foreach (var (attribute, value) in Of(columns, index, o))
            {
                ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(lists, (attribute, value), out _);
                list ??= [];
                if (list.Count == 0 || list[^1] != o)
                {
                    list.Add(o);
                }
            }
        }

        foreach (var (key, list) in lists)
        {
            values.Add(key, list.Count > index.Offers.Count / Dense ? ToSet(list, (index.Offers.Count + 63) / 64) : list.ToArray());
        }
    }

    public IEnumerable<int> DeviceMemories => deviceMemories;

    public int PositionOf(string offerId) => positions[offerId];

    public object? With(string attribute, string value) =>
        attribute != RuleCodes.Offer ? values.GetValueOrDefault((attribute, value))
        : positions.TryGetValue(value, out var position) ? new[] { position }
        : null;

    private IEnumerable<(string Attribute, string Value)> Of(SupplyColumns columns, OfferIndex index, int o)
    {
        var offer = index.Offers[o];
        var cluster = index.Cluster[o];
        var site = columns.Sites[columns.ClusterSite[cluster]];
        yield return (RuleCodes.Currency, offer.Currency);
        yield return (RuleCodes.Site, site.Id);
        yield return (RuleCodes.Cluster, offer.ClusterId);
        yield return (RuleCodes.Region, site.Region);
        yield return (RuleCodes.Country, site.Country);
        yield return (RuleCodes.Tier, OfferIndex.Name(site.Tier));
        yield return (RuleCodes.SupplierAllowed, site.CenterId);
        yield return (RuleCodes.SupplierAllowed, offer.OperatorId);
        yield return (RuleCodes.DeviceModel, offer.DeviceModel ?? "");
        foreach (var contractClass in offer.Classes)
        {
            yield return (RuleCodes.ContractClass, OfferIndex.Name(contractClass));
        }

        for (var level = 0; level <= offer.VerificationLevel; level++)
        {
            yield return (RuleCodes.Verification, OfferIndex.LevelName(level));
        }

        if (offer.DeviceModel is null)
        {
            yield break;
        }

        var memoryMib = 0;
        foreach (var kind in columns.ClusterDeviceClasses[cluster])
        {
            var device = columns.DeviceClasses[kind];
            if (device.Model == offer.DeviceModel)
            {
                yield return (RuleCodes.Vendor, device.Vendor);
                yield return (RuleCodes.Stack, device.Stack);
                memoryMib = Math.Max(memoryMib, device.MemoryMib);
            }
        }

        deviceMemories.Add(memoryMib);
        yield return (RuleCodes.DeviceMemory, OfferIndex.Name(memoryMib));
    }

    private static OfferSet ToSet(List<int> list, int words)
    {
        var set = new ulong[words];
        foreach (var offer in list)
        {
            set[offer >> 6] |= 1UL << (offer & 63);
        }

        return new OfferSet(set, list.Count);
    }
}

/// <summary>Many offers, as words of 64.</summary>
internal sealed record OfferSet(ulong[] Words, int Count);

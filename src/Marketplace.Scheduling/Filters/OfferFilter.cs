using System.Globalization;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Work;

namespace Marketplace.Scheduling.Filters;

/// <summary>Intersects the rules of a request over the offers, the rarest first.</summary>
internal static class OfferFilter
{
    /// <summary>The rules every role shares. They hold for the snapshot, whatever was sold since.</summary>
    public static List<OfferRule> CommonRules(OfferIndex index, PlacementRequest request)
    {
        var rules = new List<OfferRule>(8);
        var constraints = request.Constraints;
        Add(RuleCodes.ContractClass, [OfferIndex.Name(request.ContractClass)]);
        Add(RuleCodes.Currency, request.Currency is { } currency ? [currency] : []);
        Add(RuleCodes.Offer, constraints.OfferIds);
        Add(RuleCodes.Site, constraints.SiteIds);
        Add(RuleCodes.Cluster, constraints.ClusterIds);
        Add(RuleCodes.Region, constraints.Regions);
        Add(RuleCodes.Country, constraints.Countries);
        Add(RuleCodes.Tier, constraints.Tiers.Count == 0 ? [] : [.. constraints.Tiers.Select(OfferIndex.Name)]);
        Add(RuleCodes.SupplierAllowed, constraints.AllowedSuppliers);
        if (constraints.DeniedSuppliers is { Count: > 0 } denied)
        {
            rules.Add(new ValueRule(index, RuleCodes.SupplierDenied, denied, () => Wanted(denied), RuleCodes.SupplierAllowed, none: true));
        }

        if (constraints.MinVerificationLevel > 0)
        {
            Add(RuleCodes.Verification, [OfferIndex.LevelName(constraints.MinVerificationLevel)]);
        }

        if (request.MaxPricePerCardHour is { } most)
        {
            rules.Add(new PriceRule(index, most, () => Number("micros", most)));
        }

        if (constraints.MaxRoundTripMs is { } bound && request.NearRegion is { } near)
        {
            var within = index.Regions.Where(region => index.RoundTripMs(near, region) <= bound);
            rules.Add(new ValueRule(index, RuleCodes.RoundTrip, within, () => Number("ms", bound), RuleCodes.Region));
        }

        return rules;

        void Add(string code, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                rules.Add(new ValueRule(index, code, values, () => Wanted(values)));
            }
        }
    }

    /// <summary>The rules of one role: where it may run, where its data must stay, and which models are fast enough.</summary>
    public static void AddRoleRules(OfferIndex index, PlacementRequest request, Role role, List<OfferRule> rules)
    {
        Add(RuleCodes.RoleTier, RuleCodes.Tier, role.Tiers.Count == 0 ? [] : [.. role.Tiers.Select(OfferIndex.Name)]);
        Add(RuleCodes.RoleSite, RuleCodes.Site, role.SiteIds);
        foreach (var data in role.Data)
        {
            Add(RuleCodes.Residency, RuleCodes.Country, data.StaysInCountry is { } country ? [country] : []);
        }

        if (request.DeadlineHours is { } deadline && WorkTime.Works(request, role))
        {
            var fast = role.Variants.Where((_, variant) => WorkTime.InTime(request, role, variant)).SelectMany(index.ModelsFor).Distinct();
            rules.Add(new RangeRule(index, RuleCodes.Deadline, [.. fast.Select(index.RowsOf)], () => Deadline(request, deadline)));
        }

        void Add(string code, string attribute, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                rules.Add(new ValueRule(index, code, values, () => Wanted(values), attribute));
            }
        }
    }

    /// <summary>The device constraints, which hold where cards are used.</summary>
    public static void AddDeviceRules(OfferIndex index, Constraints constraints, List<OfferRule> rules)
    {
        Add(RuleCodes.DeviceModel, constraints.DeviceModels);
        Add(RuleCodes.Vendor, constraints.Vendors);
        Add(RuleCodes.Stack, constraints.Stacks);
        if (constraints.MinDeviceMemoryMib is > 0 and var least)
        {
            var enough = index.DeviceMemories.Where(memoryMib => memoryMib >= least).Select(OfferIndex.Name);
            rules.Add(new ValueRule(index, RuleCodes.DeviceMemory, enough, () => Number("memoryMib", least), orProcessors: true));
        }

        void Add(string code, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                rules.Add(new ValueRule(index, code, values, () => Wanted(values), orProcessors: true));
            }
        }
    }

    /// <summary>The rule that an offer's model is one that a variant can run on.</summary>
    public static OfferRule VariantRule(OfferIndex index, Role role) =>
        new RangeRule(
            index,
            RuleCodes.Variant,
            [.. role.Variants.SelectMany(index.ModelsFor).Distinct().Select(index.RowsOf)],
            () => Wanted([.. role.Variants.Select(VariantName)])
        );

    /// <summary>The rules of a role in the order in which equally rare ones run: the common ones, the variants', the devices'.</summary>
    public static IReadOnlyList<OfferRule> InOrder(OfferIndex index, Role role, List<OfferRule> rules)
    {
        var devices = rules.FindIndex(rule =>
            rule.Code is RuleCodes.DeviceModel or RuleCodes.Vendor or RuleCodes.Stack or RuleCodes.DeviceMemory
        );
        var all = rules.ToList();
        all.Insert(devices < 0 ? all.Count : devices, VariantRule(index, role));
        return all;
    }

    /// <summary>The rule that leaves nothing when they are intersected, rarest first (ties in the order given), or null.</summary>
    public static string? EmptiedBy(OfferIndex index, IReadOnlyList<OfferRule> rules)
    {
        var ordered = rules.OrderBy(rule => rule.Count).ToList();
        if (ordered[0].Few is { } few)
        {
            return ordered.Find(rule => (few = Array.FindAll(few, rule.Has)).Length == 0)?.Code;
        }

        var left = Bitset.Full(index.All.Length);
        return ordered
            .Find(rule =>
            {
                rule.Narrow(left);
                return left.IsEmpty;
            })
            ?.Code;
    }

    /// <summary>The same intersection with what each rule left.</summary>
    public static IReadOnlyList<FunnelStep> Explain(OfferIndex index, Role role, IReadOnlyList<OfferRule> rules)
    {
        var funnel = new List<FunnelStep>(rules.Count);
        var left = Bitset.Full(index.All.Length);
        var (count, cards) = (index.All.Length, index.AllCards);
        foreach (var rule in rules.OrderBy(rule => rule.Count))
        {
            rule.Narrow(left);
            var after = left.Count();
            var cardsAfter = after == count ? cards : Cards(index, left);
            funnel.Add(new FunnelStep(role.Name, rule.Code, rule.Args, count, after, cards, cardsAfter));
            (count, cards) = (after, cardsAfter);
            if (after == 0)
            {
                break;
            }
        }

        return funnel;
    }

    public static IReadOnlyDictionary<string, string> NoArgs() => Wanted([]);

    public static IReadOnlyDictionary<string, string> Wanted(IReadOnlyList<string> values) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { ["wanted"] = string.Join(", ", values) };

    public static IReadOnlyDictionary<string, string> Number(string name, double value) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value.ToString(CultureInfo.InvariantCulture) };

    public static IReadOnlyDictionary<string, string> Number(string name, long value) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value.ToString(CultureInfo.InvariantCulture) };

    private static Dictionary<string, string> Deadline(PlacementRequest request, double hours) =>
        new(Number("hours", hours), StringComparer.Ordinal)
        {
            ["speed"] = WorkTime.SpeedNeeded(request).ToString(CultureInfo.InvariantCulture),
            ["unit"] = request.Work!.Unit,
        };

    private static long Cards(OfferIndex index, Bitset offers)
    {
        long milli = 0;
        foreach (var offer in offers)
        {
            milli += index.AvailableMilli[offer];
        }

        return milli / 1000;
    }

    private static string VariantName(Variant variant) => variant.IsCpuOnly ? variant.Name : variant.DeviceModel ?? variant.Name;
}

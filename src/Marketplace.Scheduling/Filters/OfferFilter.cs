using System.Globalization;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Filters;

/// <summary>One rule of a request with the offers that satisfy it.</summary>
internal sealed record OfferRule(string Code, IReadOnlyDictionary<string, string> Args, Bitset Satisfying)
{
    public int Count { get; } = Satisfying.Count();
}

/// <summary>Intersects the rules of a request over the offers, the rarest first.</summary>
internal static class OfferFilter
{
    /// <summary>The rules every role shares. The sets hold for the snapshot, whatever was sold since.</summary>
    public static List<OfferRule> CommonRules(OfferIndex index, PlacementRequest request)
    {
        var rules = new List<OfferRule>();
        var constraints = request.Constraints;
        Add(
            RuleCodes.ContractClass,
            index.AnyOf(RuleCodes.ContractClass, [request.ContractClass.ToString()]),
            Wanted([request.ContractClass.ToString()])
        );
        if (request.Currency is { } currency)
        {
            Add(RuleCodes.Currency, index.AnyOf(RuleCodes.Currency, [currency]), Wanted([currency]));
        }

        AddValues(RuleCodes.Offer, constraints.OfferIds);
        AddValues(RuleCodes.Site, constraints.SiteIds);
        AddValues(RuleCodes.Cluster, constraints.ClusterIds);
        AddValues(RuleCodes.Region, constraints.Regions);
        AddValues(RuleCodes.Country, constraints.Countries);
        AddValues(RuleCodes.Tier, [.. constraints.Tiers.Select(tier => tier.ToString())]);
        AddValues(RuleCodes.SupplierAllowed, constraints.AllowedSuppliers);
        if (constraints.DeniedSuppliers.Count > 0)
        {
            var rest = Bitset.Full(index.All.Length);
            rest.AndNot(index.AnyOf(RuleCodes.SupplierAllowed, constraints.DeniedSuppliers));
            Add(RuleCodes.SupplierDenied, rest, Wanted(constraints.DeniedSuppliers));
        }

        if (constraints.MinVerificationLevel > 0)
        {
            var level = OfferIndex.LevelName(constraints.MinVerificationLevel);
            Add(RuleCodes.Verification, index.AnyOf(RuleCodes.Verification, [level]), Wanted([level]));
        }

        if (request.MaxPricePerCardHour is { } most)
        {
            Add(RuleCodes.Price, index.Where(o => index.Price[o] <= most), Number("micros", most));
        }

        if (constraints.MaxRoundTripMs is { } bound && request.NearRegion is { } near)
        {
            var within = index.Regions.Where(region => index.RoundTripMs(near, region) <= bound);
            Add(RuleCodes.RoundTrip, index.AnyOf(RuleCodes.Region, within), Number("ms", bound));
        }

        return rules;

        void AddValues(string code, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                Add(code, index.AnyOf(code, values), Wanted(values));
            }
        }

        void Add(string code, Bitset satisfying, IReadOnlyDictionary<string, string> args) =>
            rules.Add(new OfferRule(code, args, satisfying));
    }

    /// <summary>The rules of one role: a variant for the offer's model, and the device constraints where cards are used.</summary>
    public static List<OfferRule> RoleRules(OfferIndex index, PlacementRequest request, Role role)
    {
        var rules = new List<OfferRule>();
        var constraints = request.Constraints;
        var processors = index.AnyOf(RuleCodes.DeviceModel, [""]);
        rules.Add(new OfferRule(RuleCodes.Variant, Wanted([.. role.Variants.Select(VariantName)]), OfVariants(index, role, processors)));
        AddDeviceRule(RuleCodes.DeviceModel, constraints.DeviceModels);
        AddDeviceRule(RuleCodes.Vendor, constraints.Vendors);
        AddDeviceRule(RuleCodes.Stack, constraints.Stacks);
        if (constraints.MinDeviceMemoryMib > 0)
        {
            var least = constraints.MinDeviceMemoryMib;
            var enough = index.Where(o => index.Model[o] < 0 || index.MaxDeviceMemory[o] >= least);
            rules.Add(new OfferRule(RuleCodes.DeviceMemory, Number("memoryMib", least), enough));
        }

        return rules;

        void AddDeviceRule(string code, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                var any = index.AnyOf(code, values);
                any.Or(processors);
                rules.Add(new OfferRule(code, Wanted(values), any));
            }
        }
    }

    /// <summary>Intersects the rules, rarest first (ties in the order given), and stops at the rule that leaves nothing.</summary>
    public static (Bitset Left, string? EmptiedBy) Apply(OfferIndex index, IReadOnlyList<OfferRule> rules)
    {
        var left = Bitset.Full(index.All.Length);
        foreach (var rule in rules.OrderBy(rule => rule.Count))
        {
            left.And(rule.Satisfying);
            if (left.IsEmpty)
            {
                return (left, rule.Code);
            }
        }

        return (left, null);
    }

    /// <summary>The same intersection with what each rule left.</summary>
    public static IReadOnlyList<FunnelStep> Explain(OfferIndex index, Role role, IReadOnlyList<OfferRule> rules)
    {
        var funnel = new List<FunnelStep>(rules.Count);
        var left = Bitset.Full(index.All.Length);
        var (count, cards) = (index.All.Length, index.AllCards);
        foreach (var rule in rules.OrderBy(rule => rule.Count))
        {
            left.And(rule.Satisfying);
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

    public static IReadOnlyDictionary<string, string> Wanted(IReadOnlyList<string> values) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { ["wanted"] = string.Join(", ", values) };

    public static IReadOnlyDictionary<string, string> Number(string name, double value) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value.ToString(CultureInfo.InvariantCulture) };

    public static IReadOnlyDictionary<string, string> Number(string name, long value) =>
        new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value.ToString(CultureInfo.InvariantCulture) };

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

    private static Bitset OfVariants(OfferIndex index, Role role, Bitset processors)
    {
        var any = new Bitset(index.All.Length);
        foreach (var variant in role.Variants)
        {
            if (variant.IsCpuOnly)
            {
                any.Or(processors);
            }
            else if (variant.DeviceModel is { } model)
            {
                any.Or(index.AnyOf(RuleCodes.DeviceModel, [model]));
            }
            else
            {
                var cards = Bitset.Full(index.All.Length);
                cards.AndNot(processors);
                any.Or(cards);
            }
        }

        return any;
    }
}

using System.Globalization;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Filters;

/// <summary>The tiers of a policy as rules over the offers: each offer is in the first tier it satisfies.</summary>
internal static class PolicyRules
{
    /// <summary>The rule that an offer is in some tier, and that it is in each.</summary>
    public static (OfferRule Any, IReadOnlyList<OfferRule> Tiers) Of(OfferIndex index, ResourcePolicy policy)
    {
        var any = new Bitset(index.All.Length);
        var tiers = new List<OfferRule>(policy.Tiers.Count);
        foreach (var tier in policy.Tiers)
        {
            var members = Members(index, tier);
            members.AndNot(any);
            any.Or(members);
            tiers.Add(new SetRule(index, RuleCodes.Policy, members, OfferFilter.NoArgs));
        }

        var args = OfferFilter.Wanted([policy.Tiers.Count.ToString(CultureInfo.InvariantCulture)]);
        return (new SetRule(index, RuleCodes.Policy, any, () => args), tiers);
    }

    private static Bitset Members(OfferIndex index, PolicyTier tier)
    {
        var members = Bitset.Full(index.All.Length);
        Narrow(RuleCodes.SupplierAllowed, tier.Suppliers);
        Narrow(RuleCodes.Cluster, tier.ClusterIds);
        Narrow(RuleCodes.Tier, [.. tier.SiteTiers.Select(OfferIndex.Name)]);
        return members;

        void Narrow(string attribute, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                new ValueRule(index, attribute, values, OfferFilter.NoArgs).Narrow(members);
            }
        }
    }
}

/// <summary>Offers of a set.</summary>
internal sealed class SetRule(OfferIndex index, string code, Bitset set, Func<IReadOnlyDictionary<string, string>> args)
    : OfferRule(index, code, args)
{
    public override bool Has(int offer) => set[offer];

    public override void And(Span<ulong> words, int firstBlock) => Words.And(words, set.Words.Slice(firstBlock, words.Length));
}

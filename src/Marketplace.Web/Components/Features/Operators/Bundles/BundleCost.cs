using Marketplace.Market.Contracts;

namespace Marketplace.Web.Components.Features.Operators.Bundles;

/// <summary>What an hour of a bundle costs at its defaults, over the operator's own offers: the cheapest variant that it sells, role by role.</summary>
/// <param name="Total">null when a role cannot be priced.</param>
public sealed record BundleCost(IReadOnlyList<RoleCost> Roles, PriceSplit? Total, string? Currency)
{
    public static BundleCost Of(BundleForm form, IReadOnlyList<OfferView> offers, TradeRates rates)
    {
        ArgumentNullException.ThrowIfNull(form);
        List<RoleCost> roles = [.. form.Roles.Select(r => RoleOf(r, form.ReplicasOf(r), offers, rates))];
        PriceSplit[] splits = [.. roles.Select(r => r.Split).OfType<PriceSplit>()];
        string[] currencies = [.. roles.Select(r => r.Offer?.Currency).OfType<string>().Distinct(StringComparer.Ordinal)];
        bool whole = roles.Count > 0 && splits.Length == roles.Count && currencies.Length == 1;
        return new BundleCost(
            roles,
            whole
                ? new PriceSplit(
                    splits.Sum(s => s.Wholesale),
                    splits.Sum(s => s.Operator),
                    splits.Sum(s => s.Commission),
                    splits.Sum(s => s.Tax)
                )
                : null,
            whole ? currencies[0] : null
        );
    }

    private static RoleCost RoleOf(RoleForm role, int replicas, IReadOnlyList<OfferView> offers, TradeRates rates)
    {
        var best = role
            .Variants.SelectMany(v =>
                offers
                    .Where(o => (o.DeviceModel ?? "") == v.DeviceModel)
                    .Select(o => (Offer: o, Cards: Cards(role, v) * replicas, Price: o.PricePerCardHour * Cards(role, v)))
            )
            .OrderBy(c => c.Price)
            .FirstOrDefault();
        if (best.Offer is not { WholesalePerCardHour: { } wholesale, Markup: { } markup } offer)
            return new RoleCost(role.Name ?? "", null, 0, null);
        PriceSplit one = PriceSplit.Of(wholesale, markup, rates);
        return new RoleCost(
            role.Name ?? "",
            offer,
            best.Cards,
            new PriceSplit(one.Wholesale * best.Cards, one.Operator * best.Cards, one.Commission * best.Cards, one.Tax * best.Cards)
        );
    }

    // Processor capacity is sold by the core.
    private static decimal Cards(RoleForm role, VariantForm variant) =>
        variant.DeviceModel.Length == 0 ? role.Cores ?? 0 : (variant.Cards ?? 0) * (variant.Share ?? 100) / 100;
}

/// <param name="Offer">The cheapest that fits; null when the operator sells none of the role's chips.</param>
/// <param name="Cards">Cards (or cores) of all replicas.</param>
public sealed record RoleCost(string Role, OfferView? Offer, decimal Cards, PriceSplit? Split);

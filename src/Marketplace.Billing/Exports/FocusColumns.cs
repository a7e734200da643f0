using Marketplace.Billing.Rating;

namespace Marketplace.Billing.Exports;

/// <summary>Versions of the FinOps Open Cost and Usage Specification.</summary>
internal enum FocusVersion
{
    V13,
    V14,
}

/// <param name="Write">Writes one cell of a row.</param>
/// <param name="Only">The one version that has the column; null for all.</param>
/// <param name="Of">The one side whose export has the column; null for all.</param>
internal sealed record FocusColumn(string Id, Action<CsvWriter, FocusRow> Write, FocusVersion? Only = null, Side? Of = null);

/// <summary>
/// The columns in the order of the file: the specification's by alphabet, then ours with <c>x_</c>. Source: FOCUS, dataset Cost and Usage. What
/// of it is followed for 1.3 and 1.4 stands in docs/focus.md.
/// </summary>
internal static class FocusColumns
{
    private static readonly FocusColumn[] All =
    [
        new("BilledCost", (c, r) => c.Number(r.BilledCost)),
        new("BillingAccountId", (c, r) => c.Text(r.BillingAccountId)),
        new("BillingAccountName", (c, r) => c.Text(r.BillingAccountName)),
        new("BillingAccountType", (c, _) => c.Text("Organization")),
        new("BillingCurrency", (c, r) => c.Text(r.BillingCurrency)),
        new("BillingPeriodEnd", (c, r) => c.Time(r.BillingPeriodEnd)),
        new("BillingPeriodStart", (c, r) => c.Time(r.BillingPeriodStart)),
        new("ChargeCategory", (c, r) => c.Text(r.ChargeCategory)),
        new("ChargeClass", (c, r) => c.Text(r.IsCorrection ? "Correction" : null)),
        new("ChargeDescription", (c, r) => c.Text(r.ChargeDescription)),
        new(
            "ChargeFrequency",
            (c, r) =>
                c.Text(
                    r.ChargeCategory == ChargeCategories.Purchase || r.Pricing is null && r.ChargeCategory != ChargeCategories.Tax
                        ? "One-Time"
                        : "Usage-Based"
                )
        ),
        new("ChargePeriodEnd", (c, r) => c.Time(r.ChargePeriodEnd)),
        new("ChargePeriodStart", (c, r) => c.Time(r.ChargePeriodStart)),
        new("CommitmentDiscountCategory", (c, r) => c.Text(r.Commitment is null ? null : "Usage"), Of: Side.Customer),
        new("CommitmentDiscountId", (c, r) => c.Text(r.Commitment?.Id), Of: Side.Customer),
        new("CommitmentDiscountName", (c, r) => c.Text(r.Commitment?.Name), Of: Side.Customer),
        new("CommitmentDiscountQuantity", (c, r) => c.Number(r.Commitment?.CardHours), Of: Side.Customer),
        new("CommitmentDiscountStatus", (c, r) => c.Text(r.Commitment?.Status), Of: Side.Customer),
        new("CommitmentDiscountType", (c, r) => c.Text(r.Commitment is null ? null : "Reservation"), Of: Side.Customer),
        new("CommitmentDiscountUnit", (c, r) => c.Text(r.Commitment is null ? null : "Card-Hours"), Of: Side.Customer),
        new("ConsumedQuantity", (c, r) => c.Number(r.Pricing?.ConsumedQuantity)),
        new("ConsumedUnit", (c, r) => c.Text(r.Pricing?.ConsumedUnit)),
        new("ContractedCost", (c, r) => c.Number(r.ContractedCost)),
        new("ContractedUnitPrice", (c, r) => c.Number(r.Pricing?.UnitPrice)),
        new("EffectiveCost", (c, r) => c.Number(r.EffectiveCost)),
        new("HostProviderName", (c, r) => c.Text(r.HostProviderName)),
        new("InvoiceDetailId", (c, r) => c.Text(r.InvoiceDetailId), FocusVersion.V14),
        new("InvoiceId", (c, r) => c.Text(r.InvoiceId)),
        new("InvoiceIssuerName", (c, r) => c.Text(r.InvoiceIssuerName)),
        new("ListCost", (c, r) => c.Number(r.ContractedCost)),
        new("ListUnitPrice", (c, r) => c.Number(r.Pricing?.UnitPrice)),
        new(
            "PricingCategory",
            (c, r) =>
                c.Text(
                    r.Pricing is null ? null
                    : r.Commitment?.Status is null ? "Standard"
                    : "Committed"
                )
        ),
        new("PricingQuantity", (c, r) => c.Number(r.Pricing?.PricingQuantity)),
        new("PricingUnit", (c, r) => c.Text(r.Pricing?.PricingUnit)),
        new("ProviderName", (c, r) => c.Text(r.ServiceProviderName), FocusVersion.V13),
        new("PublisherName", (c, r) => c.Text(r.ServiceProviderName), FocusVersion.V13),
        new("RegionId", (c, r) => c.Text(r.Resource?.RegionId)),
        new("RegionName", (c, r) => c.Text(r.Resource?.RegionName)),
        new("ResourceId", (c, r) => c.Text(r.Resource?.Id)),
        new("ResourceName", (c, r) => c.Text(r.Resource?.Id is null ? null : r.Resource.Name)),
        new("ResourceType", (c, r) => c.Text(r.Resource?.Id is null ? null : r.Resource.Type)),
        new("ServiceCategory", (c, r) => c.Text(r.ServiceCategory)),
        new("ServiceName", (c, r) => c.Text(r.ServiceName)),
        new("ServiceProviderName", (c, r) => c.Text(r.ServiceProviderName)),
        new("ServiceSubcategory", (c, r) => c.Text(r.ServiceSubcategory)),
        new("SkuId", (c, r) => c.Text(r.Pricing?.SkuId)),
        new("SkuMeter", (c, r) => c.Text(r.Pricing?.SkuMeter)),
        // One price per contract and no public list: the specification allows the SKU itself here, and forbids a contract's id.
        new("SkuPriceId", (c, r) => c.Text(r.Pricing?.SkuId)),
        new("x_AcceleratorModel", (c, r) => c.Text(r.Resource?.Model)),
        new("x_AcceleratorVendor", (c, r) => c.Text(r.Resource?.Vendor)),
        new("x_BundleId", (c, r) => c.Text(r.Resource?.Purpose.BundleId), Of: Side.Customer),
        new("x_CommissionCost", (c, r) => c.Number(r.Split?.Commission), Of: Side.Operator),
        new("x_ContractId", (c, r) => c.Text(r.Resource?.ContractId)),
        new("x_DeviceFraction", (c, r) => c.Number(r.Resource?.DeviceFraction)),
        new("x_JournalId", (c, r) => c.Text(r.JournalId)),
        new("x_MemberId", (c, r) => c.Text(r.Resource?.Purpose.MemberId), Of: Side.Customer),
        new("x_OperatorEarnings", (c, r) => c.Number(r.Split?.Operator), Of: Side.Operator),
        new("x_OrderId", (c, r) => c.Text(r.Resource?.OrderId)),
        new("x_ProjectId", (c, r) => c.Text(r.Resource?.Purpose.ProjectId), Of: Side.Customer),
        new("x_SiteTier", (c, r) => c.Text(r.Resource?.SiteTier)),
        new("x_WholesaleCost", (c, r) => c.Number(r.Split?.Wholesale), Of: Side.Operator),
    ];

    public static IReadOnlyList<FocusColumn> Of(FocusVersion version, Side side) =>
        [.. All.Where(c => (c.Only ?? version) == version && (c.Of ?? side) == side)];
}

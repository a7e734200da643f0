namespace Marketplace.Billing.Exports;

/// <summary>The values of ChargeCategory.</summary>
internal static class ChargeCategories
{
    public const string Usage = "Usage";
    public const string Purchase = "Purchase";
    public const string Tax = "Tax";
    public const string Credit = "Credit";
    public const string Adjustment = "Adjustment";
}

/// <summary>How a charge is priced; only what is metered has this.</summary>
/// <param name="SkuId">What is sold, whoever buys it: the device model and the meter.</param>
/// <param name="UnitPrice">Of the contract, per <paramref name="PricingUnit"/>.</param>
internal sealed record FocusPricing(
    string SkuId,
    string SkuMeter,
    decimal? ConsumedQuantity,
    string? ConsumedUnit,
    decimal PricingQuantity,
    string PricingUnit,
    decimal UnitPrice,
    decimal Cost
);

/// <summary>Capacity paid ahead that a charge bought, drew from, or left unused.</summary>
/// <param name="CardHours">Bought, drawn or left.</param>
/// <param name="Status"><c>Used</c> or <c>Unused</c>; null where it is bought.</param>
internal sealed record FocusCommitment(string Id, string Name, decimal CardHours, string? Status);

/// <summary>What was used and where; only charges of a contract have this.</summary>
internal sealed record FocusResource(
    string? Id,
    string? Name,
    string Type,
    string? Model,
    string? Vendor,
    decimal? DeviceFraction,
    string? RegionId,
    string? RegionName,
    string? SiteTier,
    string ContractId,
    string OrderId,
    ExportedPurpose Purpose
);

/// <summary>How an operator's revenue is divided, in main units.</summary>
internal sealed record FocusSplit(decimal Wholesale, decimal Commission, decimal Operator);

/// <summary>One row, in the terms of the specification; a null is a null there.</summary>
internal sealed record FocusRow
{
    public required decimal BilledCost { get; init; }
    public required string BillingAccountId { get; init; }
    public required string BillingAccountName { get; init; }
    public required string BillingCurrency { get; init; }
    public required DateTimeOffset BillingPeriodStart { get; init; }
    public required string ChargeCategory { get; init; }
    public bool IsCorrection { get; init; }
    public required string ChargeDescription { get; init; }
    public required DateTimeOffset ChargePeriodStart { get; init; }
    public required DateTimeOffset ChargePeriodEnd { get; init; }
    public required string ServiceCategory { get; init; }
    public required string ServiceName { get; init; }
    public required string ServiceSubcategory { get; init; }
    public required string ServiceProviderName { get; init; }
    public required string HostProviderName { get; init; }
    public required string InvoiceIssuerName { get; init; }
    public string? InvoiceId { get; init; }
    public string? InvoiceDetailId { get; init; }
    public string? JournalId { get; init; }
    public FocusPricing? Pricing { get; init; }
    public FocusResource? Resource { get; init; }
    public FocusSplit? Split { get; init; }
    public FocusCommitment? Commitment { get; init; }

    /// <summary>What was paid ahead, spread over what it served: zero where it is bought, its share where it is used. null: as billed.</summary>
    public decimal? Amortised { get; init; }
    public decimal EffectiveCost => Amortised ?? BilledCost;

    public DateTimeOffset BillingPeriodEnd => BillingPeriodStart.AddMonths(1);

    /// <summary>Quantity × unit price; of what has no unit price, the cost as billed.</summary>
    public decimal ContractedCost => Pricing?.Cost ?? BilledCost;
}

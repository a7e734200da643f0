using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

internal sealed class PromoGrantRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Currency { get; init; }
    public required string Source { get; init; }
    public required string Description { get; init; }
    public required long Amount { get; init; }
    public required long Used { get; init; }
    public required long Expired { get; init; }
    public required string JournalId { get; init; }
    public required DateTimeOffset GrantedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
}

[Global("Read with a code, or by the network desk: every handler checks.")]
internal sealed class CampaignRow
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Currency { get; init; }
    public required long Amount { get; init; }
    public required DateTimeOffset ValidFrom { get; init; }
    public required DateTimeOffset ValidTo { get; init; }
    public required int Codes { get; init; }
    public required int UsesPerCode { get; init; }
    public required int MaxRedemptions { get; init; }
    public required int MaxPerCustomer { get; init; }
    public required long MinimumSpend { get; init; }
    public required bool NewCustomersOnly { get; init; }
    public int? CreditDays { get; init; }
    public int Redemptions { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; set; }
}

internal sealed class RedemptionRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string CampaignId { get; init; }
    public required byte[] CodeHash { get; init; }
    public required string PartyId { get; init; }
    public required string Currency { get; init; }
    public required long Amount { get; init; }
    public required string IdempotencyKey { get; init; }
    public required string JournalId { get; init; }
    public required DateTimeOffset RedeemedAt { get; init; }
}

internal sealed class ServiceCreditRow : ITradeShared
{
    public required string Id { get; init; }
    public required string ContractId { get; init; }
    public required DateTimeOffset PeriodStart { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string Currency { get; init; }
    public required long ServedSeconds { get; init; }
    public required long DownSeconds { get; init; }
    public required decimal Fraction { get; init; }
    public required long ChargedNet { get; init; }
    public required long ChargedTax { get; init; }
    public required long ChargedCenter { get; init; }
    public required long ChargedOperator { get; init; }
    public required long ChargedCommission { get; init; }
    public required long Amount { get; init; }
    public required bool ByNetwork { get; set; }
    public required long CenterPart { get; set; }
    public required long OperatorPart { get; set; }
    public required long NetworkPart { get; set; }
    public required long TaxPart { get; set; }
    public required ServiceCreditState State { get; set; }
    public string? Reason { get; set; }
    public string? DecidedBy { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string? JournalId { get; set; }
    public required DateTimeOffset ProposedAt { get; init; }
}

internal sealed class CreditConfiguration
    : IEntityTypeConfiguration<PromoGrantRow>,
        IEntityTypeConfiguration<CampaignRow>,
        IEntityTypeConfiguration<RedemptionRow>,
        IEntityTypeConfiguration<ServiceCreditRow>
{
    public void Configure(EntityTypeBuilder<PromoGrantRow> builder)
    {
        builder.ToTable("promo_grant", BillingModule.Schema);
        builder.HasKey(g => g.Id);
    }

    public void Configure(EntityTypeBuilder<CampaignRow> builder)
    {
        builder.ToTable("voucher_campaign", BillingModule.Schema);
        builder.HasKey(c => c.Id);
    }

    public void Configure(EntityTypeBuilder<RedemptionRow> builder)
    {
        builder.ToTable("voucher_redemption", BillingModule.Schema);
        builder.HasKey(r => r.Id);
    }

    public void Configure(EntityTypeBuilder<ServiceCreditRow> builder)
    {
        builder.ToTable("service_credit", BillingModule.Schema);
        builder.HasKey(s => s.Id);
        builder.Property(s => s.Fraction).HasColumnType("numeric(9,6)");
    }
}

using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

// Read through EF with its party filter; written by the intake's and the invoices' own statements.

internal sealed class ContractTermsRow : ITradeShared
{
    public required string ContractId { get; init; }
    public required string OrderId { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string Currency { get; init; }
    public string? DeviceModel { get; init; }
    public required string Description { get; init; }
    public required decimal CommissionRate { get; init; }
    public required decimal TaxRate { get; init; }
    public required string TaxJurisdiction { get; init; }
    public required string HoldReference { get; init; }
    public required DateTimeOffset RegisteredAt { get; init; }
}

[Global("Read with the contract's terms only, which are scoped.")]
internal sealed class PriceVersionRow
{
    public required string ContractId { get; init; }
    public required string Meter { get; init; }
    public required int Version { get; init; }
    public required string Unit { get; init; }
    public required decimal QuantityPerUnit { get; init; }
    public required decimal Retail { get; init; }
    public required decimal Wholesale { get; init; }
    public required DateTimeOffset ValidFrom { get; init; }
    public required string Kind { get; init; }
    public string? Plan { get; init; }
}

internal sealed class RatedLineRow : ITradeShared
{
    public required string Id { get; init; }
    public required string ContractId { get; init; }
    public required string OrderId { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string Currency { get; init; }
    public required string AllocationId { get; init; }
    public required string Meter { get; init; }
    public required int PriceVersion { get; init; }
    public required DateTimeOffset WindowFrom { get; init; }
    public required DateTimeOffset WindowTo { get; init; }
    public required decimal Quantity { get; init; }
    public required decimal Rated { get; init; }
    public required long Net { get; init; }
    public required long Tax { get; init; }
    public required long Center { get; init; }
    public required long Operator { get; init; }
    public required long Commission { get; init; }
    public required long Uncovered { get; init; }
    public string? JournalId { get; init; }
    public required DateTimeOffset RatedAt { get; init; }

    /// <summary><c>late</c>, <c>correction</c> or <c>dispute</c>; null for the plain charge of a window.</summary>
    public string? Adjustment { get; init; }

    /// <summary>The line a dispute takes back.</summary>
    public string? CorrectsId { get; init; }
    public required string Kind { get; init; }
    public decimal? Weighted { get; init; }
    public required decimal Reserved { get; init; }
}

internal sealed class ContractCostRow : ITradeShared
{
    public required string ContractId { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string Currency { get; init; }
    public required decimal Quantity { get; init; }
    public required long Net { get; init; }
    public required long Tax { get; init; }
    public required long Center { get; init; }
    public required long Operator { get; init; }
    public required long Commission { get; init; }
    public required long Uncovered { get; init; }
    public required long CenterDue { get; init; }
    public required long OperatorDue { get; init; }
    public DateTimeOffset? DueThrough { get; init; }
    public DateTimeOffset? Through { get; init; }
    public DateTimeOffset? ExhaustedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

internal sealed class UsageConfiguration
    : IEntityTypeConfiguration<ContractTermsRow>,
        IEntityTypeConfiguration<PriceVersionRow>,
        IEntityTypeConfiguration<RatedLineRow>,
        IEntityTypeConfiguration<ContractCostRow>
{
    public const string Price = "numeric(38,18)";
    public const string Exact = "numeric(38,12)";

    public void Configure(EntityTypeBuilder<ContractTermsRow> builder)
    {
        builder.ToTable("contract_terms", BillingModule.Schema);
        builder.HasKey(t => t.ContractId);
        builder.Property(t => t.CommissionRate).HasColumnType(Price);
        builder.Property(t => t.TaxRate).HasColumnType(Price);
    }

    public void Configure(EntityTypeBuilder<PriceVersionRow> builder)
    {
        builder.ToTable("price_version", BillingModule.Schema);
        builder.HasKey(p => new
        {
            p.ContractId,
            p.Meter,
            p.Version,
        });
        builder.Property(p => p.QuantityPerUnit).HasColumnType(Exact);
        builder.Property(p => p.Plan).HasColumnType("jsonb");
        builder.Property(p => p.Retail).HasColumnType(Price);
        builder.Property(p => p.Wholesale).HasColumnType(Price);
    }

    public void Configure(EntityTypeBuilder<RatedLineRow> builder)
    {
        builder.ToTable("rated_line", BillingModule.Schema);
        builder.HasKey(l => l.Id);
        builder.Property(l => l.Quantity).HasColumnType(Exact);
        builder.Property(l => l.Rated).HasColumnType(Exact);
        builder.Property(l => l.Weighted).HasColumnType(Exact);
        builder.Property(l => l.Reserved).HasColumnType(Exact);
    }

    public void Configure(EntityTypeBuilder<ContractCostRow> builder)
    {
        builder.ToTable("contract_cost", BillingModule.Schema);
        builder.HasKey(c => c.ContractId);
        builder.Property(c => c.Quantity).HasColumnType(Exact);
    }
}

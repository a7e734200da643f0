using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

internal sealed class InvoiceRow : IPartyOwned
{
    public required string Id { get; init; }
    public string? Number { get; init; }
    public required string PartyId { get; init; }
    public required string CustomerName { get; init; }
    public required string Issuer { get; init; }
    public required string Currency { get; init; }
    public required InvoiceState State { get; init; }
    public required DateTimeOffset PeriodStart { get; init; }
    public required DateTimeOffset PeriodEnd { get; init; }
    public DateTimeOffset? IssuedAt { get; init; }
    public required long Net { get; init; }
    public required long Tax { get; init; }
    public required long Rounding { get; init; }
    public required long Total { get; init; }
    public required long Due { get; init; }
    public required long Collected { get; init; }
}

internal sealed class InvoiceLineRow : IPartyOwned
{
    public required string InvoiceId { get; init; }
    public required int Line { get; init; }
    public required string PartyId { get; init; }
    public required string ContractId { get; init; }
    public required string OrderId { get; init; }
    public required string Description { get; init; }
    public required decimal Quantity { get; init; }
    public required string Unit { get; init; }
    public required decimal UnitPrice { get; init; }
    public required long Net { get; init; }
    public required long Tax { get; init; }
    public required DateTimeOffset PeriodFrom { get; init; }
    public required DateTimeOffset PeriodTo { get; init; }
}

internal sealed class PaymentRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string IdempotencyKey { get; init; }
    public required long Amount { get; init; }
    public required long Fee { get; set; }
    public required string Currency { get; init; }
    public required PaymentState State { get; set; }
    public required string Provider { get; init; }
    public string? ProviderReference { get; set; }
    public string? Failure { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class InvoiceConfiguration
    : IEntityTypeConfiguration<InvoiceRow>,
        IEntityTypeConfiguration<InvoiceLineRow>,
        IEntityTypeConfiguration<PaymentRow>
{
    public void Configure(EntityTypeBuilder<InvoiceRow> builder)
    {
        builder.ToTable("invoice", BillingModule.Schema);
        builder.HasKey(i => i.Id);
    }

    public void Configure(EntityTypeBuilder<InvoiceLineRow> builder)
    {
        builder.ToTable("invoice_line", BillingModule.Schema);
        builder.HasKey(l => new { l.InvoiceId, l.Line });
        builder.Property(l => l.Quantity).HasColumnType(UsageConfiguration.Exact);
        builder.Property(l => l.UnitPrice).HasColumnType(UsageConfiguration.Price);
    }

    public void Configure(EntityTypeBuilder<PaymentRow> builder)
    {
        builder.ToTable("payment", BillingModule.Schema);
        builder.HasKey(p => p.Id);
    }
}

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

internal sealed class InvoiceConfiguration : IEntityTypeConfiguration<InvoiceRow>, IEntityTypeConfiguration<InvoiceLineRow>
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
}

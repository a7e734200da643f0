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
    public required long Credited { get; init; }
    public required long CreditedTotal { get; init; }
    public DateTimeOffset? DueAt { get; init; }
    public string? ContractId { get; init; }
    public string? Seller { get; init; }
    public string? Buyer { get; init; }
    public string? WrittenOffReason { get; init; }
}

internal sealed class CreditNoteRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string Number { get; init; }
    public required string PartyId { get; init; }
    public required string CustomerName { get; init; }
    public required string Issuer { get; init; }
    public required string Currency { get; init; }
    public required string InvoiceId { get; init; }
    public required string InvoiceNumber { get; init; }
    public required string Reason { get; init; }
    public required DateTimeOffset IssuedAt { get; init; }
    public required long Net { get; init; }
    public required long Tax { get; init; }
    public required long Rounding { get; init; }
    public required long Total { get; init; }
    public required long Settled { get; init; }
    public string? Seller { get; init; }
    public string? Buyer { get; init; }
    public required string IdempotencyKey { get; init; }
    public required string Request { get; init; }
}

internal sealed class BillingProfileRow : IPartyOwned
{
    public required string PartyId { get; init; }
    public required string RegisteredName { get; init; }
    public required string TaxId { get; init; }
    public required string Address { get; init; }
    public required string Email { get; init; }
    public required string Locale { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
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

internal sealed class InvoiceConfiguration
    : IEntityTypeConfiguration<InvoiceRow>,
        IEntityTypeConfiguration<CreditNoteRow>,
        IEntityTypeConfiguration<BillingProfileRow>,
        IEntityTypeConfiguration<InvoiceLineRow>
{
    private const string Json = "jsonb";

    public void Configure(EntityTypeBuilder<InvoiceRow> builder)
    {
        builder.ToTable("invoice", BillingModule.Schema);
        builder.HasKey(i => i.Id);
        builder.Property(i => i.Seller).HasColumnType(Json);
        builder.Property(i => i.Buyer).HasColumnType(Json);
    }

    public void Configure(EntityTypeBuilder<CreditNoteRow> builder)
    {
        builder.ToTable("credit_note", BillingModule.Schema);
        builder.HasKey(c => c.Id);
        builder.Property(c => c.Seller).HasColumnType(Json);
        builder.Property(c => c.Buyer).HasColumnType(Json);
    }

    public void Configure(EntityTypeBuilder<BillingProfileRow> builder)
    {
        builder.ToTable("billing_profile", BillingModule.Schema);
        builder.HasKey(p => p.PartyId);
    }

    public void Configure(EntityTypeBuilder<InvoiceLineRow> builder)
    {
        builder.ToTable("invoice_line", BillingModule.Schema);
        builder.HasKey(l => new { l.InvoiceId, l.Line });
        builder.Property(l => l.Quantity).HasColumnType(UsageConfiguration.Exact);
        builder.Property(l => l.UnitPrice).HasColumnType(UsageConfiguration.Price);
    }
}

using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

// Read through EF with its party filter; written by the module's own statements.
internal sealed class ReservationRow : ITradeShared
{
    public required string Id { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string OfferId { get; init; }
    public required string Description { get; init; }
    public string? DeviceModel { get; init; }
    public required string Currency { get; init; }

    /// <summary>Card-seconds.</summary>
    public required decimal Quantity { get; init; }
    public required decimal Remaining { get; init; }
    public required decimal UnitPrice { get; init; }
    public required long Net { get; init; }
    public required long Tax { get; init; }
    public required long Center { get; init; }
    public required long Operator { get; init; }
    public required long Commission { get; init; }
    public required string TaxJurisdiction { get; init; }
    public required long CenterDue { get; init; }
    public required long OperatorDue { get; init; }
    public required DateTimeOffset StartsAt { get; init; }
    public required DateTimeOffset EndsAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public required string IdempotencyKey { get; init; }
    public required string RequestHash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

[Global("Read with its reservation only, which is scoped.")]
internal sealed class ReservationDrawRow
{
    public required string Id { get; init; }
    public required string ReservationId { get; init; }
    public string? RatedLineId { get; init; }
    public required bool Unused { get; init; }
    public required decimal Quantity { get; init; }
    public string? JournalId { get; init; }
    public required DateTimeOffset DrawnAt { get; init; }
}

internal sealed class ReservationConfiguration : IEntityTypeConfiguration<ReservationRow>, IEntityTypeConfiguration<ReservationDrawRow>
{
    public void Configure(EntityTypeBuilder<ReservationRow> builder)
    {
        builder.ToTable("reservation", BillingModule.Schema);
        builder.Property(r => r.Quantity).HasColumnType(UsageConfiguration.Exact);
        builder.Property(r => r.Remaining).HasColumnType(UsageConfiguration.Exact);
        builder.Property(r => r.UnitPrice).HasColumnType(UsageConfiguration.Price);
    }

    public void Configure(EntityTypeBuilder<ReservationDrawRow> builder)
    {
        builder.ToTable("reservation_draw", BillingModule.Schema);
        builder.Property(d => d.Quantity).HasColumnType(UsageConfiguration.Exact);
    }
}

using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

[Global("Only the network desk reads what was set aside; it may name any contract, or none.")]
internal sealed class QuarantineRow
{
    public required string Id { get; init; }
    public required string Source { get; init; }
    public required string EventId { get; init; }
    public required byte[] PayloadHash { get; init; }
    public required string Reason { get; init; }
    public required string Detail { get; init; }
    public required string ContractId { get; init; }
    public required string Payload { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
}

[Global("Read with the quarantined reading only.")]
internal sealed class QuarantineOutcomeRow
{
    public required string QuarantineId { get; init; }
    public required string Outcome { get; init; }
    public required string Reason { get; init; }
    public string? Result { get; init; }
    public required string Actor { get; init; }
    public required DateTimeOffset DecidedAt { get; init; }
}

internal sealed class UsageDisputeRow : ITradeShared
{
    public required string Id { get; init; }
    public required string ContractId { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string Currency { get; init; }
    public required DateTimeOffset WindowFrom { get; init; }
    public required DateTimeOffset WindowTo { get; init; }
    public required string Reason { get; init; }
    public required string IdempotencyKey { get; init; }
    public required string OpenedBy { get; init; }
    public required DateTimeOffset OpenedAt { get; init; }
}

[Global("Read with the dispute only, which is scoped.")]
internal sealed class UsageDisputeOutcomeRow
{
    public required string DisputeId { get; init; }
    public required string Outcome { get; init; }
    public required decimal Share { get; init; }
    public required string Reason { get; init; }
    public string? JournalId { get; init; }
    public required string DecidedBy { get; init; }
    public required DateTimeOffset DecidedAt { get; init; }
}

internal sealed class UsageDeskConfiguration
    : IEntityTypeConfiguration<QuarantineRow>,
        IEntityTypeConfiguration<QuarantineOutcomeRow>,
        IEntityTypeConfiguration<UsageDisputeRow>,
        IEntityTypeConfiguration<UsageDisputeOutcomeRow>
{
    public void Configure(EntityTypeBuilder<QuarantineRow> builder)
    {
        builder.ToTable("usage_quarantine", BillingModule.Schema);
        builder.HasKey(q => q.Id);
        builder.Property(q => q.Payload).HasColumnType("jsonb");
    }

    public void Configure(EntityTypeBuilder<QuarantineOutcomeRow> builder)
    {
        builder.ToTable("usage_quarantine_outcome", BillingModule.Schema);
        builder.HasKey(o => o.QuarantineId);
    }

    public void Configure(EntityTypeBuilder<UsageDisputeRow> builder)
    {
        builder.ToTable("usage_dispute", BillingModule.Schema);
        builder.HasKey(d => d.Id);
    }

    public void Configure(EntityTypeBuilder<UsageDisputeOutcomeRow> builder)
    {
        builder.ToTable("usage_dispute_outcome", BillingModule.Schema);
        builder.HasKey(o => o.DisputeId);
        builder.Property(o => o.Share).HasColumnType(UsageConfiguration.Price);
    }
}

using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

internal sealed class PaymentRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string IdempotencyKey { get; init; }
    public required PaymentPurpose Purpose { get; init; }
    public string? InvoiceId { get; init; }
    public required bool Automatic { get; init; }
    public required long Amount { get; init; }
    public required long Fee { get; set; }
    public required long Refunded { get; set; }
    public required string Currency { get; init; }
    public required PaymentState State { get; set; }
    public required string Provider { get; init; }
    public string? ProviderReference { get; set; }
    public string? ChargeReference { get; set; }
    public string? Method { get; init; }
    public string? MethodLabel { get; set; }
    public string? ActionUrl { get; set; }
    public required int Attempt { get; set; }
    public string? Failure { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class RefundRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string PaymentId { get; init; }
    public required string IdempotencyKey { get; init; }
    public required long Amount { get; init; }
    public required string Currency { get; init; }
    public required RefundState State { get; set; }
    public required string Reason { get; init; }
    public string? ProviderReference { get; set; }
    public string? Failure { get; set; }
    public required int Attempt { get; set; }
    public required string StartedJournal { get; init; }
    public string? SettledJournal { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class DisputeRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string PaymentId { get; init; }
    public required string Reference { get; init; }
    public required DisputeState State { get; set; }
    public required long Amount { get; init; }
    public required long Fee { get; set; }
    public required long Frozen { get; set; }
    public required string Currency { get; init; }
    public required string Reason { get; init; }
    public string? Evidence { get; set; }
    public DateTimeOffset? EvidenceDueAt { get; set; }
    public DateTimeOffset? EvidenceSubmittedAt { get; set; }
    public required DateTimeOffset OpenedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; set; }
    public required DateTimeOffset UpdatedAt { get; set; }
}

[Global("The network's own comparison with its payment provider; only the network desk's pages read it.")]
internal sealed class BreakRow
{
    public required string Id { get; init; }
    public required BreakKind Kind { get; init; }
    public required string Subject { get; init; }
    public required string Currency { get; init; }
    public long? Ours { get; set; }
    public long? Theirs { get; set; }
    public required string Detail { get; set; }
    public required DateTimeOffset FoundAt { get; init; }
    public required DateTimeOffset SeenAt { get; set; }
    public DateTimeOffset? ResolvedAt { get; set; }
    public string? ResolvedBy { get; set; }
    public string? Explanation { get; set; }
}

internal sealed class PaymentConfiguration
    : IEntityTypeConfiguration<PaymentRow>,
        IEntityTypeConfiguration<RefundRow>,
        IEntityTypeConfiguration<DisputeRow>,
        IEntityTypeConfiguration<BreakRow>
{
    public void Configure(EntityTypeBuilder<PaymentRow> builder)
    {
        builder.ToTable("payment", BillingModule.Schema);
        builder.HasKey(p => p.Id);
    }

    public void Configure(EntityTypeBuilder<RefundRow> builder)
    {
        builder.ToTable("refund", BillingModule.Schema);
        builder.HasKey(r => r.Id);
    }

    public void Configure(EntityTypeBuilder<DisputeRow> builder)
    {
        builder.ToTable("dispute", BillingModule.Schema);
        builder.HasKey(d => d.Id);
    }

    public void Configure(EntityTypeBuilder<BreakRow> builder)
    {
        builder.ToTable("recon_break", BillingModule.Schema);
        builder.HasKey(b => b.Id);
    }
}

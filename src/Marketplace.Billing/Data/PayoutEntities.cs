using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

internal sealed class PayoutRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Role { get; init; }
    public required string Currency { get; init; }
    public required long Amount { get; set; }
    public required PayoutState State { get; set; }
    public required DateOnly DueOn { get; init; }
    public string? WaitsFor { get; set; }
    public string? Reason { get; set; }
    public bool TwoPerson { get; set; }
    public string? DestinationId { get; set; }
    public string? ProposedBy { get; set; }
    public string? ApprovedBy { get; set; }
    public string? Provider { get; set; }
    public string? ProviderReference { get; set; }
    public string? BankReference { get; set; }
    public string? FileId { get; set; }
    public int Attempt { get; set; } = 1;
    public string? JournalId { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? SubmittedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
}

internal sealed class PayoutDestinationRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Currency { get; init; }
    public required string Protected { get; init; }
    public required string Mask { get; init; }
    public string? ConnectAccount { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UsableFrom { get; init; }
}

internal sealed class PayoutHoldRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Role { get; init; }
    public required string Currency { get; init; }
    public required long Amount { get; init; }
    public required string Reason { get; init; }
    public required string IdempotencyKey { get; init; }
    public required string PlacedBy { get; init; }
    public required DateTimeOffset PlacedAt { get; init; }
    public string? ReleasedBy { get; set; }
    public DateTimeOffset? ReleasedAt { get; set; }
}

[Global("Only the network desk reads it: every handler checks.")]
internal sealed class PayoutFileRow
{
    public required string Id { get; init; }
    public required string Currency { get; init; }
    public required int Payouts { get; init; }
    public required long Total { get; init; }
    public required string IdempotencyKey { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class PayoutConfiguration
    : IEntityTypeConfiguration<PayoutRow>,
        IEntityTypeConfiguration<PayoutDestinationRow>,
        IEntityTypeConfiguration<PayoutHoldRow>,
        IEntityTypeConfiguration<PayoutFileRow>
{
    public void Configure(EntityTypeBuilder<PayoutRow> builder)
    {
        builder.ToTable("payout", BillingModule.Schema);
        builder.HasKey(p => p.Id);
    }

    public void Configure(EntityTypeBuilder<PayoutDestinationRow> builder)
    {
        builder.ToTable("payout_destination", BillingModule.Schema);
        builder.HasKey(d => d.Id);
    }

    public void Configure(EntityTypeBuilder<PayoutHoldRow> builder)
    {
        builder.ToTable("payout_hold", BillingModule.Schema);
        builder.HasKey(h => h.Id);
    }

    public void Configure(EntityTypeBuilder<PayoutFileRow> builder)
    {
        builder.ToTable("payout_file", BillingModule.Schema);
        builder.HasKey(f => f.Id);
    }
}

using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

/// <summary>A statement of the network's own account; amounts in micro-units.</summary>
[Global("The network's own bank account: read by the desk only, whose interface checks its permission.")]
internal sealed class BankStatementRow
{
    public required string Id { get; init; }
    public required string Account { get; init; }
    public required string Number { get; init; }
    public required string Currency { get; init; }
    public long? Closing { get; init; }
    public DateOnly? ClosingOn { get; init; }
    public required int Entries { get; init; }
    public required DateTimeOffset ImportedAt { get; init; }
}

/// <summary>A movement on the network's own account, and what became of it.</summary>
[Global("The network's own bank account: read by the desk only, whose interface checks its permission.")]
internal sealed class BankEntryRow
{
    public required string Id { get; init; }
    public required string StatementId { get; init; }
    public required string Account { get; init; }
    public required string Currency { get; init; }
    public required string Reference { get; init; }
    public required bool Incoming { get; init; }
    public required bool Reversal { get; init; }
    public required DateOnly BookedOn { get; init; }
    public required long Amount { get; init; }
    public string? Counterparty { get; init; }
    public string? CounterpartyAccount { get; init; }
    public required string Details { get; init; }
    public required BankEntryState State { get; set; }
    public string? PartyId { get; set; }
    public string? PaymentId { get; set; }
    public string? RefundId { get; set; }
    public string? PayoutId { get; set; }
    public string? Reason { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
}

internal sealed class BankConfiguration : IEntityTypeConfiguration<BankStatementRow>, IEntityTypeConfiguration<BankEntryRow>
{
    public void Configure(EntityTypeBuilder<BankStatementRow> builder)
    {
        builder.ToTable("bank_statement", BillingModule.Schema);
        builder.HasKey(s => s.Id);
    }

    public void Configure(EntityTypeBuilder<BankEntryRow> builder)
    {
        builder.ToTable("bank_entry", BillingModule.Schema);
        builder.HasKey(e => e.Id);
    }
}

using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

/// <summary>What the network lends a customer in one currency at most; in micro-units.</summary>
internal sealed class CreditLineRow : IPartyOwned
{
    /// <summary>The customer.</summary>
    public required string PartyId { get; init; }
    public required string Currency { get; init; }
    public required long Amount { get; set; }
    public required string Reason { get; set; }
    public required DateTimeOffset SetAt { get; set; }
}

internal sealed class CreditLineConfiguration : IEntityTypeConfiguration<CreditLineRow>
{
    public void Configure(EntityTypeBuilder<CreditLineRow> builder)
    {
        builder.ToTable("credit_line", BillingModule.Schema);
        builder.HasKey(l => new { l.PartyId, l.Currency });
    }
}

using Marketplace.Billing.Arrears;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Data;

/// <summary>A customer that is or was past due in one currency; amounts in micro-units.</summary>
internal sealed class ArrearsRow : IPartyOwned
{
    public required string Id { get; init; }

    /// <summary>The customer.</summary>
    public required string PartyId { get; init; }
    public required string PartyName { get; set; }
    public required string Currency { get; init; }
    public ArrearsState State { get; private set; } = ArrearsState.Current;
    public required DateTimeOffset EnteredAt { get; set; }
    public DateTimeOffset? MoreTimeUntil { get; set; }
    public long Overdue { get; set; }
    public long Unsecured { get; set; }
    public int Invoices { get; set; }
    public DateTimeOffset? Since { get; set; }
    public required DateTimeOffset LookedAt { get; set; }

    public ArrearsStand Stand => new(State, EnteredAt, MoreTimeUntil);

    /// <exception cref="Platform.States.IllegalTransitionException">The table does not have the step.</exception>
    public void MoveTo(ArrearsState state, DateTimeOffset at)
    {
        State = ArrearsRule.Table.Move(State, state);
        (EnteredAt, MoreTimeUntil) = (at, null);
    }
}

internal sealed class ArrearsConfiguration : IEntityTypeConfiguration<ArrearsRow>
{
    public void Configure(EntityTypeBuilder<ArrearsRow> builder)
    {
        builder.ToTable("arrears", BillingModule.Schema);
        builder.HasKey(a => a.Id);
        builder.Ignore(a => a.Stand);
    }
}

using Marketplace.Billing.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Platform.States;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Billing.Budgets;

// All of these are written once; the database refuses changes.

internal sealed class BudgetRow : IPartyOwned
{
    public static readonly TransitionTable<BudgetState> States = new("Budget", (BudgetState.Active, [BudgetState.Ended]));

    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required BudgetScope Scope { get; init; }
    public string? ScopeId { get; init; }
    public required BudgetKind Kind { get; init; }
    public required string Currency { get; init; }
    public required string IdempotencyKey { get; init; }
    public required string RequestHash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public List<BudgetVersionRow> Versions { get; init; } = [];

    /// <summary>The version that counts; the versions must be loaded.</summary>
    public BudgetVersionRow Latest => Versions.MaxBy(v => v.Version) ?? throw new InvalidOperationException($"Budget {Id} has no version.");
}

internal sealed class BudgetVersionRow : IPartyOwned
{
    public required string BudgetId { get; init; }
    public required int Version { get; init; }
    public required string PartyId { get; init; }
    public required string Name { get; init; }
    public required long Amount { get; init; }
    public required decimal[] Thresholds { get; init; }
    public required bool HardStop { get; init; }
    public required DateOnly StartsOn { get; init; }
    public required BudgetState State { get; init; }
    public required DateTimeOffset MadeAt { get; init; }
    public required string MadeBy { get; init; }

    /// <summary>The version after this one.</summary>
    public BudgetVersionRow Next(ChangeBudget change, BudgetState state, DateTimeOffset now, string by) =>
        new()
        {
            BudgetId = BudgetId,
            Version = Version + 1,
            PartyId = PartyId,
            Name = change.Name?.Trim() ?? Name,
            Amount = change.Amount is { } amount ? BudgetRules.Micros(amount) : Amount,
            Thresholds = change.Thresholds?.Order().ToArray() ?? Thresholds,
            HardStop = change.HardStop ?? HardStop,
            StartsOn = StartsOn,
            State = state,
            MadeAt = now,
            MadeBy = by,
        };
}

internal sealed class ContractScopeRow : IPartyOwned
{
    public required string ContractId { get; init; }
    public required string PartyId { get; init; }
    public string? ProjectId { get; init; }
    public string? MemberId { get; init; }
    public required long PerHour { get; init; }
    public string? BundleId { get; init; }
    public string? OfferId { get; init; }
    public string? SiteId { get; init; }
    public string? ClusterId { get; init; }
}

internal sealed class BudgetAlertRow : IPartyOwned
{
    public required string Id { get; init; }
    public required string BudgetId { get; init; }
    public required string PartyId { get; init; }
    public required BudgetAlertKind Kind { get; init; }
    public required DateOnly PeriodStart { get; init; }
    public required decimal Threshold { get; init; }
    public required long Amount { get; init; }
    public required long Spent { get; init; }
    public DateTimeOffset? UsedUpAt { get; init; }
    public required DateTimeOffset RaisedAt { get; init; }
}

internal sealed class BudgetStopRow : IPartyOwned
{
    public required string BudgetId { get; init; }
    public required DateOnly PeriodStart { get; init; }
    public required long Amount { get; init; }
    public required string ContractId { get; init; }
    public required string PartyId { get; init; }
    public required DateTimeOffset StoppedAt { get; init; }
}

internal sealed class BudgetConfiguration
    : IEntityTypeConfiguration<BudgetRow>,
        IEntityTypeConfiguration<BudgetVersionRow>,
        IEntityTypeConfiguration<ContractScopeRow>,
        IEntityTypeConfiguration<BudgetAlertRow>,
        IEntityTypeConfiguration<BudgetStopRow>
{
    // No fixed scale: 0.8 stays 0.8.
    private const string Fraction = "numeric";

    public void Configure(EntityTypeBuilder<BudgetRow> builder)
    {
        builder.ToTable("budget", BillingModule.Schema).HasKey(b => b.Id);
        builder.HasMany(b => b.Versions).WithOne().HasForeignKey(v => v.BudgetId);
        builder.Ignore(b => b.Latest);
    }

    public void Configure(EntityTypeBuilder<BudgetVersionRow> builder)
    {
        builder.ToTable("budget_version", BillingModule.Schema).HasKey(v => new { v.BudgetId, v.Version });
        builder.Property(v => v.Thresholds).HasColumnType($"{Fraction}[]");
    }

    public void Configure(EntityTypeBuilder<ContractScopeRow> builder) =>
        builder.ToTable("contract_scope", BillingModule.Schema).HasKey(s => s.ContractId);

    public void Configure(EntityTypeBuilder<BudgetAlertRow> builder)
    {
        builder.ToTable("budget_alert", BillingModule.Schema).HasKey(a => a.Id);
        builder.Property(a => a.Threshold).HasColumnType(Fraction);
        builder.HasOne<BudgetRow>().WithMany().HasForeignKey(a => a.BudgetId);
    }

    public void Configure(EntityTypeBuilder<BudgetStopRow> builder)
    {
        builder
            .ToTable("budget_stop", BillingModule.Schema)
            .HasKey(s => new
            {
                s.BudgetId,
                s.PeriodStart,
                s.Amount,
                s.ContractId,
            });
        builder.HasOne<BudgetRow>().WithMany().HasForeignKey(s => s.BudgetId);
    }
}

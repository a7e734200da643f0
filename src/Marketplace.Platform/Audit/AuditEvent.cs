using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Platform.Audit;

/// <summary>What kind of actor did it.</summary>
public enum AuditActor
{
    Person,

    /// <summary>An API key or OAuth client.</summary>
    Program,
    System,
}

/// <summary>How it ended.</summary>
public enum AuditOutcome
{
    /// <summary>Committed, in the same transaction as this row.</summary>
    Done,

    /// <summary>Not permitted; nothing was changed.</summary>
    Refused,
}

/// <summary>Who did what to what, when and from where. Rows never change: the application may only add them, and triggers refuse everybody else.</summary>
internal sealed class AuditEvent : IPartyOwned
{
    public required string Id { get; init; }

    /// <summary>The party that acted; empty for the system.</summary>
    public required string PartyId { get; init; }
    public required DateTimeOffset At { get; init; }
    public required AuditActor ActorKind { get; init; }

    /// <summary>The person's or the credential's id; null for the system.</summary>
    public string? ActorId { get; init; }
    public required string ActorName { get; init; }

    /// <summary>What was done, such as <c>listing.price-changed</c>.</summary>
    public required string Action { get; init; }
    public required string TargetKind { get; init; }
    public required string TargetId { get; init; }
    public required AuditOutcome Outcome { get; init; }

    /// <summary>The new value in words, such as a price or a role; never a secret.</summary>
    public string? Detail { get; init; }

    /// <summary>Where from: address and browser of a person, address of a program.</summary>
    public string? Origin { get; init; }
}

internal sealed class AuditConfiguration : IEntityTypeConfiguration<AuditEvent>
{
    public void Configure(EntityTypeBuilder<AuditEvent> builder)
    {
        builder.ToTable("audit_event", "platform");
        builder.HasKey(e => e.Id);
    }
}

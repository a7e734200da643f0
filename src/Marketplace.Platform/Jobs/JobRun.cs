using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Platform.Jobs;

/// <summary>How a run stands.</summary>
public enum JobOutcome
{
    /// <summary>Asked for by hand; a worker takes it next.</summary>
    Requested,
    Running,
    Succeeded,
    Failed,

    /// <summary>Its worker ended before the job did; a later run has taken over.</summary>
    Lost,
}

[Global("Plumbing: written by the workers, read by the network desk.")]
internal sealed class JobRun
{
    public required string Id { get; init; }
    public required string Job { get; init; }
    public required JobOutcome Outcome { get; set; }

    /// <summary>When it is known: asked for, or started.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who asked for it; null for the schedule.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>The request's idempotency key, one run each.</summary>
    public string? RequestKey { get; init; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Which process ran it.</summary>
    public string? Worker { get; set; }

    /// <summary>How many things it changed.</summary>
    public int? Changed { get; set; }
    public string? Error { get; set; }
}

internal sealed class JobRunConfiguration : IEntityTypeConfiguration<JobRun>
{
    public void Configure(EntityTypeBuilder<JobRun> builder)
    {
        builder.ToTable("job_run", "platform");
        builder.HasKey(r => r.Id);
    }
}

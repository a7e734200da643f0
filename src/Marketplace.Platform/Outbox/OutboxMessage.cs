using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Platform.Outbox;

[Global("Plumbing: read by the dispatcher and the network desk only.")]
internal sealed class OutboxMessage
{
    public required string Id { get; init; }
    public required string Type { get; init; }

    /// <summary>Messages of one key keep their order.</summary>
    public string? Key { get; init; }
    public required string Payload { get; init; }
    public required DateTimeOffset OccurredAt { get; init; }
    public int Attempts { get; set; }
    public required DateTimeOffset NextAttemptAt { get; set; }
    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>Set when attempts are used up; a person looks at it in the admin console and replays it.</summary>
    public DateTimeOffset? DeadAt { get; set; }
    public string? LastError { get; set; }
}

[Global("Plumbing: which handler has seen which message.")]
internal sealed class InboxEntry
{
    public required string MessageId { get; init; }
    public required string Handler { get; init; }
    public required DateTimeOffset HandledAt { get; init; }
}

internal sealed class OutboxConfiguration : IEntityTypeConfiguration<OutboxMessage>, IEntityTypeConfiguration<InboxEntry>
{
    public void Configure(EntityTypeBuilder<OutboxMessage> builder)
    {
        builder.ToTable("outbox_message", "platform");
        builder.HasKey(m => m.Id);
        builder.Property(m => m.Payload).HasColumnType("jsonb");
    }

    public void Configure(EntityTypeBuilder<InboxEntry> builder)
    {
        builder.ToTable("inbox_entry", "platform");
        builder.HasKey(e => new { e.MessageId, e.Handler });
    }
}

using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.Mail;

/// <summary>A mail that waits to be sent, written in the transaction that wants it sent.</summary>
[Global("Addressed to a person, not to a party; only identity reads this table.")]
internal sealed class OutgoingMail
{
    public required string Id { get; init; }
    public required string Recipient { get; init; }
    public required string Subject { get; init; }

    /// <summary>Encrypted: it holds one-time links. Empty once sent.</summary>
    public required string ProtectedBody { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public int Attempts { get; set; }
    public required DateTimeOffset NextAttemptAt { get; set; }
    public DateTimeOffset? SentAt { get; set; }
    public DateTimeOffset? GivenUpAt { get; set; }
    public string? LastError { get; set; }
}

internal sealed class OutgoingMailConfiguration : IEntityTypeConfiguration<OutgoingMail>
{
    public void Configure(EntityTypeBuilder<OutgoingMail> builder) => builder.ToTable("outgoing_mail", "identity").HasKey(m => m.Id);
}

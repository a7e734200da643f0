using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.Sessions;

/// <summary>One signed-in browser. The cookie carries only its id, encrypted; this row decides whether it still counts.</summary>
[Global("Belongs to a person, not to a party; only identity reads this table.")]
internal sealed class Session
{
    public required string Id { get; init; }
    public required string PersonId { get; init; }
    public required string SecurityStamp { get; set; }

    /// <summary>The organisation the person acts for now.</summary>
    public string? PartyId { get; set; }

    /// <summary>Browser and system in words, from the user agent.</summary>
    public required string Device { get; init; }
    public required string Ip { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset LastSeenAt { get; set; }
    public required DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> builder)
    {
        builder.ToTable("session", "identity").HasKey(s => s.Id);
        builder.HasOne<Person>().WithMany().HasForeignKey(s => s.PersonId);
    }
}

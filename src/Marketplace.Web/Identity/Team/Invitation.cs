using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.Team;

/// <summary>A mailed offer to join an organisation; only the hash of its link is kept.</summary>
internal sealed class Invitation : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Email { get; init; }
    public required string NormalizedEmail { get; init; }
    public required MemberRole Role { get; init; }
    public required byte[] TokenHash { get; set; }
    public required string InvitedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? AcceptedAt { get; set; }
    public DateTimeOffset? WithdrawnAt { get; set; }
}

internal sealed class InvitationConfiguration : IEntityTypeConfiguration<Invitation>
{
    public void Configure(EntityTypeBuilder<Invitation> builder) => builder.ToTable("invitation", "identity").HasKey(i => i.Id);
}

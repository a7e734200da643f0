using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.Team;

/// <summary>A person in an organisation, with one role.</summary>
internal sealed class Membership : IPartyOwned
{
    public required string Id { get; init; }
    public required string PersonId { get; init; }
    public required string PartyId { get; init; }
    public required MemberRole Role { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class MembershipConfiguration : IEntityTypeConfiguration<Membership>
{
    public void Configure(EntityTypeBuilder<Membership> builder)
    {
        builder.ToTable("membership", "identity").HasKey(m => m.Id);
        builder.HasOne<Person>().WithMany().HasForeignKey(m => m.PersonId);
    }
}

using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.Credentials;

/// <summary>What an API key and an OAuth client have in common.</summary>
internal abstract class Credential : IPartyOwned
{
    public required string Id { get; init; }
    public required string PartyId { get; init; }
    public required string Name { get; init; }
    public required string[] Scopes { get; init; }

    /// <summary>At most the role of whoever made it, and never Owner.</summary>
    public required MemberRole Role { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }

    public bool IsGood(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}

/// <summary>A long-lived secret of a program; only its hash is kept.</summary>
internal sealed class ApiKey : Credential
{
    public const string SecretPrefix = "mk_";

    /// <summary>The first characters, to recognise it by.</summary>
    public required string Prefix { get; init; }
    public required byte[] Hash { get; init; }
}

/// <summary>An OAuth 2 client: exchanges its secret for short-lived tokens.</summary>
internal sealed class OAuthClient : Credential
{
    public const string SecretPrefix = "mcs_";
    public required byte[] SecretHash { get; init; }
}

internal sealed class CredentialConfiguration : IEntityTypeConfiguration<ApiKey>, IEntityTypeConfiguration<OAuthClient>
{
    public void Configure(EntityTypeBuilder<ApiKey> builder) => builder.ToTable("api_key", "identity").HasKey(k => k.Id);

    public void Configure(EntityTypeBuilder<OAuthClient> builder)
    {
        builder.ToTable("oauth_client", "identity").HasKey(c => c.Id);
    }
}

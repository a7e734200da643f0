using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Marketplace.Web.Identity.Tokens;

/// <summary>An ECDSA P-256 key that signs access tokens for a time, and stays published until its last token has expired.</summary>
[Global("The issuer's own keys; the public halves are published to everybody.")]
internal sealed class SigningKey
{
    /// <summary>The <c>kid</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Coordinates of the public point, base64url (RFC 7518 §6.2).</summary>
    public required string X { get; init; }
    public required string Y { get; init; }

    /// <summary>PKCS #8, encrypted by the data-protection keys.</summary>
    public required string ProtectedPrivateKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset SignsFrom { get; init; }
    public required DateTimeOffset SignsUntil { get; init; }
    public required DateTimeOffset PublishedUntil { get; init; }
}

internal sealed class SigningKeyConfiguration : IEntityTypeConfiguration<SigningKey>
{
    public void Configure(EntityTypeBuilder<SigningKey> builder) => builder.ToTable("signing_key", "identity").HasKey(k => k.Id);
}

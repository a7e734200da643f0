using Marketplace.Platform.Parties;

namespace Marketplace.Web.Identity.Credentials;

public enum CredentialState
{
    Active,
    Expired,
    Revoked,
}

/// <summary>A credential as its organisation sees it. The secret was shown once and is not kept.</summary>
/// <param name="Hint">The first characters of an API key's secret; null for clients.</param>
public sealed record CredentialView(
    string Id,
    string Name,
    string? Hint,
    IReadOnlyList<string> Scopes,
    MemberRole Role,
    CredentialState State,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>A new credential with its secret, which is never shown again.</summary>
public sealed record CreatedCredential(string Id, string Secret, CredentialView Credential);

/// <param name="Scopes">From <see cref="Permissions.AllScopes"/>.</param>
/// <param name="ExpiresAt">null never expires.</param>
/// <param name="Role">null is the highest the caller may give: their own, at most Admin.</param>
public sealed record CreateCredential(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null, MemberRole? Role = null);

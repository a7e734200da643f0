using Marketplace.Platform.Ids;

namespace Marketplace.Platform.Parties;

/// <summary>The kinds of party; one organisation may be several.</summary>
[Flags]
public enum PartyKinds
{
    None = 0,
    Center = 1,
    Operator = 2,
    Customer = 4,

    /// <summary>The network's own desk: its members see every party through the admin console.</summary>
    Platform = 8,
}

/// <summary>What a member of an organisation may do, from least to most.</summary>
public enum MemberRole
{
    Viewer = 0,
    Member = 1,
    Finance = 2,
    Admin = 3,
    Owner = 4,
}

/// <summary>Who acts: a member of a party in the portal, an API key or client of a party, or the system itself.</summary>
/// <param name="PartyId">The organisation acted for; empty for the system.</param>
/// <param name="Kinds">That organisation's kinds.</param>
/// <param name="Role">The member's role, or the role an API key was given.</param>
public sealed record Actor(string PartyId, PartyKinds Kinds, MemberRole Role)
{
    /// <summary>Background work on behalf of the marketplace. Sees every party.</summary>
    public static readonly Actor System = new("", PartyKinds.None, MemberRole.Owner) { IsSystem = true, Name = "system" };

    public bool IsSystem { get; private init; }

    /// <summary>The person, when there is one.</summary>
    public string? UserId { get; init; }

    /// <summary>API key or OAuth client id, when a program acts.</summary>
    public string? CredentialId { get; init; }

    /// <summary>Whose doing it is inside the organisation: the person, or the credential that acts by itself; null for neither.</summary>
    public string? MemberId => UserId ?? CredentialId;

    /// <summary>The same actor in a member's name.</summary>
    /// <param name="memberId">A <see cref="MemberId"/>; null leaves the actor as it is.</param>
    public Actor OfMember(string? memberId) =>
        memberId is null ? this
        : memberId.StartsWith(IdPrefix.User + "_", StringComparison.Ordinal) ? this with { UserId = memberId }
        : this with { CredentialId = memberId };

    /// <summary>Shown in audit trails.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where the actor comes from, for audit trails: an address, and for people their browser.</summary>
    public string? Origin { get; init; }

    /// <summary>Scopes of the credential; null for people, who are limited by role only.</summary>
    public IReadOnlySet<string>? Scopes { get; init; }

    /// <summary>True for the system and for the network desk: reads are not limited to one party.</summary>
    public bool SeesAll => IsSystem || Kinds.HasFlag(PartyKinds.Platform);

    public bool Is(PartyKinds kind) => IsSystem || (Kinds & kind) != PartyKinds.None;
}

using Marketplace.Platform.Parties;

namespace Marketplace.Web.Identity.Team;

/// <summary>A member as the organisation sees them.</summary>
/// <param name="You">The member is who asks.</param>
public sealed record MemberView(
    string Id,
    string PersonId,
    string Name,
    string Email,
    MemberRole Role,
    bool EmailConfirmed,
    bool You,
    DateTimeOffset JoinedAt
);

public enum InvitationState
{
    Open,
    Accepted,
    Withdrawn,
    Expired,
}

/// <summary>An invitation as the organisation sees it; its link is in the mail only.</summary>
public sealed record InvitationView(
    string Id,
    string Email,
    MemberRole Role,
    InvitationState State,
    string InvitedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt
);

/// <param name="Email">Where the link goes.</param>
public sealed record InviteMember(string Email, MemberRole Role);

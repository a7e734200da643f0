using Marketplace.Market.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Team;

namespace Marketplace.Web.Identity.Endpoints;

/// <param name="Role">The caller's role there.</param>
/// <param name="Scopes">The credential's scopes.</param>
internal sealed record OrganizationView(PartyView Organization, MemberRole Role, IReadOnlyList<string> Scopes);

internal sealed record ChangeRole(MemberRole Role);

/// <summary><c>/organizations</c>, <c>/members</c>, <c>/invitations</c>.</summary>
internal static class TeamEndpoints
{
    public static void MapOrganizations(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/organizations").WithTags("Organization");
        group
            .MapGet("/me", MeAsync)
            .RequireAnyMember("Everybody may see whom they act for.")
            .WithSummary("Read the organisation you act for");
    }

    public static void MapMembers(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/members").WithTags("Team");
        group.MapGet("", ListMembersAsync).RequirePermission(Permission.TeamRead).WithSummary("List members");
        group.MapGet("/{memberId}", GetMemberAsync).RequirePermission(Permission.TeamRead).WithSummary("Read a member");
        group.MapPatch("/{memberId}", ChangeRoleAsync).RequirePermission(Permission.TeamWrite).WithSummary("Change a member's role");
        group.MapDelete("/{memberId}", RemoveMemberAsync).RequirePermission(Permission.TeamWrite).WithSummary("Remove a member");
    }

    public static void MapInvitations(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/invitations").WithTags("Team");
        group.MapGet("", ListInvitationsAsync).RequirePermission(Permission.TeamRead).WithSummary("List invitations");
        group.MapPost("", InviteAsync).RequirePermission(Permission.TeamWrite).WithSummary("Invite somebody by mail");
        group.MapDelete("/{invitationId}", WithdrawAsync).RequirePermission(Permission.TeamWrite).WithSummary("Withdraw an invitation");
    }

    private static async Task<ApiResult<OrganizationView>> MeAsync(ActorContext actor, IParties parties, CancellationToken ct) =>
        (
            await parties.FindAsync(actor.Current.PartyId, ct) is { } party
                ? new OrganizationView(party, actor.Current.Role, [.. actor.Current.Scopes ?? Permissions.AllScopes.ToHashSet()])
                : null
        ).OrNotFound("organisation", actor.Current.PartyId);

    private static async Task<ApiPage<MemberView>> ListMembersAsync(
        [AsParameters] ListParameters list,
        Members members,
        CancellationToken ct
    ) => Paged.From(await members.ListAsync(ct), list, m => m.Id, m => $"{m.Name} {m.Email} {m.Id}");

    private static async Task<ApiResult<MemberView>> GetMemberAsync(string memberId, Members members, CancellationToken ct) =>
        (await members.FindAsync(memberId, ct)).ToResult(Tag);

    // A role is what two administrators could change at once, so the change must name the state it is based on.
    private static async Task<ApiResult<MemberView>> ChangeRoleAsync(
        string memberId,
        ChangeRole body,
        HttpRequest request,
        Members members,
        CancellationToken ct
    )
    {
        Outcome<MemberView> current = await members.FindAsync(memberId, ct);
        if (!current.IsOk)
            return current.ToResult();
        if (request.CheckIfMatch(Tag(current.Value)) is { } problem)
            return Outcome<MemberView>.Fail(problem).ToResult();
        return (await members.ChangeRoleAsync(memberId, body.Role, ct)).ToResult(Tag);
    }

    private static async Task<ApiDone> RemoveMemberAsync(string memberId, Members members, CancellationToken ct) =>
        (await members.RemoveAsync(memberId, ct)).ToNoContent();

    private static async Task<ApiPage<InvitationView>> ListInvitationsAsync(
        [AsParameters] ListParameters list,
        Invitations invitations,
        CancellationToken ct
    ) => Paged.From(await invitations.ListAsync(ct), list, i => i.Id, i => $"{i.Email} {i.Id}");

    private static async Task<ApiCreated<InvitationView>> InviteAsync(InviteMember body, Invitations invitations, CancellationToken ct) =>
        (await invitations.InviteAsync(body, ct)).ToCreated(i => $"/api/v1/invitations/{i.Id}");

    private static async Task<ApiDone> WithdrawAsync(string invitationId, Invitations invitations, CancellationToken ct) =>
        (await invitations.WithdrawAsync(invitationId, ct)).ToNoContent();

    private static string Tag(MemberView member) => $"{member.Id}-{member.Role}";
}

using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.Team;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Who belongs to the organisation, with which role, and who is invited.</summary>
public partial class TeamPage
{
    [Inject]
    private PortalActions Portal { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    private bool MayChange { get; set; }
    private bool Inviting { get; set; }
    private string? InviteEmail { get; set; }
    private MemberRole InviteRole { get; set; } = MemberRole.Member;
    private FormErrors InviteErrors { get; } = new();
    private DataGrid<MemberView> MemberGrid { get; set; } = default!;
    private DataGrid<InvitationView> InvitationGrid { get; set; } = default!;
    private MemberView? Chosen { get; set; }
    private MemberRole NewRole { get; set; }
    private bool ChangingRole { get; set; }
    private bool Removing { get; set; }
    private string? Failure { get; set; }
    private IReadOnlyList<Choice<MemberRole>> RoleChoices { get; set; } = [];

    protected override async Task OnInitializedAsync()
    {
        Actor actor = (await Portal.PersonAsync()).Actor;
        MayChange = actor.Allows(Permission.TeamWrite);
        RoleChoices =
        [
            .. Enum.GetValues<MemberRole>()
                .Where(role => role < MemberRole.Owner || actor.Role == MemberRole.Owner)
                .Select(role => new Choice<MemberRole>(role, RoleNames.Of(role, T))),
        ];
    }

    private async Task<GridPage<MemberView>> LoadMembersAsync(GridQuery query, CancellationToken ct) =>
        SmallGrid.From(
            await Portal.RunAsync<Members, Outcome<IReadOnlyList<MemberView>>>(members => members.ListAsync(ct)),
            query,
            member => $"{member.Name} {member.Email}",
            new(StringComparer.Ordinal)
            {
                ["name"] = member => member.Name,
                ["role"] = member => member.Role,
                ["joined"] = member => member.JoinedAt,
            }
        );

    private async Task<GridPage<InvitationView>> LoadInvitationsAsync(GridQuery query, CancellationToken ct) =>
        SmallGrid.From(
            await Portal.RunAsync<Invitations, Outcome<IReadOnlyList<InvitationView>>>(invitations => invitations.ListAsync(ct)),
            query,
            invitation => invitation.Email,
            new(StringComparer.Ordinal) { ["email"] = invitation => invitation.Email, ["expires"] = invitation => invitation.ExpiresAt }
        );

    private async Task InviteAsync()
    {
        var request = new InviteMember(InviteEmail?.Trim() ?? "", InviteRole);
        var done = await Portal.RunAsync<Invitations, Outcome<InvitationView>>(invitations =>
            invitations.InviteAsync(request, CancellationToken.None)
        );
        if (!done.IsOk)
        {
            InviteErrors.Set(done.Problem);
            return;
        }
        (Inviting, InviteEmail) = (false, null);
        Toasts.Show(Tone.Running, T["Team.Invited", done.Value.Email]);
        await InvitationGrid.ReloadAsync();
    }

    private async Task ResendAsync(InvitationView invitation)
    {
        var request = new InviteMember(invitation.Email, invitation.Role);
        await TellAsync(
            await Portal.RunAsync<Invitations, Outcome<InvitationView>>(invitations =>
                invitations.InviteAsync(request, CancellationToken.None)
            ),
            T["Team.Invited", invitation.Email]
        );
    }

    private async Task WithdrawAsync(InvitationView invitation) =>
        await TellAsync(
            await Portal.RunAsync<Invitations, Outcome<Done>>(invitations =>
                invitations.WithdrawAsync(invitation.Id, CancellationToken.None)
            ),
            T["Team.Withdrawn", invitation.Email]
        );

    private async Task TellAsync<TValue>(Outcome<TValue> outcome, string done)
    {
        Toasts.Show(outcome.IsOk ? Tone.Running : Tone.Failed, outcome.IsOk ? done : outcome.Problem.Detail);
        await InvitationGrid.ReloadAsync();
    }

    private void StartRole(MemberView member) => (Chosen, NewRole, Failure, ChangingRole) = (member, member.Role, null, true);

    private void StartRemove(MemberView member) => (Chosen, Failure, Removing) = (member, null, true);

    private async Task<bool> ChangeRoleAsync()
    {
        string id = Chosen!.Id;
        return await FinishAsync(
            await Portal.RunAsync<Members, Outcome<MemberView>>(members => members.ChangeRoleAsync(id, NewRole, CancellationToken.None))
        );
    }

    private async Task<bool> RemoveAsync()
    {
        string id = Chosen!.Id;
        return await FinishAsync(await Portal.RunAsync<Members, Outcome<Done>>(members => members.RemoveAsync(id, CancellationToken.None)));
    }

    private async Task<bool> FinishAsync<TValue>(Outcome<TValue> outcome)
    {
        Failure = outcome.Problem?.Detail;
        if (outcome.IsOk)
            await MemberGrid.ReloadAsync();
        return outcome.IsOk;
    }

    private static Tone ToneOf(InvitationState state) =>
        state switch
        {
            InvitationState.Open => Tone.Waiting,
            InvitationState.Accepted => Tone.Running,
            InvitationState.Withdrawn => Tone.Ended,
            InvitationState.Expired => Tone.Ended,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No tone for this state."),
        };
}

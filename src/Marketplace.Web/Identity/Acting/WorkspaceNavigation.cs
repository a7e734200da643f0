using System.Security.Claims;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Identity.Sessions;
using Microsoft.AspNetCore.Components.Authorization;

namespace Marketplace.Web.Identity.Acting;

/// <summary>The person and their workspaces: one for each kind of each organisation they belong to. Figures come from the other rooms.</summary>
internal sealed class WorkspaceNavigation(AuthenticationStateProvider authentication, ActorResolver actors) : INavigationSource
{
    private static readonly (PartyKinds Party, WorkspaceKind Workspace)[] Kinds =
    [
        (PartyKinds.Customer, WorkspaceKind.Customer),
        (PartyKinds.Center, WorkspaceKind.Center),
        (PartyKinds.Operator, WorkspaceKind.Operator),
        (PartyKinds.Platform, WorkspaceKind.Admin),
    ];

    public event Action? Changed
    {
        // Who is here does not change within a circuit: switching the organisation loads the page anew.
        add { }
        remove { }
    }

    public async Task<NavigationView> ReadAsync(WorkspaceKind workspace, CancellationToken cancellation)
    {
        ClaimsPrincipal person = (await authentication.GetAuthenticationStateAsync()).User;
        if (
            person.Identity is not { IsAuthenticated: true, Name: { } name }
            || person.FindFirstValue(ClaimTypes.NameIdentifier) is not { } id
        )
            return NavigationView.Nobody;
        string? current = person.FindFirstValue(SessionCookie.PartyClaim);
        var memberships = await actors.MembershipsAsync(id, cancellation);
        return NavigationView.Nobody with
        {
            Person = new PersonView(name, person.FindFirstValue(ClaimTypes.Email)),
            Workspaces =
            [
                .. from membership in memberships
                from kind in Kinds
                where membership.Party.Kinds.HasFlag(kind.Party)
                select new WorkspaceView(
                    membership.Party.Id,
                    membership.Party.Name,
                    kind.Workspace,
                    Link(membership.Party.Id, kind.Workspace, current),
                    membership.Party.Id == current && kind.Workspace == workspace
                ),
            ],
        };
    }

    private static string Link(string partyId, WorkspaceKind kind, string? current)
    {
        string home = Workspaces.HomeOf(kind);
        return partyId == current ? home : $"/workspace/{partyId}?to={Uri.EscapeDataString(home)}";
    }
}

using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;

namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>Knows only what the sign-in says: who the person is. It invents no workspaces and no figures.</summary>
internal sealed class ClaimsNavigationSource(AuthenticationStateProvider authentication) : INavigationSource
{
    public event Action? Changed
    {
        // Claims do not change within a circuit.
        add { }
        remove { }
    }

    public async Task<NavigationView> ReadAsync(WorkspaceKind workspace, CancellationToken cancellation)
    {
        var person = (await authentication.GetAuthenticationStateAsync()).User;
        if (person.Identity is not { IsAuthenticated: true, Name: { } name })
        {
            return NavigationView.Nobody;
        }

        return NavigationView.Nobody with
        {
            Person = new PersonView(name, person.FindFirstValue(ClaimTypes.Email)),
        };
    }
}

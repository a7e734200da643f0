using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace Marketplace.Web.Components.Layout;

/// <summary>Someone who is not signed in goes to <c>/sign-in</c> and comes back; someone who is may not see this page and is told so.</summary>
public partial class RefusedPage
{
    [CascadingParameter]
    private Task<AuthenticationState> Authentication { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    private bool SignedIn { get; set; }

    protected override async Task OnInitializedAsync()
    {
        SignedIn = (await Authentication).User.Identity is { IsAuthenticated: true };
        if (!SignedIn)
        {
            var here = "/" + Navigation.ToBaseRelativePath(Navigation.Uri);
            Navigation.NavigateTo($"/sign-in?returnUrl={Uri.EscapeDataString(here)}", forceLoad: true);
        }
    }
}

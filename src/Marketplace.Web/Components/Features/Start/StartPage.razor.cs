using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Components.Shared.Icons;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace Marketplace.Web.Components.Features.Start;

/// <summary>The front door. Someone who is signed in goes straight to their workspace.</summary>
public partial class StartPage
{
    private static readonly IReadOnlyList<(IconName Icon, string Key)> Parties =
    [
        (IconName.Grid, "Customer"),
        (IconName.Chip, "Center"),
        (IconName.Layers, "Operator"),
    ];

    [CascadingParameter]
    private Task<AuthenticationState> Authentication { get; set; } = default!;

    [Inject]
    private INavigationSource Source { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        if ((await Authentication).User.Identity is not { IsAuthenticated: true })
        {
            return;
        }

        var view = await Source.ReadAsync(WorkspaceKind.Customer, CancellationToken.None);
        var first = view.Workspaces.FirstOrDefault(workspace => workspace.IsCurrent) ?? view.Workspaces.FirstOrDefault();
        var home = first is null ? Workspaces.HomeOf(WorkspaceKind.Customer) : Workspaces.HomeOf(first.Kind);
        if (home != "/")
        {
            Navigation.NavigateTo(home);
        }
    }
}

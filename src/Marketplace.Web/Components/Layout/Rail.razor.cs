using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>The navigation of the workspace, on wide screens.</summary>
public partial class Rail
{
    [Parameter, EditorRequired]
    public NavigationView View { get; set; } = NavigationView.Nobody;

    [Parameter, EditorRequired]
    public WorkspaceKind Workspace { get; set; }

    /// <summary>The current path, relative to the site's root.</summary>
    [Parameter, EditorRequired]
    public string Path { get; set; } = "";

    private NavItem? Current => Workspaces.ItemOf(Path);
}

using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>Crumbs on the left, search and the person's own things on the right.</summary>
public partial class TopBar
{
    [Parameter, EditorRequired]
    public NavigationView View { get; set; } = NavigationView.Nobody;

    [Parameter, EditorRequired]
    public WorkspaceKind Workspace { get; set; }

    [Parameter, EditorRequired]
    public string Path { get; set; } = "";
}

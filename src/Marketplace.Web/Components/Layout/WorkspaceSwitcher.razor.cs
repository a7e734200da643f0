using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>The organisations the person belongs to, once per kind.</summary>
public partial class WorkspaceSwitcher
{
    [Parameter, EditorRequired]
    public NavigationView View { get; set; } = NavigationView.Nobody;

    [Parameter, EditorRequired]
    public WorkspaceKind Workspace { get; set; }

    private WorkspaceView? Current => View.Workspaces.FirstOrDefault(workspace => workspace.Kind == Workspace && workspace.IsCurrent);
}

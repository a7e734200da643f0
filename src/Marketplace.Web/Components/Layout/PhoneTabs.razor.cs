using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Layout;

/// <summary>On a phone the rail becomes up to four tabs, and a fifth that holds the rest.</summary>
public partial class PhoneTabs
{
    [Parameter, EditorRequired]
    public WorkspaceKind Workspace { get; set; }

    [Parameter, EditorRequired]
    public string Path { get; set; } = "";

    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, NavCount> Counts { get; set; } = NavigationView.Nobody.Counts;

    private IReadOnlyList<NavItem> Items => [.. Workspaces.Sections(Workspace).SelectMany(section => section.Items)];

    private IReadOnlyList<NavItem> Tabs => [.. Items.Where(item => item.PhoneTab).Take(4)];

    private IReadOnlyList<NavItem> Rest => [.. Items.Except(Tabs)];

    private NavItem? Current => Workspaces.ItemOf(Path);
}

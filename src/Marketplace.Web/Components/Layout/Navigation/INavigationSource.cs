namespace Marketplace.Web.Components.Layout.Navigation;

/// <summary>Feeds the shell: the person, the workspaces, the counts and the foot figure. Scoped, one per circuit.</summary>
public interface INavigationSource
{
    /// <summary>Raised, on any thread, when a count or the foot figure may have changed. The shell then reads again.</summary>
    event Action? Changed;

    /// <summary>Reads the view for the workspace the person is in.</summary>
    Task<NavigationView> ReadAsync(WorkspaceKind workspace, CancellationToken cancellation);
}

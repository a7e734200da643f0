using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace Marketplace.Web.Components.Layout;

/// <summary>The shell around every page of the portal: rail, bar, footer, phone tabs.</summary>
public sealed partial class MainLayout : IDisposable
{
    private readonly CancellationTokenSource _gone = new();

    [Inject]
    private INavigationSource Source { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private ILogger<MainLayout> Log { get; set; } = default!;

    private NavigationView View { get; set; } = NavigationView.Nobody;

    private ErrorBoundary? Boundary { get; set; }

    private string Path => Navigation.ToBaseRelativePath(Navigation.Uri);

    private WorkspaceKind Workspace => IsForeign ? View.Workspaces[0].Kind : Asked;

    private WorkspaceKind Asked => Workspaces.Of(Path);

    // A page of a kind of organisation this person is in none of: every read behind it would be refused, so the page says it once.
    private bool IsForeign =>
        Asked != WorkspaceKind.Customer && View.Workspaces.Count > 0 && View.Workspaces.All(workspace => workspace.Kind != Asked);

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnLocationChanged;
        Source.Changed += OnSourceChanged;
        await ReadAsync();
    }

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        Source.Changed -= OnSourceChanged;
        _gone.Cancel();
        _gone.Dispose();
    }

    private void OnSourceChanged() => _ = InvokeAsync(ReadAndShowAsync);

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        Boundary?.Recover();
        _ = InvokeAsync(ReadAndShowAsync);
    }

    private async Task ReadAndShowAsync()
    {
        if (_gone.IsCancellationRequested)
        {
            return;
        }

        StateHasChanged();
        await ReadAsync();
        StateHasChanged();
    }

    private async Task ReadAsync()
    {
        var workspace = Workspace;
        try
        {
            var view = await Source.ReadAsync(workspace, _gone.Token);
            if (workspace == Workspace)
            {
                View = view;
            }
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The circuit has ended; nobody looks at the rail any more.
        }
        catch (Exception error)
        {
            // The page matters more than the rail's figures: keep the last ones.
            Log.LogError(error, "The navigation could not be read");
        }
    }

    private void Recover() => Boundary?.Recover();
}

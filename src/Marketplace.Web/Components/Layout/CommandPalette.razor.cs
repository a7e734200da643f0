using Marketplace.Web.Components.Layout.Navigation;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;

namespace Marketplace.Web.Components.Layout;

/// <summary>Ctrl K: jump to a page of the workspace, to another workspace, or to what the search sources find.</summary>
public sealed partial class CommandPalette : IDisposable
{
    private const int LimitPerSource = 6;
    private CancellationTokenSource _typing = new();

    [Parameter, EditorRequired]
    public WorkspaceKind Workspace { get; set; }

    [Parameter, EditorRequired]
    public IReadOnlyList<WorkspaceView> Workspaces { get; set; } = [];

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private IEnumerable<ISearchSource> Sources { get; set; } = [];

    private string Text { get; set; } = "";

    private int Active { get; set; }

    private IReadOnlyList<SearchHit> Hits { get; set; } = [];

    protected override void OnParametersSet()
    {
        if (Text.Length == 0)
        {
            Hits = OwnHits();
        }
    }

    public void Dispose()
    {
        _typing.Cancel();
        _typing.Dispose();
    }

    private async Task OnInputAsync(ChangeEventArgs e)
    {
        await _typing.CancelAsync();
        _typing.Dispose();
        _typing = new CancellationTokenSource();
        var cancellation = _typing.Token;
        Text = (e.Value as string ?? "").Trim();
        Active = 0;
        Hits = OwnHits();
        if (Text.Length < 2)
        {
            return;
        }

        // One after another: the sources of a circuit share its scope.
        foreach (var source in Sources)
        {
            try
            {
                var found = await source.FindAsync(Workspace, Text, LimitPerSource, cancellation);
                if (cancellation.IsCancellationRequested)
                {
                    return;
                }

                Hits = [.. Hits, .. found];
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task OnKeyAsync(KeyboardEventArgs e)
    {
        if (Hits.Count == 0)
        {
            return;
        }

        switch (e.Key)
        {
            case "ArrowDown":
                Active = (Active + 1) % Hits.Count;
                break;
            case "ArrowUp":
                Active = (Active + Hits.Count - 1) % Hits.Count;
                break;
            case "Enter":
                await Go(Hits[Math.Min(Active, Hits.Count - 1)]);
                break;
        }
    }

    private async Task Go(SearchHit hit)
    {
        Text = "";
        Active = 0;
        Hits = OwnHits();
        await Browser.InvokeVoidAsync("portal.closeDialog", "palette");
        Navigation.NavigateTo(hit.Href);
    }

    private IReadOnlyList<SearchHit> OwnHits()
    {
        var pages = Layout
            .Navigation.Workspaces.Sections(Workspace)
            .SelectMany(section => section.Items)
            .Select(item => new SearchHit(T["Palette.Page"], T[item.LabelKey], null, item.Href));
        var others = Workspaces
            .Where(workspace => !(workspace.IsCurrent && workspace.Kind == Workspace))
            .Select(workspace => new SearchHit(T["Palette.Workspace"], workspace.Name, T[$"Workspace.{workspace.Kind}"], workspace.Href));
        return [.. pages.Concat(others).Where(hit => hit.Title.Contains(Text, StringComparison.CurrentCultureIgnoreCase))];
    }
}

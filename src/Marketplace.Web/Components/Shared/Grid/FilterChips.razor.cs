using Marketplace.Web.Components.Shared.Actions;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Grid;

/// <summary>One filter: its name, its parameter in the URL, and its values.</summary>
/// <param name="AnyText">The word for "no filter", for example "any" or "anywhere".</param>
public sealed record FilterSpec(string Label, string QueryKey, string AnyText, IReadOnlyList<Choice<string>> Options);

/// <summary>Filters as chips. The choice lives in the URL; changing one goes back to the first page.</summary>
public sealed partial class FilterChips : IDisposable
{
    [Parameter, EditorRequired]
    public IReadOnlyList<FilterSpec> Filters { get; set; } = [];

    /// <summary>The grid's page parameter.</summary>
    [Parameter]
    public string PageKey { get; set; } = "page";

    /// <summary>Further chips.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Inject]
    private QueryState Query { get; set; } = default!;

    protected override void OnInitialized() => Query.Changed += StateHasChanged;

    public void Dispose() => Query.Changed -= StateHasChanged;

    private void Choose(FilterSpec filter, string? value) =>
        Query.Set(new Dictionary<string, string?>(StringComparer.Ordinal) { [filter.QueryKey] = value, [PageKey] = null });

    private void Clear()
    {
        var changes = Filters.ToDictionary(filter => filter.QueryKey, _ => (string?)null, StringComparer.Ordinal);
        changes[PageKey] = null;
        Query.Set(changes);
    }
}

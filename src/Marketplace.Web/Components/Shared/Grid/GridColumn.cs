using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Shared.Grid;

/// <summary>One column of a <see cref="DataGrid{TItem}"/>.</summary>
public sealed class GridColumn<TItem> : ComponentBase, IDisposable
{
    [CascadingParameter]
    internal DataGrid<TItem> Grid { get; set; } = default!;

    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>Makes the column sortable; the value comes back as <see cref="GridQuery.Sort"/>.</summary>
    [Parameter]
    public string? SortKey { get; set; }

    /// <summary>Numbers stand on the right.</summary>
    [Parameter]
    public bool Numeric { get; set; }

    /// <summary>On a phone the cell takes the whole width of the card.</summary>
    [Parameter]
    public bool Wide { get; set; }

    /// <summary>Left out on a phone.</summary>
    [Parameter]
    public bool HidePhone { get; set; }

    /// <summary>The title is for screen readers only, for columns of buttons.</summary>
    [Parameter]
    public bool HideTitle { get; set; }

    /// <summary>CSS width, for example <c>120px</c>.</summary>
    [Parameter]
    public string? Width { get; set; }

    [Parameter, EditorRequired]
    public RenderFragment<TItem> ChildContent { get; set; } = default!;

    internal string? CellClass =>
        string.Join(' ', new[] { Numeric ? "num" : null, Wide ? "wide" : null, HidePhone ? "hide-phone" : null }.OfType<string>())
            is { Length: > 0 } name
            ? name
            : null;

    protected override void OnInitialized()
    {
        if (Grid is null)
        {
            throw new InvalidOperationException($"{nameof(GridColumn<TItem>)} stands inside <DataGrid><Columns>.");
        }

        Grid.Add(this);
    }

    public void Dispose() => Grid?.Remove(this);
}

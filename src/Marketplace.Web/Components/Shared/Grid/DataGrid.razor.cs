using System.Diagnostics;
using System.Globalization;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Shared.Grid;

/// <summary>
/// A list that the server pages, sorts and filters. Its state lives in the URL (<c>q</c>, <c>sort</c>, <c>page</c>, <c>size</c> and whatever the
/// filters are called), so a reload or a shared link shows the same rows. Loading, empty and failed states are its own.
/// </summary>
public sealed partial class DataGrid<TItem> : IDisposable
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "q", "sort", "page", "size" };
    private readonly List<GridColumn<TItem>> _columns = [];
    private CancellationTokenSource _load = new();
    private string _loadedPath = "";
    private bool _disposed;

    /// <summary>Reads one page. Throwing shows the failure state; a cancelled read is dropped.</summary>
    [Parameter, EditorRequired]
    public Func<GridQuery, CancellationToken, Task<GridPage<TItem>>> Load { get; set; } = default!;

    /// <summary>What the list holds, for screen readers.</summary>
    [Parameter, EditorRequired]
    public string Caption { get; set; } = "";

    /// <summary><see cref="GridColumn{TItem}"/> entries.</summary>
    [Parameter, EditorRequired]
    public RenderFragment Columns { get; set; } = default!;

    /// <summary>Search field and filter chips, above the rows.</summary>
    [Parameter]
    public RenderFragment? Toolbar { get; set; }

    /// <summary>Shown when there is nothing at all; put an <see cref="Feedback.EmptyState"/> here.</summary>
    [Parameter]
    public RenderFragment? Empty { get; set; }

    /// <summary>Identity of a row. Default: the item itself.</summary>
    [Parameter]
    public Func<TItem, object>? ItemKey { get; set; }

    /// <summary>Extra class of a row, for example <c>chosen</c>.</summary>
    [Parameter]
    public Func<TItem, string?>? ItemClass { get; set; }

    /// <summary>For example <c>-placed</c>: a leading minus means descending.</summary>
    [Parameter]
    public string? DefaultSort { get; set; }

    /// <summary>Rows a page, at most 200.</summary>
    [Parameter]
    public int PageSize { get; set; } = 20;

    /// <summary>Rows of 34 px instead of 40.</summary>
    [Parameter]
    public bool Compact { get; set; }

    /// <summary>Put before every parameter name, where a page has two grids.</summary>
    [Parameter]
    public string Prefix { get; set; } = "";

    /// <summary>The parameters of the URL that narrow this list. Null: every parameter that is not the grid's own.</summary>
    [Parameter]
    public IReadOnlyList<string>? FilterKeys { get; set; }

    [Inject]
    private QueryState Url { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IStringLocalizer<SharedText> T { get; set; } = default!;

    [Inject]
    private ILogger<DataGrid<TItem>> Log { get; set; } = default!;

    private GridPage<TItem>? Data { get; set; }

    private GridQuery Query { get; set; } = new(1, 20, null, false, null, new Dictionary<string, string>(StringComparer.Ordinal));

    private bool Loading { get; set; }

    private string? Failure { get; set; }

    private bool IsNarrowed => Query.Search is not null || Query.Filters.Count > 0 || Query.Page > 1;

    private string? Announcement =>
        Loading || Data is null ? null : T["Grid.Announce", Numbers.Count(Data.Total ?? Data.Items.Count)].Value;

    /// <summary>Reads the current page again and keeps the old rows on the screen meanwhile.</summary>
    public Task ReloadAsync() => InvokeAsync(LoadAsync);

    internal void Add(GridColumn<TItem> column)
    {
        _columns.Add(column);
        StateHasChanged();
    }

    internal void Remove(GridColumn<TItem> column)
    {
        _columns.Remove(column);
        if (!_disposed)
        {
            StateHasChanged();
        }
    }

    protected override async Task OnInitializedAsync()
    {
        Url.Changed += OnUrlChanged;
        _loadedPath = PathOf(Navigation.Uri);
        Query = Read();
        await LoadAsync();
    }

    public void Dispose()
    {
        _disposed = true;
        Url.Changed -= OnUrlChanged;
        _load.Cancel();
        _load.Dispose();
    }

    private static string PathOf(string uri) => new Uri(uri).AbsolutePath;

    private void OnUrlChanged()
    {
        // The page is being left: its successor's query is none of this grid's business.
        if (PathOf(Navigation.Uri) != _loadedPath)
        {
            return;
        }

        var next = Read();
        if (!Same(next, Query))
        {
            Query = next;
            _ = InvokeAsync(LoadAsync);
        }
    }

    private async Task LoadAsync()
    {
        if (_disposed)
        {
            return;
        }

        await _load.CancelAsync();
        _load.Dispose();
        _load = new CancellationTokenSource();
        var cancellation = _load.Token;
        Loading = true;
        Failure = null;
        StateHasChanged();
        try
        {
            var data = await Load(Query, cancellation);
            if (!cancellation.IsCancellationRequested)
            {
                Data = data;
                Loading = false;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // A newer question was asked, or the page is gone.
            return;
        }
        catch (Exception error)
        {
            Failure = Activity.Current?.TraceId.ToString() ?? ActivityTraceId.CreateRandom().ToString();
            Loading = false;
            Log.LogError(error, "The list {Caption} could not be read. Trace {TraceId}", Caption, Failure);
        }

        if (!_disposed)
        {
            StateHasChanged();
        }
    }

    private GridQuery Read()
    {
        var mine = Url
            .All.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[Prefix.Length..], pair => pair.Value, StringComparer.Ordinal);
        var sort = mine.GetValueOrDefault("sort") ?? DefaultSort;
        return new GridQuery(
            Math.Clamp(Number(mine, "page", 1), 1, 1_000_000),
            Math.Clamp(Number(mine, "size", PageSize), 1, 200),
            string.IsNullOrEmpty(sort) ? null : sort.TrimStart('-'),
            sort is ['-', ..],
            mine.GetValueOrDefault("q")?.Trim(),
            mine.Where(pair => FilterKeys?.Contains(pair.Key, StringComparer.Ordinal) ?? !Reserved.Contains(pair.Key))
                .ToDictionary(StringComparer.Ordinal)
        );
    }

    private static int Number(Dictionary<string, string> from, string key, int @default) =>
        int.TryParse(from.GetValueOrDefault(key), CultureInfo.InvariantCulture, out var value) ? value : @default;

    private static bool Same(GridQuery a, GridQuery b) =>
        (a with { Filters = b.Filters }) == b
        && a.Filters.Count == b.Filters.Count
        && a.Filters.All(pair => b.Filters.GetValueOrDefault(pair.Key) == pair.Value);

    private bool IsSorted(GridColumn<TItem> column) => column.SortKey is not null && column.SortKey == Query.Sort;

    private string? AriaSort(GridColumn<TItem> column) =>
        !IsSorted(column) ? null
        : Query.Descending ? "descending"
        : "ascending";

    // First click ascending, second descending, third back to the list's own order.
    private void Sort(GridColumn<TItem> column)
    {
        var next =
            !IsSorted(column) ? column.SortKey
            : !Query.Descending ? "-" + column.SortKey
            : null;
        Url.Set(new Dictionary<string, string?>(StringComparer.Ordinal) { [Prefix + "sort"] = next, [Prefix + "page"] = null });
    }

    private void GoTo(int page) => Url.Set(Prefix + "page", page <= 1 ? null : page.ToString(CultureInfo.InvariantCulture));

    private void Clear() =>
        Url.Set(
            Query.Filters.Keys.Append("q").Append("page").ToDictionary(key => Prefix + key, _ => (string?)null, StringComparer.Ordinal)
        );

    private object KeyOf(TItem item) => ItemKey is null ? item! : ItemKey(item);

    private string? RowClass(TItem item) => ItemClass?.Invoke(item);
}

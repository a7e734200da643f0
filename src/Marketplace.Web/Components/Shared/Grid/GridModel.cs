using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Web.Components.Shared.Grid;

/// <summary>What a grid asks of the server.</summary>
/// <param name="Page">From 1.</param>
/// <param name="Size">Rows a page.</param>
/// <param name="Sort">The <see cref="GridColumn{TItem}.SortKey"/> of a column, or null for the list's own order.</param>
/// <param name="Search">What stands in the search field, trimmed; null when empty.</param>
/// <param name="Filters">All other parameters of the URL. Unknown ones are to be ignored.</param>
public sealed record GridQuery(
    int Page,
    int Size,
    string? Sort,
    bool Descending,
    string? Search,
    IReadOnlyDictionary<string, string> Filters
)
{
    /// <summary>How many rows to pass over.</summary>
    public int Skip => checked((Page - 1) * Size);

    /// <summary>The modules' way to write the order: a leading minus means descending.</summary>
    public string? SortExpression => Sort is null ? null : (Descending ? "-" : "") + Sort;

    /// <summary>One filter's value, or null.</summary>
    public string? Filter(string key) => Filters.GetValueOrDefault(key);

    /// <summary>The same question in the modules' terms.</summary>
    public PageQuery ToPageQuery() =>
        new()
        {
            Skip = Skip,
            Limit = Size,
            Search = Search,
            Sort = SortExpression,
        };
}

/// <summary>One page of rows.</summary>
/// <param name="Total">How many there are in all; null when that was not counted.</param>
/// <param name="HasMore">With an unknown total: whether another page follows.</param>
public sealed record GridPage<TItem>(IReadOnlyList<TItem> Items, long? Total, bool HasMore = false)
{
    /// <summary>Set when the module refused: the grid shows its title and detail.</summary>
    public Problem? Problem { get; private init; }

    public static GridPage<TItem> Refused(Problem problem) => new([], 0) { Problem = problem };
}

/// <summary>From a module's answer to a grid's page.</summary>
public static class GridPages
{
    public static GridPage<TItem> ToGrid<TItem>(this Page<TItem> page) => new(page.Items, page.Total, page.NextCursor is not null);

    public static GridPage<TItem> ToGrid<TItem>(this Outcome<Page<TItem>> outcome) =>
        outcome.IsOk ? outcome.Value.ToGrid() : GridPage<TItem>.Refused(outcome.Problem);

    /// <summary>With a change of each row, for example into the page's own view.</summary>
    public static GridPage<TRow> ToGrid<TItem, TRow>(this Page<TItem> page, Func<TItem, TRow> row) =>
        new([.. page.Items.Select(row)], page.Total, page.NextCursor is not null);
}

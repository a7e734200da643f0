using Marketplace.Platform.Pages;
using Xunit;

namespace Marketplace.Testing;

/// <summary>What every sortable list keeps: each field orders both ways, and pages show every row once, in the list's order.</summary>
public static class SortedPages
{
    private const int PageSize = 2;

    /// <param name="read">Reads one page of the list for a query with sort, limit and cursor.</param>
    /// <param name="keys">Per field what a row is sorted by; several values compare one after another.</param>
    public static async Task CheckAsync<T>(
        IReadOnlyCollection<string> fields,
        Func<PageQuery, Task<Page<T>>> read,
        Func<T, string> id,
        params (string Field, Func<T, IReadOnlyList<IComparable>> Keys)[] keys
    )
    {
        Assert.Equal(fields.Order(StringComparer.Ordinal), keys.Select(k => k.Field).Order(StringComparer.Ordinal));
        foreach (var (field, keysOf) in keys)
        {
            var up = await OneOrderAsync(field, read, id, (a, b) => Compare(keysOf(a), keysOf(b)));
            var down = await OneOrderAsync("-" + field, read, id, (a, b) => Compare(keysOf(b), keysOf(a)));
            // The row's own key ends each order, so that one is the other backwards even where values are equal.
            Assert.Equal(up, down.AsEnumerable().Reverse());
        }
    }

    private static async Task<List<string>> OneOrderAsync<T>(
        string sort,
        Func<PageQuery, Task<Page<T>>> read,
        Func<T, string> id,
        Comparison<T> comparison
    )
    {
        var whole = (await read(new PageQuery { Sort = sort, Limit = PageQuery.MaxLimit })).Items;
        Assert.True(whole.Count > 2 * PageSize, $"{whole.Count} rows are too few to page through by {sort}.");
        Assert.All(whole.Zip(whole.Skip(1)), pair => Assert.True(comparison(pair.First, pair.Second) <= 0, $"{sort}: {pair}"));
        List<string> paged = [];
        string? cursor = null;
        do
        {
            var page = await read(
                new PageQuery
                {
                    Sort = sort,
                    Limit = PageSize,
                    Cursor = cursor,
                }
            );
            paged.AddRange(page.Items.Select(id));
            cursor = page.NextCursor;
        } while (cursor is not null);
        Assert.Equal(whole.Select(id), paged);
        return paged;
    }

    private static int Compare(IReadOnlyList<IComparable> left, IReadOnlyList<IComparable> right) =>
        left.Zip(right, (a, b) => a.CompareTo(b)).FirstOrDefault(c => c != 0);
}

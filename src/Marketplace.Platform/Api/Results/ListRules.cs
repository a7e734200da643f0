using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Platform.Api.Results;

/// <summary>
/// What one list accepts: the fields it can be sorted by and what its cursors look like. Checked at the door, so that a wrong parameter is
/// named (400) instead of being overlooked. Filters are the list's own query parameters; search, limit and fields are the same everywhere.
/// </summary>
public sealed class ListRules
{
    private readonly Func<string?, string, bool> isCursor;

    private ListRules(IReadOnlyCollection<string> sortFields, Func<string?, string, bool> isCursor) =>
        (SortFields, this.isCursor) = (sortFields, isCursor);

    /// <summary>Fields for <c>sort</c>; none means that the list has one order, the newest first.</summary>
    public IReadOnlyCollection<string> SortFields { get; }

    /// <summary>For lists that may be long: one order, and the cursor is the last row's id. Rows that come or go meanwhile shift nothing.</summary>
    /// <param name="prefix">The id's prefix, from <see cref="Ids.IdPrefix"/>.</param>
    public static ListRules ByKey(string prefix) => ByKey(cursor => cursor.StartsWith(prefix + "_", StringComparison.Ordinal));

    /// <summary>One order and a key of the list's own.</summary>
    /// <param name="isCursor">Whether a text can be this list's cursor.</param>
    public static ListRules ByKey(Func<string, bool> isCursor) => new([], (_, cursor) => isCursor(cursor));

    /// <summary>For lists that may be long and have several orders: the cursor is the last row's keys under the sort it was made with.</summary>
    public static ListRules ByKey<T>(KeySorting<T> sorting)
    {
        ArgumentNullException.ThrowIfNull(sorting);
        return new(sorting.Fields, sorting.IsCursor);
    }

    /// <summary>The same where the list keeps its orders itself.</summary>
    /// <param name="isCursor">Whether a text can be this list's cursor under a sort.</param>
    public static ListRules ByKey(IReadOnlyCollection<string> sortFields, Func<string?, string, bool> isCursor) =>
        new(sortFields, isCursor);

    /// <summary>For lists that are read with <see cref="ListPages"/>: sortable, and the cursor counts the rows already given.</summary>
    public static ListRules Sorted(IReadOnlyCollection<string> sortFields) => new(sortFields, (_, cursor) => ListPages.IsCursor(cursor));

    /// <summary>null when the parameters fit, else a problem that names the wrong one.</summary>
    public Problem? Check(ListParameters list)
    {
        ArgumentNullException.ThrowIfNull(list);
        if (
            !string.IsNullOrEmpty(list.Sort)
            && !SortFields.Contains(list.Sort[0] == '-' ? list.Sort[1..] : list.Sort, StringComparer.Ordinal)
        )
            return ApiProblems.Malformed(
                "?sort",
                $"This list cannot be sorted by '{list.Sort}'.",
                SortFields.Count == 0
                    ? "Leave it out: this list has one order, the newest first."
                    : $"Use one of {string.Join(", ", SortFields)}, with a leading minus for descending."
            );
        return list.Cursor is null || isCursor(list.Sort, list.Cursor)
            ? null
            : ApiProblems.Malformed(
                "?cursor",
                "This cursor is not one of this list.",
                "Pass nextCursor of the page before, unchanged, or leave it out to start over."
            );
    }
}

/// <summary>How every list over REST is read.</summary>
public static class ListReading
{
    /// <summary>Reads the page these parameters ask for, or says which parameter is wrong.</summary>
    /// <param name="query">The list's own filters; cursor, limit, search and sort are filled in.</param>
    public static async Task<ApiPage<T>> PageOf<TQuery, T>(
        this ListParameters list,
        TQuery query,
        ListRules rules,
        Func<TQuery, Task<Outcome<Page<T>>>> read
    )
        where TQuery : PageQuery
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(read);
        var applied = list.Apply(query);
        if (!applied.IsOk)
            return Outcome<Page<T>>.Fail(applied.Problem).ToPage();
        return rules.Check(list) is { } wrong ? Outcome<Page<T>>.Fail(wrong).ToPage() : (await read(applied.Value)).ToPage();
    }

    /// <inheritdoc cref="PageOf{TQuery, T}(ListParameters, TQuery, ListRules, Func{TQuery, Task{Outcome{Page{T}}}})"/>
    public static Task<ApiPage<T>> PageOf<TQuery, T>(
        this ListParameters list,
        TQuery query,
        ListRules rules,
        Func<TQuery, Task<Page<T>>> read
    )
        where TQuery : PageQuery => list.PageOf(query, rules, async q => Outcome<Page<T>>.Ok(await read(q)));
}

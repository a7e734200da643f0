using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Web.Identity.Endpoints;

/// <summary>Pages of lists that are small by nature (a team, its keys): read whole, cut here.</summary>
internal static class Paged
{
    private static readonly ListRules Rules = ListRules.ByKey(cursor => Cursor.Decode(cursor, 1).IsOk);

    /// <param name="id">Stable key of a row, kept in the cursor.</param>
    /// <param name="text">What <c>search</c> looks at.</param>
    public static ApiPage<T> From<T>(Outcome<IReadOnlyList<T>> all, ListParameters list, Func<T, string> id, Func<T, string> text)
    {
        if (!all.IsOk)
            return Outcome<Page<T>>.Fail(all.Problem).ToPage();
        var query = list.Apply(new PageQuery());
        if (!query.IsOk)
            return Outcome<Page<T>>.Fail(query.Problem).ToPage();
        if (Rules.Check(list) is { } wrong)
            return Outcome<Page<T>>.Fail(wrong).ToPage();
        List<T> rows =
        [
            .. all.Value.Where(row =>
                query.Value.Search is not { Length: > 0 } search || text(row).Contains(search, StringComparison.OrdinalIgnoreCase)
            ),
        ];
        int from = 0;
        if (query.Value.Cursor is { Length: > 0 } cursor)
        {
            var keys = Cursor.Decode(cursor, 1);
            if (!keys.IsOk)
                return Outcome<Page<T>>.Fail(keys.Problem).ToPage();
            from = rows.FindIndex(row => id(row) == keys.Value[0]) + 1;
        }
        List<T> page = [.. rows.Skip(from).Take(query.Value.Take)];
        string? next = from + page.Count < rows.Count && page.Count > 0 ? Cursor.Encode(id(page[^1])) : null;
        return new Page<T>(page, next, rows.Count).ToPage();
    }
}

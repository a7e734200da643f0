using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Platform.Pages;

/// <summary>
/// One page of a list. The cursor is the number of rows already given: lists here are short and stand still between two pages. Sort fields
/// are a table per list; an unknown field is refused at the door (the REST layer), so here it is a bug.
/// </summary>
public sealed class Sorting<T>(params (string Field, Func<IQueryable<T>, bool, IOrderedQueryable<T>> Order)[] fields)
{
    private readonly Dictionary<string, Func<IQueryable<T>, bool, IOrderedQueryable<T>>> table = fields.ToDictionary(
        f => f.Field,
        f => f.Order
    );

    public IReadOnlyCollection<string> Fields => table.Keys;

    /// <summary>The first field descending when nothing is asked: newest first.</summary>
    /// <exception cref="ArgumentException">The list has no such field: the door lets no such request in.</exception>
    public IQueryable<T> Apply(IQueryable<T> rows, string? sort)
    {
        if (string.IsNullOrEmpty(sort))
            return fields[0].Order(rows, true);
        bool descending = sort[0] == '-';
        string field = descending ? sort[1..] : sort;
        return table.TryGetValue(field, out var order)
            ? order(rows, descending)
            : throw new ArgumentException($"Cannot sort by '{field}'. Use one of: {string.Join(", ", table.Keys)}.", nameof(sort));
    }
}

/// <summary>Pages of sortable lists, by the number of rows already given.</summary>
public static class ListPages
{
    /// <summary>Sorts, cuts out the page and makes its views. The total is counted only where the page does not tell it.</summary>
    public static async Task<Page<TView>> PageAsync<TRow, TView>(
        this IQueryable<TRow> rows,
        PageQuery query,
        Sorting<TRow> sorting,
        Func<IReadOnlyList<TRow>, Task<IReadOnlyList<TView>>> views,
        CancellationToken ct
    )
    {
        int skip = Skip(query);
        List<TRow> page = await sorting.Apply(rows, query.Sort).Skip(skip).Take(query.Take + 1).ToListAsync(ct);
        bool more = page.Count > query.Take;
        if (more)
            page.RemoveAt(page.Count - 1);
        long total = more || skip > 0 ? await rows.LongCountAsync(ct) : page.Count;
        return new Page<TView>(await views(page), more ? Cursor(skip + page.Count) : null, total);
    }

    /// <summary>The escape character of <see cref="Like"/>; ILike has none unless it is told.</summary>
    public const string Escape = "\\";

    /// <summary>Escapes what LIKE treats as special.</summary>
    public static string Like(string text) =>
        "%"
        + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal)
        + "%";

    /// <summary>True for null and for cursors this class made.</summary>
    public static bool IsCursor(string? cursor) => cursor is null || Decode(cursor) is not null;

    private static int Skip(PageQuery query) =>
        query.Cursor is null
            ? Math.Max(0, query.Skip)
            : Decode(query.Cursor) ?? throw new ArgumentException("This is not a cursor of this list.", nameof(query));

    private static string Cursor(int skip) => Convert.ToBase64String(Encoding.ASCII.GetBytes(skip.ToString(CultureInfo.InvariantCulture)));

    private static int? Decode(string cursor)
    {
        Span<byte> bytes = stackalloc byte[16];
        return
            cursor.Length <= 20
            && Convert.TryFromBase64String(cursor, bytes, out int length)
            && int.TryParse(bytes[..length], NumberStyles.None, CultureInfo.InvariantCulture, out int skip)
            ? skip
            : null;
    }
}

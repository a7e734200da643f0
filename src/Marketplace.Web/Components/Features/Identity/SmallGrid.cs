using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared.Grid;

namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Grids over lists that are small by nature (a team, its keys): read whole, searched, sorted and cut here.</summary>
internal static class SmallGrid
{
    public static GridPage<TItem> From<TItem>(
        Outcome<IReadOnlyList<TItem>> all,
        GridQuery query,
        Func<TItem, string> text,
        Dictionary<string, Func<TItem, object>> sorts
    )
    {
        if (!all.IsOk)
            return GridPage<TItem>.Refused(all.Problem);
        IEnumerable<TItem> rows = all.Value;
        if (query.Search is { Length: > 0 } search)
            rows = rows.Where(row => text(row).Contains(search, StringComparison.CurrentCultureIgnoreCase));
        if (query.Sort is { } sort && sorts.TryGetValue(sort, out var key))
            rows = query.Descending ? rows.OrderByDescending(key) : rows.OrderBy(key);
        List<TItem> found = [.. rows];
        return new GridPage<TItem>([.. found.Skip(query.Skip).Take(query.Size)], found.Count);
    }
}

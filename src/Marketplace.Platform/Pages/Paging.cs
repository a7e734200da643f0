namespace Marketplace.Platform.Pages;

/// <summary>Keyset paging: read one row more than the page, and the cursor is the last row's key.</summary>
public static class Paging
{
    public static Page<TView> Cut<TRow, TView>(
        IReadOnlyList<TRow> rows,
        int take,
        Func<TRow, string> key,
        Func<TRow, TView> view,
        long? total = null
    )
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(key);
        bool more = rows.Count > take;
        return new Page<TView>([.. rows.Take(take).Select(view)], more ? key(rows[take - 1]) : null, total);
    }
}

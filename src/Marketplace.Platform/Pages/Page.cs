namespace Marketplace.Platform.Pages;

/// <summary>One page of a list, by opaque cursor. <c>Total</c> counts all matches when it was asked for and is cheap.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor, long? Total = null)
{
    /// <summary>The same page with its rows' views.</summary>
    public Page<TView> Select<TView>(Func<T, TView> view) => new([.. Items.Select(view)], NextCursor, Total);
}

/// <summary>What every list accepts. Lists are ordered newest first unless <see cref="Sort"/> says otherwise.</summary>
public record PageQuery
{
    public const int MaxLimit = 500;

    /// <summary>Opaque cursor of the previous page, null for the first.</summary>
    public string? Cursor { get; init; }

    /// <summary>Rows per page, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Rows to skip, for grids that page by number; used when <see cref="Cursor"/> is null.</summary>
    public int Skip { get; init; }

    /// <summary>Free text over the list's names and ids.</summary>
    public string? Search { get; init; }

    /// <summary>Field to sort by, with a leading minus for descending; each list documents its fields.</summary>
    public string? Sort { get; init; }

    public int Take => Math.Clamp(Limit, 1, MaxLimit);
}

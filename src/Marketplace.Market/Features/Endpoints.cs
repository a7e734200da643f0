using Marketplace.Market.Data;
using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features;

/// <summary>What the module's endpoints share: lists whose sort field and cursor are checked at the door, and changes under If-Match.</summary>
internal static class Endpoints
{
    public static async Task<ApiPage<T>> PageOf<TQuery, T>(
        this ListParameters list,
        TQuery query,
        IReadOnlyCollection<string> sortFields,
        Func<TQuery, Task<Outcome<Page<T>>>> read
    )
        where TQuery : PageQuery
    {
        var applied = list.Apply(query);
        if (!applied.IsOk)
            return Outcome<Page<T>>.Fail(applied.Problem).ToPage();
        if (!string.IsNullOrEmpty(list.Sort) && !sortFields.Contains(list.Sort.TrimStart('-'), StringComparer.Ordinal))
        {
            return Outcome<Page<T>>
                .Fail(
                    ApiProblems.Malformed(
                        "?sort",
                        $"This list cannot be sorted by '{list.Sort}'.",
                        $"Use one of {string.Join(", ", sortFields)}, with a leading minus for descending."
                    )
                )
                .ToPage();
        }
        if (!ListPages.IsCursor(list.Cursor))
        {
            return Outcome<Page<T>>
                .Fail(
                    ApiProblems.Malformed(
                        "?cursor",
                        "This cursor is not one of this list.",
                        "Pass nextCursor of the page before, unchanged, or leave it out to start over."
                    )
                )
                .ToPage();
        }
        return (await read(applied.Value)).ToPage();
    }

    public static Task<ApiPage<T>> PageOf<TQuery, T>(
        this ListParameters list,
        TQuery query,
        IReadOnlyCollection<string> sortFields,
        Func<TQuery, Task<Page<T>>> read
    )
        where TQuery : PageQuery => list.PageOf(query, sortFields, async q => Outcome<Page<T>>.Ok(await read(q)));

    /// <summary>Reads, compares If-Match and changes in one transaction, with the row locked from before the read: no edit is lost.</summary>
    /// <param name="table">One of this module's tables; never from the request.</param>
    public static Task<Outcome<T>> IfMatchAsync<T>(
        this MarketplaceDbContext db,
        HttpRequest request,
        LockedTable table,
        string id,
        Func<Task<T?>> read,
        Func<T, int> revision,
        Func<Task<Outcome<T>>> change,
        CancellationToken ct
    )
        where T : class =>
        db.CommitAsync<T>(
            async token =>
            {
                _ = table switch
                {
                    LockedTable.Listing => await db.Database.ExecuteSqlAsync(
                        $"SELECT 1 FROM market.listing WHERE id = {id} FOR NO KEY UPDATE",
                        token
                    ),
                    LockedTable.Offer => await db.Database.ExecuteSqlAsync(
                        $"SELECT 1 FROM market.offer WHERE id = {id} FOR NO KEY UPDATE",
                        token
                    ),
                    LockedTable.Bundle => await db.Database.ExecuteSqlAsync(
                        $"SELECT 1 FROM market.bundle WHERE id = {id} FOR NO KEY UPDATE",
                        token
                    ),
                    _ => throw new ArgumentOutOfRangeException(nameof(table), table, "No such table."),
                };
                if (await read() is not { } current)
                    return Problem.NotFound(table.ToString().ToLowerInvariant(), id);
                return request.CheckIfMatch(ETags.Of(revision(current))) is { } refused ? refused : await change();
            },
            ct
        );
}

internal enum LockedTable
{
    Listing,
    Offer,
    Bundle,
}

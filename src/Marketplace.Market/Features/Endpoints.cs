using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features;

/// <summary>What the module's endpoints share: changes under If-Match.</summary>
internal static class Endpoints
{
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

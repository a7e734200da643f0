using Marketplace.Platform.Data;

namespace Marketplace.Orders.Features.Purchase;

/// <summary>Makes the uses of one idempotency key take turns, so that the second finds what the first has done instead of colliding with it.</summary>
internal static class KeyLock
{
    /// <summary>Waits for the key until the transaction ends; call inside one, before looking for what the key has done.</summary>
    /// <param name="use">What the key is for: <c>quote</c>, <c>order</c> or <c>bulk</c>.</param>
    public static Task LockKeyAsync(this MarketplaceDbContext db, string use, string partyId, string key, CancellationToken ct) =>
        db.TakeTurnAsync($"orders/{use}/{partyId}/{key}", ct);
}

using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Ledger;

/// <summary>Whether what happens now can be booked. It cannot under a clock that stands before a moment the books are closed through.</summary>
internal sealed class OpenBooks(MarketplaceDbContext db, TimeProvider time)
{
    /// <returns>null when it can; asked before money is moved outside, which nobody could write down.</returns>
    public async Task<Problem?> RefuseAsync(CancellationToken ct)
    {
        var behind = await db.ReadAsync("select closed_through > $1 from billing.ledger_clock", r => r.GetBoolean(0), ct, time.GetUtcNow());
        return behind is [true]
            ? Problem.Conflict(
                "clock-behind-books",
                "The server's clock stands before the day the books are closed through, so nothing can be booked. Nothing was paid. Have the clock set right, then try again."
            )
            : null;
    }
}

using Microsoft.EntityFrameworkCore;

namespace Marketplace.Platform.Data;

/// <summary>Turns that have a name: advisory locks of the database, kept until the transaction ends.</summary>
public static class NamedLock
{
    /// <summary>Waits until nobody else holds the name; call inside a transaction.</summary>
    public static Task TakeTurnAsync(this MarketplaceDbContext db, string name, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(db);
        return db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({name}, 0))", ct);
    }

    /// <summary>Waits until nobody holds the name alone, and holds it beside others; call inside a transaction.</summary>
    public static Task ShareTurnAsync(this MarketplaceDbContext db, string name, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(db);
        return db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock_shared(hashtextextended({name}, 0))", ct);
    }
}

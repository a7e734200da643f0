using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Npgsql;

namespace Marketplace.Billing.Ledger;

/// <summary>A hold as the database has it, locked or not.</summary>
internal sealed record HoldRow(
    string Reference,
    string PartyId,
    Currency Currency,
    long OpenedMicros,
    long AmountMicros,
    long PromoMicros,
    long AvailableMicros,
    DateTimeOffset? ExpiresAt,
    bool Resolved
)
{
    public long RemainingMicros => PromoMicros + AvailableMicros;

    public HoldView View() =>
        new(Reference, PartyId, new Money(AmountMicros, Currency), new Money(RemainingMicros, Currency), ExpiresAt, Resolved);
}

/// <summary>A customer's spendable money in one currency, locked until the transaction ends.</summary>
/// <param name="Line">What may still be lent, where that was read.</param>
internal readonly record struct LockedWallet(long Available, long Promo, long Held, long Line = 0)
{
    /// <summary>What a hold of this amount uses: promotional credit first, then the customer's own, then what is lent.</summary>
    public (long Promo, long Available, long Advance) For(long micros)
    {
        long promo = Math.Min(Promo, micros);
        long available = checked(micros - promo);
        return (promo, available, Math.Max(0, checked(available - Available)));
    }

    /// <summary>What is left after a hold of this amount.</summary>
    public LockedWallet Without(long micros)
    {
        var (promo, available, advance) = For(micros);
        return this with { Promo = Promo - promo, Available = checked(Available + advance - available), Line = Line - advance };
    }
}

/// <summary>The locks and reads that holds need; the application role takes locks through functions only.</summary>
internal sealed class Holds(MarketplaceDbContext db)
{
    /// <summary>Locks a customer's accounts, in the one order everybody uses.</summary>
    public async Task<LockedWallet> LockWalletAsync(string customerId, Currency currency, CancellationToken ct)
    {
        var balances = (
            await db.ReadAsync(
                "select wallet_kind, wallet_micros from billing.lock_wallet($1, $2)",
                r => (Kind: r.GetString(0), Micros: r.GetInt64(1)),
                ct,
                customerId,
                currency.Code
            )
        ).ToDictionary(b => b.Kind, b => b.Micros, StringComparer.Ordinal);
        return new LockedWallet(balances[Chart.AvailableKind], balances[Chart.PromoKind], balances[Chart.HeldKind]);
    }

    public async Task<HoldRow?> FindAsync(string reference, CancellationToken ct) =>
        (await FindManyAsync([reference], ct)).SingleOrDefault();

    public Task<List<HoldRow>> FindManyAsync(IReadOnlyList<string> references, CancellationToken ct) =>
        db.ReadAsync(
            """
            select reference, party_id, currency, opened_amount, amount, promo_remaining, available_remaining, expires_at, resolved_at is not null
            from billing.hold where reference = any ($1)
            """,
            Read,
            ct,
            (object)references.ToArray()
        );

    /// <summary>Holds nobody has resolved in time, oldest first.</summary>
    public Task<List<string>> ExpiredAsync(DateTimeOffset now, int take, CancellationToken ct) =>
        db.ReadAsync(
            "select reference from billing.hold where resolved_at is null and expires_at <= $1 order by expires_at limit $2",
            r => r.GetString(0),
            ct,
            now,
            take
        );

    /// <summary>Opens an empty hold; the posting that follows fills it.</summary>
    public async Task OpenAsync(
        string reference,
        string customerId,
        Money amount,
        DateTimeOffset now,
        DateTimeOffset? expiresAt,
        CancellationToken ct
    )
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            "select billing.open_hold($1, $2, $3, $4, $5, $6)",
            reference,
            customerId,
            amount.Currency.Code,
            amount.Micros,
            now,
            Sql.Moment(expiresAt)
        );
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Adds the opening of many empty holds without an end to a batch; it has a result set that says nothing.</summary>
    public static void OpenMany(
        NpgsqlBatch batch,
        string customerId,
        Currency currency,
        IReadOnlyList<HoldRequest> requests,
        DateTimeOffset now
    ) =>
        batch.Add(
            "select billing.open_hold(h.reference, $2, $3, h.amount, $5, null) from unnest($1, $4) as h (reference, amount)",
            requests.Select(r => r.Reference).ToArray(),
            customerId,
            currency.Code,
            requests.Select(r => r.Amount.Micros).ToArray(),
            now
        );

    public async Task ResolveAsync(string reference, DateTimeOffset now, CancellationToken ct)
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add("select billing.resolve_hold($1, $2)", reference, now);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static HoldRow Read(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            Currency.Parse(r.GetString(2)),
            r.GetInt64(3),
            r.GetInt64(4),
            r.GetInt64(5),
            r.GetInt64(6),
            r.InstantOrNull(7),
            r.GetBoolean(8)
        );
}

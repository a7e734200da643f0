using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Payments;

/// <summary>Collects what lost disputes left a customer owing, from later credit. Runs before invoices are collected.</summary>
internal sealed class Clawbacks(MarketplaceDbContext db, Holds holds, LedgerWriter writer, TimeProvider time)
{
    private const string OwedSql = """
        select a.qualifier, a.currency, b.debits - b.credits, b.credits
        from billing.account a
        join billing.balances(array(select id from billing.account where kind = 'clawback')) b on b.account_id = a.id
        where b.debits > b.credits and ($1::text is null or a.qualifier = $1) and ($2::text is null or a.currency = $2)
        """;

    private sealed record Debt(string CustomerId, Currency Currency, long Owed, long PaidBefore);

    /// <returns>What was collected.</returns>
    public async Task<Money> CollectAsync(string customerId, Currency currency, CancellationToken ct)
    {
        long available = (await holds.LockWalletAsync(customerId, currency, ct)).Available;
        if (available == 0 || (await OwedAsync(customerId, currency.Code, ct)).SingleOrDefault() is not { } debt)
            return Money.Zero(currency);
        var amount = new Money(Math.Min(available, debt.Owed), currency);
        // What was paid before grows with every payment and stands still under the wallet's lock: it makes the key.
        await writer.PostOneAsync(
            Postings.ClawbackPaid(customerId, amount, $"{customerId}/{currency}/{debt.PaidBefore}", time.GetUtcNow()),
            ct
        );
        return amount;
    }

    /// <summary>Collects from everybody who owes and has credit again, such as a hold that was given back.</summary>
    public async Task<int> CollectAllAsync(CancellationToken ct)
    {
        int collected = 0;
        foreach (Debt debt in await OwedAsync(null, null, ct))
        {
            Money paid = await db.InTransactionAsync(t => CollectAsync(debt.CustomerId, debt.Currency, t), ct);
            if (!paid.IsZero)
                collected++;
        }
        return collected;
    }

    private Task<List<Debt>> OwedAsync(string? customerId, string? currency, CancellationToken ct) =>
        db.ReadAsync(
            OwedSql,
            r => new Debt(r.GetString(0), Currency.Parse(r.GetString(1)), r.GetInt64(2), r.GetInt64(3)),
            ct,
            customerId,
            currency
        );
}

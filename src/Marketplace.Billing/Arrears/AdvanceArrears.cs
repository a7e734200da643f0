using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Arrears;

/// <summary>
/// The job that takes every customer one step further, or back when it has paid; one commit per customer. It can run twice, or late: a state's
/// time counts from its beginning.
/// </summary>
internal sealed class AdvanceArrears(
    MarketplaceDbContext db,
    Holds holds,
    Debts debts,
    IPartyNames names,
    IdFactory ids,
    IOutbox outbox,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    /// <returns>How many customers went a step.</returns>
    /// <exception cref="AggregateException">Some customers could not be looked at; the others were.</exception>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var open = await db.Set<ArrearsRow>()
            .AsNoTracking()
            .Where(a => a.State != ArrearsState.Current)
            .Select(a => new { a.PartyId, a.Currency })
            .ToListAsync(ct);
        var due = (await debts.DebtorsAsync(time.GetUtcNow(), ct))
            .Union(open.Select(a => (a.PartyId, Currency.Parse(a.Currency))))
            .OrderBy(d => d.Item1, StringComparer.Ordinal)
            .ThenBy(d => d.Item2.Code, StringComparer.Ordinal)
            .ToList();
        var failures = new List<Exception>();
        int moved = 0;
        foreach (var (customer, currency) in due)
        {
            // One customer that cannot be looked at must not let the others off.
            try
            {
                moved += await LookAsync(customer, currency, ct) ? 1 : 0;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add(e);
            }
            db.ChangeTracker.Clear();
        }
        return failures.Count == 0 ? moved : throw new AggregateException(failures);
    }

    /// <summary>Looks at one customer, in one commit.</summary>
    /// <returns>Whether it went a step.</returns>
    public Task<bool> LookAsync(string customerId, Currency currency, CancellationToken ct) =>
        db.InTransactionAsync(t => StepAsync(customerId, currency, t), ct);

    private async Task<bool> StepAsync(string customerId, Currency currency, CancellationToken ct)
    {
        // The wallet's lock: a payment is either in before this look, or waits until it is over and is seen by the next.
        await holds.LockWalletAsync(customerId, currency, ct);
        DateTimeOffset now = time.GetUtcNow();
        Debt debt = await debts.OfAsync(customerId, currency, now, ct);
        ArrearsRow? row = await LockAsync(db, customerId, currency, ct);
        if (row is null && debt.IsNone)
            return false;
        if (row is null)
        {
            row = new ArrearsRow
            {
                Id = ids.New(IdPrefix.Arrears),
                PartyId = customerId,
                PartyName = await names.NameAsync(customerId, ct) ?? customerId,
                Currency = currency.Code,
                EnteredAt = now,
                LookedAt = now,
            };
            db.Add(row);
        }
        ArrearsState before = row.State;
        ArrearsTimes times = options.Value.ArrearsTimes;
        ArrearsState? next = ArrearsRule.Next(row.Stand, debt, now, times);
        (row.Overdue, row.Invoices, row.Since, row.Unsecured, row.LookedAt) = (
            debt.Overdue,
            debt.Invoices,
            debt.Since,
            debt.Unsecured,
            now
        );
        if (next is { } to)
        {
            row.MoveTo(to, now);
            var owed = new Money(checked(debt.Overdue + debt.Unsecured), currency);
            db.Audit($"arrears.{to}".ToLowerInvariant(), "organisation", customerId, $"{before} to {to}, {owed} owed");
            outbox.Publish(
                new ArrearsChanged(customerId, currency.Code, before, to, owed.Amount, debt.Since, ArrearsRule.NextAt(row.Stand, times)),
                key: $"arrears:{customerId}"
            );
            changes.Announce($"party:{customerId}");
            changes.Announce("arrears");
        }
        await db.SaveChangesAsync(ct);
        return next is not null;
    }

    /// <summary>The customer's row, locked; null when it was never past due.</summary>
    public static Task<ArrearsRow?> LockAsync(MarketplaceDbContext db, string customerId, Currency currency, CancellationToken ct) =>
        db.Set<ArrearsRow>()
            .FromSql($"select * from billing.arrears where party_id = {customerId} and currency = {currency.Code} for update")
            .AsTracking()
            .SingleOrDefaultAsync(ct);
}

using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments;

/// <summary>Buys credit from the saved method when it runs low: as often a day as the organisation allowed, and not again after a refusal.</summary>
internal sealed class AutoTopUps(
    MarketplaceDbContext db,
    ActorContext actor,
    IPaymentProvider provider,
    PaymentDesk payments,
    ILedger ledger,
    TimeProvider time
) : IAutoTopUps
{
    private const int MostPerDay = 24;

    private const string ReadSql =
        "select party_id, currency, threshold, amount, most_per_day, enabled, stopped from billing.auto_top_up where ";

    private sealed record Rule(string PartyId, AutoTopUp Wish);

    public async Task<AutoTopUp?> FindAsync(CancellationToken ct) =>
        actor.Current.Allows(Permission.MoneyRead)
            ? (await RulesAsync("party_id = $1", ct, actor.Current.PartyId)).SingleOrDefault()?.Wish
            : null;

    public async Task<Outcome<AutoTopUp>> SetAsync(AutoTopUp wish, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(wish);
        if (actor.Current.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        if (actor.Current.PartyId.Length == 0)
            return Problem.Forbidden("Credit is bought for an organisation. Act for one.");
        if (!provider.TakesCards)
            return Problem.Conflict("no-cards", "Cards are not taken here, so nothing can be charged by itself.");
        if (wish.Amount.Micros <= 0 || wish.Amount.RoundToExponent() != wish.Amount)
            return Problem.Invalid(
                "/amount",
                "The amount must be more than zero and have no more decimals than the currency.",
                "Enter another amount."
            );
        if (wish.Threshold.IsNegative || wish.Threshold.Currency != wish.Amount.Currency)
            return Problem.Invalid(
                "/threshold",
                "The threshold must be zero or more, in the amount's currency.",
                "Enter another threshold."
            );
        if (wish.MostPerDay is < 1 or > MostPerDay)
            return Problem.Invalid(
                "/mostPerDay",
                Plural.Write($"{wish.MostPerDay} {wish.MostPerDay:time|times} a day is not possible."),
                $"Enter 1 to {MostPerDay}."
            );
        DateTimeOffset now = time.GetUtcNow();
        await db.InTransactionAsync(
            async t =>
            {
                await db.Database.ExecuteSqlAsync(
                    $"""
                    insert into billing.auto_top_up (party_id, currency, threshold, amount, most_per_day, enabled, updated_at)
                    values ({actor.Current.PartyId}, {wish.Amount.Currency.Code}, {wish.Threshold.Micros}, {wish.Amount.Micros},
                            {wish.MostPerDay}, {wish.Enabled}, {now})
                    on conflict (party_id) do update set currency = excluded.currency, threshold = excluded.threshold, amount = excluded.amount,
                        most_per_day = excluded.most_per_day, enabled = excluded.enabled, stopped = null, updated_at = excluded.updated_at
                    """,
                    t
                );
                db.Audit(
                    "auto-top-up.changed",
                    "organisation",
                    actor.Current.PartyId,
                    wish.Enabled ? $"{wish.Amount} below {wish.Threshold}" : "off"
                );
                return 0;
            },
            ct
        );
        return wish with { Stopped = null };
    }

    /// <summary>Looks at every organisation that wants it.</summary>
    /// <exception cref="AggregateException">It failed for some; the others were looked at.</exception>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!provider.TakesCards)
            return 0;
        int bought = 0;
        List<Exception> failures = [];
        foreach (Rule rule in await RulesAsync("enabled and stopped is null order by party_id", ct))
        {
            try
            {
                bought += await BuyAsync(rule, ct) ? 1 : 0;
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                // One organisation's trouble is not the others'; the run reports it.
                db.ChangeTracker.Clear();
                failures.Add(e);
            }
        }
        return failures.Count == 0 ? bought : throw new AggregateException("Automatic top-ups failed for some organisations.", failures);
    }

    private async Task<bool> BuyAsync(Rule rule, CancellationToken ct)
    {
        AutoTopUp wish = rule.Wish;
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset day = new(now.UtcDateTime.Date, TimeSpan.Zero);
        int today = await db.Set<PaymentRow>()
            .AsNoTracking()
            .CountAsync(p => p.PartyId == rule.PartyId && p.Automatic && p.CreatedAt >= day, ct);
        // One at a time: while a payment is open nobody knows what the credit will be.
        bool waits = await db.Set<PaymentRow>()
            .AnyAsync(
                p =>
                    p.PartyId == rule.PartyId
                    && (p.State == PaymentState.Created || p.State == PaymentState.Processing || p.State == PaymentState.RequiresAction),
                ct
            );
        if (today >= wish.MostPerDay || waits)
            return false;
        WalletView wallet = await ledger.WalletAsync(rule.PartyId, wish.Amount.Currency, ct);
        if (wallet.Available >= wish.Threshold)
            return false;
        // The key is the day's number: a run that is repeated, or two at once, buy once.
        var paid = await payments.PayForAsync(
            rule.PartyId,
            new PaymentOrder { Amount = wish.Amount },
            automatic: true,
            $"auto/{day:yyyyMMdd}/{today + 1}",
            ct
        );
        string? stopped = paid.Match(
            p => p.State is PaymentState.Failed or PaymentState.Canceled ? p.Failure ?? "refused" : null,
            p => p.Detail
        );
        if (stopped is not null)
            await db.Database.ExecuteSqlAsync(
                $"update billing.auto_top_up set stopped = {stopped}, updated_at = {now} where party_id = {rule.PartyId}",
                ct
            );
        return stopped is null;
    }

    private Task<List<Rule>> RulesAsync(string where, CancellationToken ct, params object?[] parameters) =>
        db.ReadAsync(
            ReadSql + where,
            r =>
            {
                Currency currency = Currency.Parse(r.GetString(1));
                return new Rule(
                    r.GetString(0),
                    new AutoTopUp(
                        new Money(r.GetInt64(2), currency),
                        new Money(r.GetInt64(3), currency),
                        r.GetInt32(4),
                        r.GetBoolean(5),
                        r.TextOrNull(6)
                    )
                );
            },
            ct,
            parameters
        );
}

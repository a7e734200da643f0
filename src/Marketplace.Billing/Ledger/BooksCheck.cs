using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Ledger;

/// <summary>Checks everything that can be derived twice. Reads whole tables: for tests and for the job that keeps the report.</summary>
internal sealed class BooksCheck(MarketplaceDbContext db, ActorContext actor, IChangeFeed changes, TimeProvider time)
{
    /// <summary>Every break with the promise it breaks, one of <see cref="Invariants"/>.</summary>
    internal const string BreaksSql = $"""
        select invariant, break from billing.check_ledger()
        union all select '{Invariants.KeysOnce}', break from billing.check_keys()
        union all select '{Invariants.ChargesAgree}', break from billing.check_usage()
        union all select '{Invariants.ChargesAgree}', break from billing.check_reservations()
        union all select '{Invariants.InvoicesAgree}', break from billing.check_invoices()
        union all select '{Invariants.PayoutsAgree}', break from billing.check_payouts()
        union all select '{Invariants.CreditsAgree}', break from billing.check_credits()
        union all select '{Invariants.StatementsAgree}', break from billing.check_statements()
        """;

    /// <summary>Announced when a new report is there.</summary>
    public const string Topic = "books";

    /// <summary>Checks and keeps the report, so that looking at it costs nothing.</summary>
    /// <returns>1: one report.</returns>
    public async Task<int> ReportAsync(CancellationToken ct)
    {
        BooksReport report = await RunAsync(ct);
        string json = JsonSerializer.Serialize(report);
        return await db.InTransactionAsync(
            async token =>
            {
                await db.Database.ExecuteSqlAsync(
                    $"""
                    insert into billing.books_report (only_row, checked_at, report) values (true, {report.At}, {json}::jsonb)
                    on conflict (only_row) do update set checked_at = excluded.checked_at, report = excluded.report
                    where billing.books_report.checked_at <= excluded.checked_at
                    """,
                    token
                );
                changes.Announce(Topic);
                return 1;
            },
            ct
        );
    }

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>The kept report; null before the first check.</summary>
    /// <exception cref="InvalidOperationException">The actor sees one party only.</exception>
    public async Task<BooksReport?> LastAsync(CancellationToken ct)
    {
        if (!actor.Current.SeesAll)
            throw new InvalidOperationException("Only the system and the network desk read the books' report.");
        var rows = await db.ReadAsync("select report::text from billing.books_report", r => r.GetString(0), ct);
        return rows.Count == 0 ? null : JsonSerializer.Deserialize<BooksReport>(rows[0]);
    }

    /// <exception cref="InvalidOperationException">The actor sees one party only: the whole network's totals are not for it.</exception>
    public Task<BooksReport> RunAsync(CancellationToken ct) =>
        actor.Current.SeesAll
            ? db.InTransactionAsync(CheckAsync, ct)
            : throw new InvalidOperationException("Only the system and the network desk check the books.");

    private async Task<BooksReport> CheckAsync(CancellationToken ct)
    {
        // Whole tables are read, which takes what it takes.
        db.Database.SetCommandTimeout(Patience);
        var counts = (
            await db.ReadAsync(
                """
                select (select count(*) from billing.journal), (select count(*) from billing.leg),
                       (select count(distinct currency) from billing.account), (select count(*) from billing.account),
                       (select count(*) from billing.account where authorising),
                       (select count(*) from billing.rated_line), (select count(*) from billing.invoice),
                       (select count(*) from billing.payout), (select count(*) from billing.promo_grant)
                """,
                r =>
                    (
                        Journals: r.GetInt64(0),
                        Legs: r.GetInt64(1),
                        Currencies: r.GetInt64(2),
                        Accounts: r.GetInt64(3),
                        Authorising: r.GetInt64(4),
                        Charges: r.GetInt64(5),
                        Invoices: r.GetInt64(6),
                        Payouts: r.GetInt64(7),
                        Grants: r.GetInt64(8)
                    ),
                ct
            )
        ).Single();
        var balance = await db.ReadAsync(
            "select currency, class, accounts, leg_debits, leg_credits, stored_debits, stored_credits from billing.trial_balance()",
            r => new TrialBalanceLine(
                r.GetString(0),
                r.GetString(1),
                r.GetInt64(2),
                r.GetInt64(3),
                r.GetInt64(4),
                r.GetInt64(5),
                r.GetInt64(6)
            ),
            ct
        );
        var breaks = await db.ReadAsync(BreaksSql, r => (Invariant: r.GetString(0), Break: r.GetString(1)), ct);
        var periods = await PeriodsAsync(ct);
        long Checked(string invariant) =>
            invariant switch
            {
                Invariants.DebitsEqualCredits => counts.Currencies,
                Invariants.BalancesEqualLegs => counts.Accounts,
                Invariants.FloorsKept => counts.Authorising,
                Invariants.ChargesAgree => counts.Charges,
                Invariants.InvoicesAgree => counts.Invoices,
                Invariants.PayoutsAgree => counts.Payouts,
                Invariants.CreditsAgree => counts.Grants,
                Invariants.StatementsAgree => periods.Count,
                // A journal is one key.
                _ => counts.Journals,
            };
        var byCurrency = balance.ToLookup(l => l.Currency, StringComparer.Ordinal);
        return new BooksReport(
            time.GetUtcNow(),
            counts.Journals,
            counts.Legs,
            byCurrency.ToDictionary(c => c.Key, c => c.Sum(l => l.LegDebitMicros), StringComparer.Ordinal),
            byCurrency.ToDictionary(c => c.Key, c => c.Sum(l => l.LegCreditMicros), StringComparer.Ordinal),
            [.. breaks.Select(b => b.Break)]
        )
        {
            TrialBalance = balance,
            Periods = periods,
            Invariants = [.. Invariants.All.Select(i => new InvariantCheck(i, Checked(i), breaks.Count(b => b.Invariant == i)))],
        };
    }

    private Task<List<PeriodReconciliation>> PeriodsAsync(CancellationToken ct) =>
        db.ReadAsync(
            """
            select period, currency, invoiced_net, invoiced_tax, uninvoiced_net, uninvoiced_tax, credited_net, credited_tax, document_rounding,
                   center, operator, commission, tax, rounding, other_net, other_tax, other_rounding
            from billing.reconcile_statements()
            """,
            r => new PeriodReconciliation(
                r.GetFieldValue<DateOnly>(0),
                r.GetString(1),
                new(r.GetInt64(2), r.GetInt64(3)),
                new(r.GetInt64(4), r.GetInt64(5)),
                new(r.GetInt64(6), r.GetInt64(7)),
                r.GetInt64(8),
                new(r.GetInt64(14), r.GetInt64(15)),
                r.GetInt64(16),
                r.GetInt64(9),
                r.GetInt64(10),
                r.GetInt64(11),
                r.GetInt64(12),
                r.GetInt64(13)
            ),
            ct
        );
}

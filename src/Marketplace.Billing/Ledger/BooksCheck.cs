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
        var sums = await db.ReadAsync(
            """
            select a.currency,
                   coalesce(sum((select sum(l.amount) from billing.leg l where l.debit_account = a.id)), 0)::bigint,
                   coalesce(sum((select sum(l.amount) from billing.leg l where l.credit_account = a.id)), 0)::bigint
            from billing.account a group by a.currency
            """,
            r => (Currency: r.GetString(0), Debits: r.GetInt64(1), Credits: r.GetInt64(2)),
            ct
        );
        var counts = (
            await db.ReadAsync(
                "select (select count(*) from billing.journal), (select count(*) from billing.leg)",
                r => (Journals: r.GetInt64(0), Legs: r.GetInt64(1)),
                ct
            )
        ).Single();
        var breaks = await db.ReadAsync(
            "select break from billing.check_ledger() union all select break from billing.check_usage() union all select break from billing.check_invoices()",
            r => r.GetString(0),
            ct
        );
        breaks.AddRange(
            sums.Where(s => s.Debits != s.Credits).Select(s => $"{s.Currency}: debits are {s.Debits}, credits {s.Credits} micro-units")
        );
        return new BooksReport(
            time.GetUtcNow(),
            counts.Journals,
            counts.Legs,
            sums.ToDictionary(s => s.Currency, s => s.Debits, StringComparer.Ordinal),
            sums.ToDictionary(s => s.Currency, s => s.Credits, StringComparer.Ordinal),
            breaks
        );
    }
}

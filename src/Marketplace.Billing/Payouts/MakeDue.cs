using System.Globalization;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Payouts;

/// <summary>Moves what centers and operators have earned from pending to payable once the dispute window has passed.</summary>
internal sealed class MakeDue(
    MarketplaceDbContext db,
    LedgerWriter writer,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    private const int ContractsPerCommit = 500;

    /// <param name="Lines">How many charges are due so far: each time more, so it makes the key. Their ids would not, when the clock goes back.</param>
    private sealed record Earned(
        string ContractId,
        string CenterId,
        string OperatorId,
        Currency Currency,
        long Center,
        long Operator,
        long Lines,
        DateTimeOffset DueAt
    );

    /// <returns>How many contracts had something fall due.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        int contracts = 0;
        while (true)
        {
            int moved = await db.InTransactionAsync(MoveAsync, ct);
            contracts += moved;
            if (moved < ContractsPerCommit)
                return contracts;
        }
    }

    private async Task<int> MoveAsync(CancellationToken ct)
    {
        var earned = await db.ReadAsync(
            """
            with locked as (
                -- What was due stays due when the clock goes back: the window is counted from the latest moment at which some was.
                select c.*, d.rated_by from billing.contract_cost c
                cross join lateral (
                    select greatest($1, (
                        select j.effective_at - $3 from billing.journal j
                        where j.group_id = c.contract_id and j.kind = 'due' order by j.xid desc limit 1)) as rated_by
                ) d
                where (c.center_due <> c.center or c.operator_due <> c.operator)
                  and exists (
                      select from billing.rated_line r
                      where r.contract_id = c.contract_id and r.rated_at <= d.rated_by
                      having sum(r.center) <> c.center_due or sum(r.operator) <> c.operator_due)
                order by c.contract_id
                limit $2
                for no key update of c skip locked
            )
            select c.contract_id, c.center_id, c.operator_id, c.currency, s.center - c.center_due, s.operator - c.operator_due, s.lines, c.rated_by
            from locked c
            cross join lateral (
                select sum(r.center)::bigint as center, sum(r.operator)::bigint as operator, count(*) as lines
                from billing.rated_line r where r.contract_id = c.contract_id and r.rated_at <= c.rated_by
            ) s
            """,
            r => new Earned(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                Currency.Parse(r.GetString(3)),
                r.GetInt64(4),
                r.GetInt64(5),
                r.GetInt64(6),
                r.Instant(7) + options.Value.DisputeWindow
            ),
            ct,
            time.GetUtcNow() - options.Value.DisputeWindow,
            ContractsPerCommit,
            options.Value.DisputeWindow
        );
        if (earned.Count == 0)
            return 0;
        JournalDraft[] drafts =
        [
            .. earned.Select(e =>
                Postings.Due(
                    e.ContractId,
                    e.CenterId,
                    e.OperatorId,
                    new Money(e.Center, e.Currency),
                    new Money(e.Operator, e.Currency),
                    string.Create(CultureInfo.InvariantCulture, $"{e.ContractId}/{e.Lines}"),
                    e.DueAt
                )
            ),
        ];
        var posted = await writer.PostAsync(drafts, ct);
        if (posted.Any(p => p.Status != PostedStatus.Posted))
            throw new InvalidOperationException("Earnings were made payable twice.");
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            update billing.contract_cost c set center_due = c.center_due + w.center, operator_due = c.operator_due + w.operator
            from unnest($1, $2, $3) w (contract_id, center, operator) where c.contract_id = w.contract_id
            """,
            (string[])[.. earned.Select(e => e.ContractId)],
            (long[])[.. earned.Select(e => e.Center)],
            (long[])[.. earned.Select(e => e.Operator)]
        );
        await batch.ExecuteNonQueryAsync(ct);
        foreach (Earned e in earned)
            changes.Announce($"contract:{e.ContractId}");
        return earned.Count;
    }
}

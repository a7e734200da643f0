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
        string Lines,
        DateTimeOffset RatedBy
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
                select c.*, greatest($1, c.due_through) as rated_by from billing.contract_cost c
                where (c.center_due <> c.center or c.operator_due <> c.operator)
                  and exists (
                      select from billing.payable_line r
                      where r.contract_id = c.contract_id and r.due_from <= greatest($1, c.due_through)
                      having sum(r.center) <> c.center_due or sum(r.operator) <> c.operator_due)
                order by c.contract_id
                limit $2
                for no key update of c skip locked
            )
            select c.contract_id, c.center_id, c.operator_id, c.currency, s.center - c.center_due, s.operator - c.operator_due, s.lines, c.rated_by
            from locked c
            cross join lateral (
                select sum(r.center)::bigint as center, sum(r.operator)::bigint as operator,
                       -- What is due only grows, line by line: its last line and their number make a key that no other due has.
                       max(r.id) || '/' || count(*) as lines
                from billing.payable_line r where r.contract_id = c.contract_id and r.due_from <= c.rated_by
            ) s
            """,
            r => new Earned(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                Currency.Parse(r.GetString(3)),
                r.GetInt64(4),
                r.GetInt64(5),
                r.GetString(6),
                r.Instant(7)
            ),
            ct,
            time.GetUtcNow() - options.Value.DisputeWindow,
            ContractsPerCommit
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
                    $"{e.ContractId}/{e.Lines}",
                    e.RatedBy + options.Value.DisputeWindow
                )
            ),
        ];
        var posted = await writer.PostAsync(drafts, ct);
        if (posted.Any(p => p.Status != PostedStatus.Posted))
            throw new InvalidOperationException("Earnings were made payable twice.");
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            update billing.contract_cost c
            set center_due = c.center_due + w.center, operator_due = c.operator_due + w.operator, due_through = w.rated_by
            from unnest($1, $2, $3, $4) w (contract_id, center, operator, rated_by) where c.contract_id = w.contract_id
            """,
            (string[])[.. earned.Select(e => e.ContractId)],
            (long[])[.. earned.Select(e => e.Center)],
            (long[])[.. earned.Select(e => e.Operator)],
            (DateTimeOffset[])[.. earned.Select(e => e.RatedBy.ToUniversalTime())]
        );
        await batch.ExecuteNonQueryAsync(ct);
        foreach (Earned e in earned)
            changes.Announce($"contract:{e.ContractId}");
        return earned.Count;
    }
}

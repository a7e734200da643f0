using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Invoicing;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Disputes;

/// <summary>
/// The network desk decides a dispute. Upheld, each disputed charge is taken back by a line of its own and one journal; rejected, the charges go
/// on as if nobody had disputed them.
/// </summary>
internal sealed class DecideDispute(
    MarketplaceDbContext db,
    ActorContext actor,
    LedgerWriter writer,
    Collection collection,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
)
{
    private const int ShareDecimals = 18;

    /// <returns>The dispute's id.</returns>
    public async Task<Outcome<string>> RunAsync(string disputeId, UsageDisputeState to, DecideUsageDispute decision, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        List<FieldError> errors = [];
        if (decision.Reason?.Trim().Length is null or 0 or > OpenDispute.MaxReasonLength)
            errors.Add(
                new(
                    "/reason",
                    Plural.Write($"The reason has 1 to {OpenDispute.MaxReasonLength} {OpenDispute.MaxReasonLength:character|characters}."),
                    "Say why; the customer reads it."
                )
            );
        if (to == UsageDisputeState.Upheld && decision.Share is <= 0 or > 1)
            errors.Add(new("/share", "The share is more than 0 and at most 1.", "Give 1 for everything, 0.5 for half."));
        return errors.Count > 0
            ? Problem.Invalid(errors)
            : await db.InTransactionAsync(
                t => WriteAsync(disputeId, to, decision with { Reason = decision.Reason!.Trim() }, t),
                ct,
                o => o.IsOk
            );
    }

    private async Task<Outcome<string>> WriteAsync(
        string disputeId,
        UsageDisputeState to,
        DecideUsageDispute decision,
        CancellationToken ct
    )
    {
        var dispute = await db.Set<UsageDisputeRow>().AsNoTracking().FirstOrDefaultAsync(d => d.Id == disputeId, ct);
        if (dispute is null)
            return Problem.NotFound("usage dispute", disputeId);
        // Charging and becoming payable take the same lock.
        var hold = (
            await db.ReadAsync(
                """
                select t.hold_reference, t.tax_jurisdiction
                from billing.contract_cost c join billing.contract_terms t on t.contract_id = c.contract_id
                where c.contract_id = $1
                for no key update of c
                """,
                r => (Reference: r.GetString(0), TaxJurisdiction: r.GetString(1)),
                ct,
                dispute.ContractId
            )
        ).Single();
        var decided = await db.Set<UsageDisputeOutcomeRow>().AsNoTracking().FirstOrDefaultAsync(o => o.DisputeId == disputeId, ct);
        decimal share = decimal.Round(decision.Share, ShareDecimals);
        if (decided is not null)
            return decided.Outcome == to.ToString() && decided.Share == share
                ? disputeId
                : Problem.Conflict("dispute-decided", $"The dispute was {decided.Outcome.ToLowerInvariant()}; a decision stands.");
        DateTimeOffset now = time.GetUtcNow();
        var parties = new ChargeParties(
            dispute.ContractId,
            dispute.CustomerId,
            dispute.OperatorId,
            dispute.CenterId,
            Currency.Parse(dispute.Currency),
            hold.TaxJurisdiction,
            hold.Reference
        );
        string? journal = to == UsageDisputeState.Upheld ? await TakeBackAsync(disputeId, parties, share, now, ct) : null;
        string who = actor.Current.UserId ?? actor.Current.CredentialId ?? actor.Current.PartyId;
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                """
                insert into billing.usage_dispute_outcome (dispute_id, outcome, share, reason, journal_id, decided_by, decided_at)
                values ($1, $2, $3, $4, $5, $6, $7)
                """,
                disputeId,
                to.ToString(),
                share,
                decision.Reason,
                journal,
                who,
                now
            );
            await batch.ExecuteNonQueryAsync(ct);
        }
        db.Audit($"usage-dispute.{to.ToString().ToLowerInvariant()}", "usage dispute", disputeId, decision.Reason);
        foreach (string topic in new[] { OpenDispute.Topic, $"contract:{dispute.ContractId}", $"party:{dispute.CustomerId}" })
            changes.Announce(topic);
        return disputeId;
    }

    private async Task<string?> TakeBackAsync(
        string disputeId,
        ChargeParties parties,
        decimal share,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var lines = await db.ReadAsync(
            """
            select r.id, r.quantity, r.rated, r.net, r.tax, r.center, r.operator, r.commission, d.portion
            from billing.usage_dispute_line d join billing.rated_line r on r.id = d.rated_line_id
            where d.dispute_id = $1
            order by r.id
            """,
            r => new DisputedLine(
                r.GetString(0),
                r.GetDecimal(1),
                r.GetDecimal(2),
                new Share(r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6), r.GetInt64(7)),
                r.GetDecimal(8)
            ),
            ct,
            disputeId
        );
        var holds = await db.ReadAsync(
            "select held_resolved from billing.lock_holds(array[$1])",
            r => r.GetBoolean(0),
            ct,
            parties.HoldReference
        );
        long owed = (
            await db.ReadAsync(
                """
                select coalesce(sum(r.uncovered), 0)::bigint from billing.rated_line r
                where r.contract_id = $1 and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
                """,
                r => r.GetInt64(0),
                ct,
                parties.ContractId
            )
        ).Single();
        Correction back = CorrectionRule.Of(lines, share, owed, holds is [false]);
        if (back.Lines.Count == 0)
            return null;
        string journal = await writer.PostOneAsync(
            Postings.UsageCorrection(
                parties,
                back.Share,
                back.Uncovered,
                back.ToAvailable,
                "usage-dispute",
                disputeId,
                "Dispute upheld",
                now
            ),
            ct
        );
        await AddLinesAsync(back, journal, now, ct);
        // What comes back pays what is due first, like every credit.
        if (back.ToAvailable > 0)
            await collection.CollectAsync(parties.CustomerId, parties.Currency, ct);
        return journal;
    }

    private async Task AddLinesAsync(Correction back, string journal, DateTimeOffset now, CancellationToken ct)
    {
        var lines = back.Lines;
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            with inserted as (
                insert into billing.rated_line
                    (id, contract_id, order_id, customer_id, operator_id, center_id, currency, allocation_id, meter, price_version, window_from,
                     window_to, quantity, rated, net, tax, center, operator, commission, uncovered, journal_id, rated_at, adjustment, corrects_id)
                select w.id, r.contract_id, r.order_id, r.customer_id, r.operator_id, r.center_id, r.currency, r.allocation_id, r.meter,
                       r.price_version, r.window_from, r.window_to, w.quantity, w.rated, w.net, w.tax, w.center, w.operator, w.commission,
                       w.uncovered, $11, $12, $13, r.id
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                     w (id, corrects, quantity, rated, net, tax, center, operator, commission, uncovered)
                join billing.rated_line r on r.id = w.corrects
                returning *
            )
            update billing.contract_cost c
            set quantity = c.quantity + s.quantity, net = c.net + s.net, tax = c.tax + s.tax, center = c.center + s.center,
                operator = c.operator + s.operator, commission = c.commission + s.commission, uncovered = c.uncovered + s.uncovered
            from (
                select i.contract_id, coalesce(sum(i.quantity) filter (where i.meter = $14), 0) as quantity, sum(i.net)::bigint as net,
                       sum(i.tax)::bigint as tax, sum(i.center)::bigint as center, sum(i.operator)::bigint as operator,
                       sum(i.commission)::bigint as commission, sum(i.uncovered)::bigint as uncovered
                from inserted i group by i.contract_id
            ) s
            where c.contract_id = s.contract_id
            """,
            (string[])[.. lines.Select(_ => ids.New(IntakePlanner.LinePrefix))],
            (string[])[.. lines.Select(l => l.CorrectsId)],
            (decimal[])[.. lines.Select(l => l.Quantity)],
            (decimal[])[.. lines.Select(l => l.Exact)],
            (long[])[.. lines.Select(l => l.Share.Net)],
            (long[])[.. lines.Select(l => l.Share.Tax)],
            (long[])[.. lines.Select(l => l.Share.Center)],
            (long[])[.. lines.Select(l => l.Share.Operator)],
            (long[])[.. lines.Select(l => l.Share.Commission)],
            (long[])[.. lines.Select(l => l.Uncovered)],
            journal,
            now,
            Adjustments.Dispute,
            MeterRule.CardSeconds
        );
        await batch.ExecuteNonQueryAsync(ct);
    }
}

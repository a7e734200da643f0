using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Marketplace.Platform.Time;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Marketplace.Billing.Disputes;

/// <summary>A customer disputes charged usage: the charges of a stretch of time that are young enough stop becoming payable.</summary>
internal sealed class OpenDispute(
    MarketplaceDbContext db,
    ActorContext actor,
    IdFactory ids,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
)
{
    public const string Topic = "usage-disputes";
    public const int MaxReasonLength = 500;

    private sealed record Charge(string Id, DateTimeOffset From, DateTimeOffset To, long Micros);

    /// <returns>The dispute's id.</returns>
    public async Task<Outcome<string>> RunAsync(string contractId, OpenUsageDispute request, string key, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        List<FieldError> errors = [];
        if (request.To <= request.From)
            errors.Add(new("/to", "The time ends before it begins.", "Give an end after the beginning."));
        if (request.Reason?.Trim().Length is null or 0 or > MaxReasonLength)
            errors.Add(
                new(
                    "/reason",
                    Plural.Write($"The reason has 1 to {MaxReasonLength} {MaxReasonLength:character|characters}."),
                    "Say what is wrong in a sentence."
                )
            );
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        var terms = await db.Set<ContractTermsRow>().AsNoTracking().FirstOrDefaultAsync(t => t.ContractId == contractId, ct);
        if (terms is null)
            return Problem.NotFound("contract", contractId);
        if (terms.CustomerId != actor.Current.PartyId)
            return Problem.Forbidden("Only the customer of a contract disputes what it was charged.");
        OpenUsageDispute asked = request with
        {
            From = request.From.ToStored(),
            To = request.To.ToStored(),
            Reason = request.Reason!.Trim(),
        };
        return await db.InTransactionAsync(t => WriteAsync(terms, asked, key, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<string>> WriteAsync(ContractTermsRow terms, OpenUsageDispute asked, string key, CancellationToken ct)
    {
        // Becoming payable takes the same lock: a charge is either disputed or due.
        await db.ReadAsync(
            "select contract_id from billing.contract_cost where contract_id = $1 for no key update",
            r => r.GetString(0),
            ct,
            terms.ContractId
        );
        var there = await db.Set<UsageDisputeRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(d => d.CustomerId == terms.CustomerId && d.IdempotencyKey == key, ct);
        if (there is not null)
            return there.ContractId == terms.ContractId && new OpenUsageDispute(there.WindowFrom, there.WindowTo, there.Reason) == asked
                ? there.Id
                : Problem.KeyReused();
        DateTimeOffset now = time.GetUtcNow();
        var charges = await db.ReadAsync(
            """
            select r.id, r.window_from, r.window_to, r.net + r.tax
            -- With what was given back of it already, by a correction or a volume tier.
            from billing.rated_line r
            where r.contract_id = $1 and r.window_from < $3 and (r.window_to > $2 or r.window_to = r.window_from and r.window_to = $2)
              and r.kind = 'usage' and r.adjustment is distinct from 'dispute' and r.net + r.tax <> 0 and r.rated_at > $4
              and not exists (select from billing.usage_dispute_line d where d.rated_line_id = r.id)
            order by r.id
            """,
            r => new Charge(r.GetString(0), r.Instant(1), r.Instant(2), r.GetInt64(3)),
            ct,
            terms.ContractId,
            asked.From,
            asked.To,
            now - options.Value.DisputeWindow
        );
        if (charges.Sum(c => c.Micros * Portion(c, asked)) <= 0)
            return Problem.Conflict(
                "nothing-to-dispute",
                "There is no charge in this time that is young enough and was not disputed before."
            );
        string id = ids.New(IdPrefix.UsageDispute);
        string who = actor.Current.UserId ?? actor.Current.CredentialId ?? actor.Current.PartyId;
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            insert into billing.usage_dispute
                (id, contract_id, customer_id, operator_id, center_id, currency, window_from, window_to, reason, idempotency_key, opened_by, opened_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            id,
            terms.ContractId,
            terms.CustomerId,
            terms.OperatorId,
            terms.CenterId,
            terms.Currency,
            asked.From,
            asked.To,
            asked.Reason,
            key,
            who,
            now
        );
        batch.Add(
            "insert into billing.usage_dispute_line (rated_line_id, dispute_id, contract_id, portion) select w.line, $1, $2, w.portion from unnest($3, $4) w (line, portion)",
            id,
            terms.ContractId,
            (string[])[.. charges.Select(c => c.Id)],
            (decimal[])[.. charges.Select(c => Portion(c, asked))]
        );
        await batch.ExecuteNonQueryAsync(ct);
        db.Audit("usage-dispute.opened", "usage dispute", id, $"{charges.Count} charges of {terms.ContractId}: {asked.Reason}");
        foreach (string topic in new[] { Topic, $"contract:{terms.ContractId}" })
            changes.Announce(topic);
        return id;
    }

    // The part of the charge's window that lies in the disputed time.
    private static decimal Portion(Charge charge, OpenUsageDispute asked)
    {
        long window = (charge.To - charge.From).Ticks;
        if (window == 0)
            return 1;
        DateTimeOffset from = Moments.Later(charge.From, asked.From);
        DateTimeOffset to = Moments.Earlier(charge.To, asked.To);
        return decimal.Round((decimal)(to - from).Ticks / window, 18, MidpointRounding.ToEven);
    }
}

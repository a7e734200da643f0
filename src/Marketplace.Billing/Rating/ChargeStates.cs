using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Data;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Rating;

/// <summary>Where charges stand on their way to the invoice, for a page of them at once.</summary>
internal sealed class ChargeStates(MarketplaceDbContext db, UsageKnowledge knowledge, IOptions<BillingOptions> options, TimeProvider time)
{
    private sealed record Standing(string LineId, string? DisputeId, bool Disputed, bool Invoiced);

    /// <returns>Completes a charge's view with its state.</returns>
    public async Task<Func<RatedLineRow, ChargeView, ChargeView>> OfAsync(IReadOnlyList<RatedLineRow> lines, CancellationToken ct)
    {
        if (lines.Count == 0)
            return (_, view) => view;
        var reach = await knowledge.ReachAsync([.. lines.Select(l => l.ContractId).Distinct(StringComparer.Ordinal)], ct);
        var standing = (
            await db.ReadAsync(
                """
                select w.id, d.dispute_id, d.dispute_id is not null and w.id = d.rated_line_id and o.dispute_id is null, i.rated_line_id is not null
                from unnest($1, $2) w (id, corrects)
                left join billing.usage_dispute_line d on d.rated_line_id in (w.id, w.corrects)
                left join billing.usage_dispute_outcome o on o.dispute_id = d.dispute_id
                left join billing.invoiced_line i on i.rated_line_id = w.id
                """,
                r => new Standing(r.GetString(0), r.TextOrNull(1), r.GetBoolean(2), r.GetBoolean(3)),
                ct,
                (string[])[.. lines.Select(l => l.Id)],
                (string?[])[.. lines.Select(l => l.CorrectsId)]
            )
        ).ToDictionary(s => s.LineId, StringComparer.Ordinal);
        DateTimeOffset now = time.GetUtcNow();
        return (line, view) =>
        {
            Standing its = standing[line.Id];
            // What no source answers for is told by its readings alone, each of which closes its own window.
            bool closed =
                !reach.TryGetValue(line.ContractId, out UsageReach known) || known.ClosedThrough(options.Value.UsageGrace) >= line.WindowTo;
            return view with
            {
                State = UsageStates.Of(new ChargeFacts(line.RatedAt, closed, its.Disputed, its.Invoiced), options.Value.DisputeWindow, now),
                DisputeId = its.DisputeId,
            };
        };
    }
}

using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Purchase;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Orders.Features.Bulk;

/// <summary>
/// Places the waiting lines of one bulk order as its customer, many at once: one plan, one hold of the money, one sale of the capacity and
/// one commit. Safe to start again after a crash: done lines are not waiting any more.
/// </summary>
internal sealed class PlaceBulk(
    MarketplaceDbContext db,
    PlanBulk plans,
    RequestQuote quotes,
    OrderWriter writer,
    PlacingTurn turn,
    IChangeFeed changes,
    TimeProvider time
)
{
    /// <summary>Places up to <paramref name="take"/> waiting lines; all of them when the order is atomic, or only asks what it would cost.</summary>
    /// <returns>false when nothing is waiting any more.</returns>
    public async Task<bool> StepAsync(BulkOrder bulk, int take, CancellationToken ct)
    {
        bool whole = bulk.Mode == BulkMode.Atomic || bulk.DryRun;
        var lines = await db.WaitingAsync(bulk.Id, whole ? BulkOrderRequest.MaxLines : take, ct);
        if (lines.Count == 0)
            return false;
        IReadOnlyList<ReadyLine> ready = await plans.ReadAsync(bulk, lines, ct);
        for (int attempt = 1; ; attempt++)
        {
            BulkPlan plan = attempt == 1 ? await PlanAsync(bulk, lines, ready, ct) : BulkPlan.Nothing;
            Dictionary<PlannedBulkLine, Problem> refused = [];
            await turn.TakeAsync(
                db,
                attempt,
                async t =>
                {
                    refused = [];
                    await db.LockKeyAsync("bulk-place", bulk.PartyId, bulk.Id, t);
                    // Another worker may have placed them since they were read: the next step sees what is left.
                    if (!await db.AllWaitAsync(lines, t))
                        return false;
                    if (attempt > 1)
                        plan = await PlanAsync(bulk, lines, ready, t);
                    refused = await PlaceAsync(bulk, plan.Lines, t);
                    if (refused.Count > 0)
                        return false;
                    if (IsBroken(bulk, lines))
                        BulkLines.FailAll(lines);
                    changes.Announce($"party:{bulk.PartyId}");
                    await db.AddPlacingAsync(bulk.Id, plan.Placing, t);
                    await db.WriteAsync(lines, t);
                    return true;
                },
                written => written,
                ct
            );
            if (refused.Count == 0)
                return true;
            Judge(bulk, refused, attempt);
        }
    }

    /// <summary>Plans the lines that nothing was decided about; none of them when one line has broken an atomic order.</summary>
    private async Task<BulkPlan> PlanAsync(
        BulkOrder bulk,
        IReadOnlyList<BulkLine> lines,
        IReadOnlyList<ReadyLine> ready,
        CancellationToken ct
    )
    {
        if (IsBroken(bulk, lines))
            return BulkPlan.Nothing;
        BulkPlan plan = await plans.PlanAsync(bulk, [.. ready.Where(r => r.Line.Status == BulkLines.Waiting)], ct);
        return IsBroken(bulk, lines) ? plan with { Lines = [] } : plan;
    }

    // One refused line is enough to break an atomic order.
    private static bool IsBroken(BulkOrder bulk, IEnumerable<BulkLine> lines) =>
        bulk.Mode == BulkMode.Atomic && lines.Any(l => l.Status == BulkLines.Refused);

    /// <summary>Places the lines as far as they can be; call inside a transaction.</summary>
    /// <returns>Lines that stand in the way: with any of them, nothing may be committed.</returns>
    private async Task<Dictionary<PlannedBulkLine, Problem>> PlaceAsync(BulkOrder bulk, List<PlannedBulkLine> planned, CancellationToken ct)
    {
        if (bulk.DryRun)
        {
            planned.ForEach(p => BulkLines.Record(p, "priced", order: null));
            return [];
        }
        DateTimeOffset now = time.GetUtcNow();
        var drafts = planned.Select(p => (Line: p, Draft: Draft(bulk, p, now))).ToList();
        // Money before capacity, always in this order.
        var missing = await writer.HoldAsync([.. drafts.Select(d => d.Draft)], ct);
        var unpaid = drafts.Zip(missing).Where(d => d.Second is not null).ToDictionary(d => d.First.Line, d => d.Second!);
        if (bulk.Mode == BulkMode.Atomic && unpaid.Count > 0)
            return unpaid;
        var paid = drafts.Where(d => !unpaid.ContainsKey(d.Line)).ToList();
        var taken = await writer.SellAsync([.. paid.Select(d => d.Draft)], ct);
        if (taken.Any(p => p is not null))
            return paid.Zip(taken).Where(d => d.Second is not null).ToDictionary(d => d.First.Line, d => d.Second!);
        await writer.WriteAsync([.. paid.Select(d => d.Draft)], now, ct);
        paid.ForEach(d => BulkLines.Record(d.Line, "accepted", d.Draft.Order));
        foreach (var (line, problem) in unpaid)
            BulkLines.Refuse(line.Line, problem);
        return [];
    }

    private OrderDraft Draft(BulkOrder bulk, PlannedBulkLine line, DateTimeOffset now)
    {
        string key = $"{bulk.Id}/{line.Line.Line}";
        WorkloadRequest request = line.Ready.Request;
        return writer.Draft(quotes.Draft(request, key, RequestQuote.Hash(request), line.Plan, [], line.Ready.ProjectId), key, bulk.Id, now);
    }

    /// <summary>
    /// Refuses what stands in the way. Capacity that others took first is no refusal in the first attempt: the lines are planned again on what
    /// they left.
    /// </summary>
    private void Judge(BulkOrder bulk, Dictionary<PlannedBulkLine, Problem> refused, int attempt)
    {
        foreach (var (line, problem) in refused.OrderBy(r => r.Key.Line.Line))
        {
            if (problem.Code == "capacity-taken" && attempt < PlacingTurn.Attempts)
                continue;
            BulkLines.Refuse(line.Line, problem);
            // The first one breaks an atomic order; the others are not done because of it.
            if (bulk.Mode == BulkMode.Atomic)
                return;
        }
    }
}

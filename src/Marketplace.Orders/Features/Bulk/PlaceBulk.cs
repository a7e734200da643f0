using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Orders.Features.Purchase;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Bulk;

/// <summary>
/// Places the waiting lines of one bulk order as its customer: one snapshot and one pass of the scheduler for many lines, then one
/// commit per line (best effort) or one for all (atomic). Safe to start again after a crash: done lines are not waiting any more.
/// </summary>
internal sealed class PlaceBulk(
    MarketplaceDbContext db,
    IMarketCatalog catalog,
    RequestQuote quotes,
    AcceptQuote accept,
    IChangeFeed changes
)
{
    private sealed record Planned(BulkLine Line, WorkloadRequest Request, Recipe Recipe, string Currency, QuotePlan Plan);

    /// <summary>Places up to <paramref name="take"/> waiting lines (all of them when the order is atomic).</summary>
    /// <returns>false when nothing is waiting any more.</returns>
    public async Task<bool> StepAsync(BulkOrder bulk, int take, CancellationToken ct)
    {
        var waiting = await db.Set<BulkLine>()
            .Where(l => l.BulkOrderId == bulk.Id && l.Status == "waiting")
            .OrderBy(l => l.Line)
            .Take(bulk.Mode == BulkMode.Atomic ? BulkOrderRequest.MaxLines : take)
            .ToListAsync(ct);
        if (waiting.Count == 0)
            return false;
        var planned = await PlanAsync(bulk, waiting, ct);
        bool broken = waiting.Any(l => l.Status == "refused");
        if (bulk.Mode == BulkMode.Atomic && broken)
            FailAll(waiting);
        else if (bulk.DryRun)
            planned.ForEach(p => Record(p, "priced", order: null));
        else if (bulk.Mode == BulkMode.Atomic)
            await PlaceAllAsync(bulk, waiting, planned, ct);
        else
        {
            foreach (Planned line in planned)
                await PlaceOneAsync(bulk, line, ct);
        }
        changes.Announce($"party:{bulk.PartyId}");
        await db.SaveChangesAsync(ct);
        return true;
    }

    private async Task<List<Planned>> PlanAsync(BulkOrder bulk, List<BulkLine> lines, CancellationToken ct)
    {
        var ready = new List<(BulkLine Line, WorkloadRequest Request, Recipe Recipe, string Currency)>(lines.Count);
        foreach (BulkLine line in lines)
        {
            var request = BulkLineReader.Read(line.Line, JsonDocument.Parse(line.RequestJson).RootElement);
            if (!request.IsOk)
            {
                Refuse(line, request.Problem);
                continue;
            }
            WorkloadRequest capped = Cap(request.Value, bulk.MaxUnitPrice);
            var prepared = await quotes.PrepareAsync(capped, ct);
            if (prepared.IsOk)
                ready.Add((line, capped, prepared.Value.Recipe, prepared.Value.Currency));
            else
                Refuse(line, prepared.Problem);
        }
        if (bulk.Mode == BulkMode.Atomic && ready.Count < lines.Count)
            return [];
        var planned = new List<Planned>(ready.Count);
        foreach (var currency in ready.GroupBy(r => r.Currency, StringComparer.Ordinal))
        {
            SupplySnapshot supply = await catalog.SnapshotAsync(new SnapshotFilter { Currency = currency.Key }, ct);
            var items = currency.ToList();
            BulkDecision decision = Scheduler.DecideAll(
                supply,
                [.. items.Select(i => Planner.ToPlacement($"line-{i.Line.Line}", i.Request, i.Recipe, i.Currency))],
                bulk.Mode == BulkMode.Atomic
            );
            for (int i = 0; i < items.Count; i++)
            {
                if (decision.Decisions[i] is not Placed placed)
                {
                    Refuse(items[i].Line, Refusals.ToProblem((Refused)decision.Decisions[i]));
                    continue;
                }
                var plan = await quotes.PriceAsync(items[i].Request, items[i].Recipe, placed, items[i].Currency, ct);
                if (plan.IsOk)
                    planned.Add(new Planned(items[i].Line, items[i].Request, items[i].Recipe, items[i].Currency, plan.Value));
                else
                    Refuse(items[i].Line, plan.Problem);
            }
        }
        return planned;
    }

    // One transaction for everything: any refusal takes the whole order back.
    private async Task PlaceAllAsync(BulkOrder bulk, List<BulkLine> lines, List<Planned> planned, CancellationToken ct)
    {
        Problem? failed = null;
        int failedLine = 0;
        var orders = new Dictionary<int, Order>();
        await db.InTransactionAsync(
            async t =>
            {
                foreach (Planned line in planned)
                {
                    var order = await OrderAsync(bulk, line, t);
                    if (!order.IsOk)
                    {
                        (failed, failedLine) = (order.Problem, line.Line.Line);
                        return false;
                    }
                    orders[line.Line.Line] = order.Value;
                }
                planned.ForEach(p => Record(p, "accepted", orders[p.Line.Line]));
                return true;
            },
            ct,
            ok => ok
        );
        if (failed is null)
            return;
        // The rollback forgot the tracked rows: read them again to write the outcome.
        var fresh = await db.Set<BulkLine>().Where(l => l.BulkOrderId == bulk.Id).ToListAsync(ct);
        Refuse(fresh.First(l => l.Line == failedLine), failed);
        FailAll(fresh);
    }

    private async Task PlaceOneAsync(BulkOrder bulk, Planned line, CancellationToken ct)
    {
        Problem? failed = null;
        await db.InTransactionAsync(
            async t =>
            {
                // A rolled-back neighbour has cleared the tracker: attach the row again.
                if (db.Entry(line.Line).State == EntityState.Detached)
                    db.Attach(line.Line);
                var order = await OrderAsync(bulk, line, t);
                failed = order.IsOk ? null : order.Problem;
                if (order.IsOk)
                    Record(line, "accepted", order.Value);
                return order.IsOk;
            },
            ct,
            ok => ok
        );
        if (failed is null)
            return;
        db.Attach(line.Line);
        Refuse(line.Line, failed);
        await db.SaveChangesAsync(ct);
    }

    private async Task<Outcome<Order>> OrderAsync(BulkOrder bulk, Planned line, CancellationToken ct)
    {
        string key = $"{bulk.Id}/{line.Line.Line}";
        var quote = await quotes.StoreAsync(quotes.Draft(line.Request, key, RequestQuote.Hash(line.Request), line.Plan, []), ct);
        return quote.IsOk ? await accept.HandleAsync(quote.Value.Id, key, bulk.Id, ct) : quote.Problem;
    }

    private static WorkloadRequest Cap(WorkloadRequest request, decimal? max) =>
        max is null ? request : request with { MaxPricePerCardHour = Math.Min(max.Value, request.MaxPricePerCardHour ?? max.Value) };

    private static void Record(Planned planned, string status, Order? order)
    {
        planned.Line.Status = status;
        planned.Line.OrderId = order?.Id;
        planned.Line.ContractId = order?.Lines[0].ContractId;
        planned.Line.OfferId = planned.Plan.Lines[0].Terms.OfferId;
        planned.Line.Currency = planned.Currency;
        planned.Line.TotalMicros = RequestQuote.TotalOf(planned.Plan, planned.Currency).Micros;
    }

    private static void Refuse(BulkLine line, Problem problem)
    {
        line.Status = "refused";
        line.ProblemJson = JsonSerializer.Serialize(BulkLineReader.At(line.Line, problem), OrdersJson.Options);
    }

    private static void FailAll(IEnumerable<BulkLine> lines)
    {
        foreach (BulkLine line in lines.Where(l => l.Status != "refused"))
            line.Status = "not-done";
    }
}

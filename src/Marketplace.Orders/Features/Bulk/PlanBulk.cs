using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Projects;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Batch;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Bulk;

/// <summary>A line whose request is in order.</summary>
internal sealed record ReadyLine(BulkLine Line, WorkloadRequest Request, Recipe Recipe, string Currency, string? ProjectId);

/// <summary>A line with a place and a price.</summary>
internal sealed record PlannedBulkLine(ReadyLine Ready, QuotePlan Plan)
{
    public BulkLine Line => Ready.Line;
}

/// <summary>Lines with a place, and how they got it.</summary>
internal sealed record BulkPlan(List<PlannedBulkLine> Lines, BulkPlacing Placing)
{
    public static BulkPlan Nothing => new([], new BulkPlacing(BatchOrder.Arrival, 0, 0, 0));
}

/// <summary>
/// Reads and plans the lines of a bulk order: the customer once, each bundle once, and per currency one snapshot, one batch for the
/// scheduler and one reading of the terms. Lines that fail are refused in place; nothing is written.
/// </summary>
internal sealed class PlanBulk(IMarketCatalog catalog, RequestQuote quotes, Planner planner, IProjects projects, TimeProvider time)
{
    public async Task<List<ReadyLine>> ReadAsync(BulkOrder bulk, IReadOnlyList<BulkLine> lines, CancellationToken ct)
    {
        var customer = await quotes.CustomerAsync(ct);
        var bundles = new FilledBundles();
        ProjectBook book = await projects.BookAsync(ct);
        var ready = new List<ReadyLine>(lines.Count);
        foreach (BulkLine line in lines)
        {
            var request = Read(line);
            if (!request.IsOk || !customer.IsOk)
            {
                BulkLines.Refuse(line, request.Problem ?? customer.Problem!);
                continue;
            }
            WorkloadRequest capped = Cap(request.Value, bulk.MaxUnitPrice);
            var prepared = await quotes.PrepareAsync(capped, customer.Value, bundles, book, ct);
            if (prepared.IsOk && bulk.MaxUnitPrice is not null && prepared.Value.Currency != customer.Value.Currency)
                BulkLines.Refuse(line, OtherCurrency(prepared.Value.Currency, customer.Value.Currency));
            else if (prepared.IsOk)
                ready.Add(new ReadyLine(line, capped, prepared.Value.Recipe, prepared.Value.Currency, prepared.Value.ProjectId));
            else
                BulkLines.Refuse(line, prepared.Problem);
        }
        return ready;
    }

    /// <returns>The lines with a place, in their order; the others have been refused.</returns>
    public async Task<BulkPlan> PlanAsync(BulkOrder bulk, IReadOnlyList<ReadyLine> ready, CancellationToken ct)
    {
        var planned = new List<PlannedBulkLine>(ready.Count);
        BulkPlacing placing = BulkPlan.Nothing.Placing;
        DateTimeOffset now = time.GetUtcNow();
        foreach (var currency in ready.GroupBy(r => r.Currency, StringComparer.Ordinal))
        {
            SupplySnapshot supply = await catalog.SnapshotAsync(new SnapshotFilter { Currency = currency.Key }, ct);
            var items = currency.ToList();
            BatchDecision decision = Scheduler.DecideBatch(
                supply,
                [.. items.Select(i => Planner.ToPlacement($"line-{i.Line.Line}", i.Request, i.Recipe, i.Currency))],
                bulk.Mode == BulkMode.Atomic
            );
            placing = placing.Plus(decision);
            var terms = new Dictionary<ContractClass, IReadOnlyDictionary<string, Outcome<OfferTerms>>>();
            foreach (var sold in items.Zip(decision.Decisions).GroupBy(i => i.First.Request.Class))
                terms[sold.Key] = await planner.TermsAsync(sold.Select(i => i.Second).OfType<Placed>(), sold.Key, ct);
            foreach (var (item, decided) in items.Zip(decision.Decisions))
            {
                if (decided is not Placed placed)
                {
                    BulkLines.Refuse(item.Line, Refusals.ToProblem((Refused)decided, item.Request, item.Recipe));
                    continue;
                }
                var plan = RequestQuote.Price(item.Request, item.Recipe, placed, item.Currency, terms[item.Request.Class], now);
                if (plan.IsOk)
                    planned.Add(new PlannedBulkLine(item, plan.Value));
                else
                    BulkLines.Refuse(item.Line, plan.Problem);
            }
        }
        return new BulkPlan(planned, placing);
    }

    private static Outcome<WorkloadRequest> Read(BulkLine line)
    {
        using JsonDocument raw = JsonDocument.Parse(line.RequestJson);
        return BulkLineReader.Read(line.Line, raw.RootElement);
    }

    // The order's limit is an amount of the customer's currency: it says nothing about prices in another.
    private static Problem OtherCurrency(string line, string limit) =>
        Problem.Invalid(
            "/currency",
            $"The order's highest unit price is in {limit}; this line is in {line}. Prices are never converted.",
            $"Order in {limit}, or leave out the order's limit and give the line its own maxPricePerCardHour."
        );

    private static WorkloadRequest Cap(WorkloadRequest request, decimal? max) =>
        max is null ? request : request with { MaxPricePerCardHour = Math.Min(max.Value, request.MaxPricePerCardHour ?? max.Value) };
}

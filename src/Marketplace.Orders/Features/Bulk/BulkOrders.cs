using System.Security.Cryptography;
using System.Text.Json;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Purchase;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Bulk;

internal sealed class BulkOrders(
    MarketplaceDbContext db,
    ActorContext actor,
    IOutbox outbox,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time
) : IBulkOrders
{
    public static readonly KeySorting<BulkOrder> Sorting = KeySorting<BulkOrder>
        .NewestFirst("createdAt", b => b.Id)
        .By("lines", b => b.LineCount);

    public static readonly KeySorting<BulkLine> LineSorting = KeySorting<BulkLine>
        .Numbered("line", l => l.Line)
        .By("status", l => l.Status)
        .By("total", l => l.Currency ?? "", l => l.TotalMicros ?? 0);

    public async Task<Outcome<BulkOrderView>> SubmitAsync(BulkOrderRequest request, string idempotencyKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        if (request.Lines.Count is 0 or > BulkOrderRequest.MaxLines)
            return Problem.Invalid(
                "/lines",
                $"A bulk order has 1 to {BulkOrderRequest.MaxLines:N0} lines; this one has {request.Lines.Count:N0}.",
                "Split it into several orders."
            );
        if (request.MaxUnitPrice is <= 0)
            return Problem.Invalid("/maxUnitPrice", "The highest unit price must be above 0.", "Raise or remove it.");
        string hash = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, OrdersJson.Options)));
        return await db.InTransactionAsync(t => StoreAsync(request, idempotencyKey, hash, t), ct, o => o.IsOk);
    }

    private async Task<Outcome<BulkOrderView>> StoreAsync(
        BulkOrderRequest request,
        string idempotencyKey,
        string hash,
        CancellationToken ct
    )
    {
        string party = actor.Current.PartyId;
        await db.LockKeyAsync("bulk", party, idempotencyKey, ct);
        if (await db.Set<BulkOrder>().FirstOrDefaultAsync(b => b.PartyId == party && b.IdempotencyKey == idempotencyKey, ct) is { } earlier)
        {
            return earlier.RequestHash == hash ? await ViewAsync(earlier, ct) : Problem.KeyReused();
        }
        var bulk = new BulkOrder
        {
            Id = ids.New(IdPrefix.BulkOrder),
            PartyId = party,
            Mode = request.Mode,
            DryRun = request.DryRun,
            MaxUnitPrice = request.MaxUnitPrice,
            IdempotencyKey = idempotencyKey,
            RequestHash = hash,
            MemberId = actor.Current.MemberId,
            LineCount = request.Lines.Count,
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(bulk);
        db.Audit(
            "bulk-order.submitted",
            "bulk order",
            bulk.Id,
            Plural.Write($"{bulk.LineCount} {bulk.LineCount:line|lines}, {bulk.Mode}{(bulk.DryRun ? ", dry run" : "")}")
        );
        db.AddRange(
            request.Lines.Select(
                (line, i) =>
                    new BulkLine
                    {
                        BulkOrderId = bulk.Id,
                        Line = i,
                        PartyId = party,
                        RequestJson = line.GetRawText(),
                    }
            )
        );
        outbox.Publish(new BulkSubmitted(bulk.Id));
        changes.Announce($"party:{party}");
        await db.SaveChangesAsync(ct);
        return await ViewAsync(bulk, ct);
    }

    public async Task<BulkOrderView?> FindAsync(string bulkOrderId, CancellationToken ct) =>
        actor.Current.Allows(Permission.OrdersRead)
        && await db.Set<BulkOrder>().FirstOrDefaultAsync(b => b.Id == bulkOrderId, ct) is { } bulk
            ? await ViewAsync(bulk, ct)
            : null;

    public async Task<Page<BulkOrderView>> ListAsync(PageQuery query, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return new Page<BulkOrderView>([], null, 0);
        IQueryable<BulkOrder> all = db.Set<BulkOrder>();
        long total = await all.LongCountAsync(ct);
        var page = await Sorting.PageAsync(all, query, total, ct);
        var views = new List<BulkOrderView>(page.Items.Count);
        foreach (BulkOrder row in page.Items)
            views.Add(await ViewAsync(row, ct));
        return new Page<BulkOrderView>(views, page.NextCursor, page.Total);
    }

    public async Task<Page<BulkLineResult>> ResultsAsync(string bulkOrderId, PageQuery query, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return new Page<BulkLineResult>([], null, 0);
        var lines = db.Set<BulkLine>().Where(l => l.BulkOrderId == bulkOrderId);
        long total = await lines.LongCountAsync(ct);
        return (await LineSorting.PageAsync(lines, query, total, ct)).Select(ResultOf);
    }

    private static BulkLineResult ResultOf(BulkLine line) =>
        new(
            line.Line,
            line.Status,
            line.OrderId,
            line.ContractId,
            line.OfferId,
            line is { TotalMicros: { } micros, Currency: { } currency } ? new Money(micros, Currency.Parse(currency)) : null,
            ReadProblem(line.ProblemJson)
        );

    private async Task<BulkOrderView> ViewAsync(BulkOrder bulk, CancellationToken ct)
    {
        var counts = await db.Set<BulkLine>()
            .Where(l => l.BulkOrderId == bulk.Id)
            .GroupBy(l => new { l.Status, l.Currency })
            .Select(g => new
            {
                g.Key.Status,
                g.Key.Currency,
                Count = g.Count(),
                Micros = g.Sum(l => l.TotalMicros) ?? 0,
            })
            .ToListAsync(ct);
        int Count(params string[] statuses) => counts.Where(c => statuses.Contains(c.Status, StringComparer.Ordinal)).Sum(c => c.Count);
        var currencies = counts.Where(c => c.Currency is not null).Select(c => c.Currency!).Distinct(StringComparer.Ordinal).ToList();
        return new BulkOrderView(
            bulk.Id,
            bulk.Mode,
            bulk.DryRun,
            bulk.State,
            bulk.LineCount,
            bulk.LineCount - Count("waiting"),
            Count("accepted", "priced"),
            Count("refused", "not-done"),
            // A total over several currencies is no number; each line has its own.
            currencies.Count == 1
                ? new Money(counts.Where(c => c.Status is "accepted" or "priced").Sum(c => c.Micros), Currency.Parse(currencies[0]))
                : null,
            bulk.PlacedIn is { } order ? new BulkPlacing(order, bulk.PlacedLines, bulk.PlacedByArrivalLines, bulk.AtMostLines) : null,
            ReadProblem(bulk.ProblemJson),
            bulk.CreatedAt,
            bulk.FinishedAt
        );
    }

    private static Problem? ReadProblem(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<Problem>(json, OrdersJson.Options);
}

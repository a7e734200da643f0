using System.Text.Json;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Batch;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Marketplace.Orders.Features.Bulk;

/// <summary>What becomes of a bulk order's lines: decided in memory, written for all of them in one statement.</summary>
internal static class BulkLines
{
    public const string Waiting = "waiting";
    public const string Refused = "refused";

    /// <summary>The next lines that nothing has been decided about, not tracked.</summary>
    public static Task<List<BulkLine>> WaitingAsync(this MarketplaceDbContext db, string bulkOrderId, int take, CancellationToken ct) =>
        db.Set<BulkLine>()
            .AsNoTracking()
            .Where(l => l.BulkOrderId == bulkOrderId && l.Status == Waiting)
            .OrderBy(l => l.Line)
            .Take(take)
            .ToListAsync(ct);

    /// <summary>Whether nothing has been decided yet about any of these lines of one order.</summary>
    public static async Task<bool> AllWaitAsync(this MarketplaceDbContext db, IReadOnlyList<BulkLine> lines, CancellationToken ct)
    {
        string bulkOrderId = lines[0].BulkOrderId;
        int[] numbers = [.. lines.Select(l => l.Line)];
        int waiting = await db.Set<BulkLine>()
            .CountAsync(l => l.BulkOrderId == bulkOrderId && l.Status == Waiting && numbers.Contains(l.Line), ct);
        return waiting == lines.Count;
    }

    public static void Record(PlannedBulkLine planned, string status, Order? order)
    {
        BulkLine line = planned.Line;
        Money total = RequestQuote.TotalOf(planned.Plan, planned.Ready.Currency);
        line.Status = status;
        line.OrderId = order?.Id;
        line.ContractId = order?.Lines[0].ContractId;
        line.OfferId = planned.Plan.Lines[0].Terms.OfferId;
        line.Currency = total.Currency.Code;
        line.TotalMicros = total.Micros;
        line.ProblemJson = null;
    }

    public static void Refuse(BulkLine line, Problem problem)
    {
        line.Status = Refused;
        line.ProblemJson = JsonSerializer.Serialize(BulkLineReader.At(line.Line, problem), OrdersJson.Options);
    }

    /// <summary>An atomic order with a refused line: none of the others is done.</summary>
    public static void FailAll(IEnumerable<BulkLine> lines)
    {
        foreach (BulkLine line in lines.Where(l => l.Status != Refused))
            (line.Status, line.OrderId, line.ContractId, line.OfferId, line.TotalMicros, line.Currency) = (
                "not-done",
                null,
                null,
                null,
                null,
                null
            );
    }

    /// <summary>Adds to the order how these lines found their places.</summary>
    public static Task AddPlacingAsync(this MarketplaceDbContext db, string bulkOrderId, BulkPlacing placing, CancellationToken ct) =>
        db.Set<BulkOrder>()
            .Where(b => b.Id == bulkOrderId)
            .ExecuteUpdateAsync(
                b =>
                    b.SetProperty(o => o.PlacedIn, o => o.PlacedIn == BatchOrder.Market ? BatchOrder.Market : placing.Order)
                        .SetProperty(o => o.PlacedLines, o => o.PlacedLines + placing.Placed)
                        .SetProperty(o => o.PlacedByArrivalLines, o => o.PlacedByArrivalLines + placing.PlacedByArrival)
                        .SetProperty(o => o.AtMostLines, o => o.AtMostLines + placing.AtMost),
                ct
            );

    /// <summary>Writes what was decided about lines of one order.</summary>
    public static Task WriteAsync(this MarketplaceDbContext db, IReadOnlyList<BulkLine> lines, CancellationToken ct)
    {
        return db.Database.ExecuteSqlRawAsync(
            """
            update orders.bulk_line l
            set status = k.status, order_id = k.order_id, contract_id = k.contract_id, offer_id = k.offer_id,
                total_micros = k.total, currency = k.currency, problem_json = k.problem::jsonb
            from unnest(@lines, @statuses, @orders, @contracts, @offers, @totals, @currencies, @problems)
                as k (line, status, order_id, contract_id, offer_id, total, currency, problem)
            where l.bulk_order_id = @bulk and l.line = k.line
            """,
            [
                new NpgsqlParameter<string>("bulk", lines[0].BulkOrderId),
                Column("lines", NpgsqlDbType.Integer, l => (int?)l.Line),
                Column("statuses", NpgsqlDbType.Text, l => l.Status),
                Column("orders", NpgsqlDbType.Text, l => l.OrderId),
                Column("contracts", NpgsqlDbType.Text, l => l.ContractId),
                Column("offers", NpgsqlDbType.Text, l => l.OfferId),
                Column("totals", NpgsqlDbType.Bigint, l => l.TotalMicros),
                Column("currencies", NpgsqlDbType.Text, l => l.Currency),
                Column("problems", NpgsqlDbType.Text, l => l.ProblemJson),
            ],
            ct
        );

        NpgsqlParameter Column<T>(string name, NpgsqlDbType type, Func<BulkLine, T> value) =>
            new(name, NpgsqlDbType.Array | type) { Value = lines.Select(value).ToArray() };
    }
}

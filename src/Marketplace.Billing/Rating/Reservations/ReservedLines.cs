using Marketplace.Billing.Data;
using Marketplace.Billing.Metering;
using Npgsql;

namespace Marketplace.Billing.Rating.Reservations;

/// <summary>What an intake writes of the lines that reservations paid for.</summary>
internal static class ReservedLines
{
    // A line's price must be there before the line; drawn usage costs nothing more.
    public static void AddPrices(NpgsqlBatch batch, IReadOnlyList<RatedLineDraft> lines, DateTimeOffset now)
    {
        List<RatedLineDraft> reserved = Reserved(lines);
        if (reserved.Count == 0)
            return;
        batch.Add(
            """
            insert into billing.price_version (contract_id, meter, version, unit, quantity_per_unit, retail, wholesale, valid_from, kind)
            select distinct p.contract_id, w.reserved_meter, p.version, p.unit, p.quantity_per_unit, 0, 0, $4::timestamptz, 'reserved'
            from unnest($1, $2, $3) w (contract_id, meter, reserved_meter)
            join billing.price_version p on p.contract_id = w.contract_id and p.meter = w.meter and p.kind = 'usage'
            on conflict do nothing
            """,
            (string[])[.. reserved.Select(l => l.Reading.ContractId)],
            (string[])[.. reserved.Select(l => l.Reading.Meter)],
            (string[])[.. reserved.Select(l => l.Meter)],
            now
        );
    }

    /// <summary>Takes from the reservations what the lines say, once per line.</summary>
    public static void AddDraws(NpgsqlBatch batch, IReadOnlyList<RatedLineDraft> lines, DateTimeOffset now)
    {
        List<RatedLineDraft> reserved = Reserved(lines);
        if (reserved.Count == 0)
            return;
        batch.Add(
            "select billing.draw_reservations($1, $2, $1, $3, $4, $5)",
            (string[])[.. reserved.Select(l => l.Id)],
            (string[])[.. reserved.Select(l => l.Draw!.ReservationId)],
            (decimal[])[.. reserved.Select(l => l.Quantity)],
            (string?[])[.. reserved.Select(l => l.Draw!.JournalId)],
            now
        );
    }

    private static List<RatedLineDraft> Reserved(IReadOnlyList<RatedLineDraft> lines) => [.. lines.Where(l => l.Draw is not null)];
}

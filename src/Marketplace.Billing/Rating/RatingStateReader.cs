using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating.Reservations;
using Npgsql;

namespace Marketplace.Billing.Rating;

/// <summary>Reads where rating stands, as statements of an intake's batch. They come after the locks on meters and contracts.</summary>
internal static class RatingStateReader
{
    /// <summary>Adds two statements; <see cref="ReadAsync"/> reads their results.</summary>
    public static void AddTo(NpgsqlBatch batch, string[] contracts)
    {
        batch.Add(
            """
            select m.contract_id, m.meter, sum(m.quantity - m.reserved), sum(coalesce(m.weighted, m.quantity - m.reserved))
            from billing.usage_meter m where m.contract_id = any ($1) group by m.contract_id, m.meter
            """,
            (object)contracts
        );
        batch.Add(
            """
            select reservation_id, for_contract, left_over, usable_from, usable_to, whole, whole_net, whole_tax, whole_center, whole_commission
            from billing.lock_reservations($1)
            """,
            (object)contracts
        );
    }

    public static async Task<RatingState> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var used = await reader.NextRowsAsync(
            r => (Key: (r.GetString(0), r.GetString(1)), Used: new Metered(r.GetDecimal(2), r.GetDecimal(3))),
            ct
        );
        var pools = await reader.NextRowsAsync(r => (ContractId: r.GetString(1), Pool: Pool(r)), ct);
        return new RatingState(
            used.ToDictionary(u => u.Key, u => u.Used),
            pools
                .GroupBy(p => p.ContractId, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, IReadOnlyList<ReservationPool> (g) => [.. g.Select(p => p.Pool)], StringComparer.Ordinal)
        );
    }

    /// <summary>Adds one statement; <see cref="ReadDrawnAsync"/> reads its result.</summary>
    public static void AddDrawnTo(NpgsqlBatch batch, string[] contracts) =>
        batch.Add(
            """
            select l.contract_id, l.allocation_id, p.meter, d.reservation_id, sum(d.quantity)
            from billing.rated_line l
            join billing.reservation_draw d on d.rated_line_id = l.id
            -- The meter as it is read, not the one under which reserved usage stands.
            join billing.price_version p on p.contract_id = l.contract_id and p.kind = 'usage' and l.meter = 'reserved-' || p.meter and p.version = 1
            where l.contract_id = any ($1) and l.kind = 'reserved'
            group by 1, 2, 3, 4
            having sum(d.quantity) > 0
            order by max(l.window_to), d.reservation_id
            """,
            (object)contracts
        );

    public static async Task<IReadOnlyDictionary<AllocationMeter, IReadOnlyList<DrawnQuantity>>> ReadDrawnAsync(
        NpgsqlDataReader reader,
        CancellationToken ct
    ) =>
        (
            await reader.NextRowsAsync(
                r =>
                    (
                        Meter: new AllocationMeter(r.GetString(0), r.GetString(1), r.GetString(2)),
                        Drawn: new DrawnQuantity(r.GetString(3), r.GetDecimal(4))
                    ),
                ct
            )
        )
            .GroupBy(d => d.Meter)
            .ToDictionary(g => g.Key, IReadOnlyList<DrawnQuantity> (g) => [.. g.Select(d => d.Drawn)]);

    private static ReservationPool Pool(NpgsqlDataReader r)
    {
        var (net, center, commission) = (r.GetInt64(6), r.GetInt64(8), r.GetInt64(9));
        return new ReservationPool(
            r.GetString(0),
            r.GetDecimal(2),
            r.Instant(3),
            r.Instant(4),
            new ReservationTerms(r.GetDecimal(5), new Share(net, r.GetInt64(7), center, checked(net - center - commission), commission))
        );
    }
}

using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Npgsql;

namespace Marketplace.Billing.Disputes;

/// <summary>What is disputed of the meters of an intake; disputes that were rejected are none.</summary>
/// <param name="Meters">Meters of which anything is disputed.</param>
/// <param name="Windows">By meter and end, the last windows that are disputed.</param>
internal sealed record DisputedUsage(
    IReadOnlySet<AllocationMeter> Meters,
    IReadOnlyDictionary<(AllocationMeter Meter, DateTimeOffset To), DisputedWindow> Windows
)
{
    public static readonly DisputedUsage None = new(
        new HashSet<AllocationMeter>(),
        new Dictionary<(AllocationMeter, DateTimeOffset), DisputedWindow>()
    );

    /// <summary>Adds two statements, to run under the locks on the contracts; <see cref="ReadAsync"/> reads their results.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyDictionary<MeterKey, BookedMeter> meters)
    {
        batch.Add(
            """
            select distinct r.contract_id, r.allocation_id, r.meter
            from billing.usage_dispute u
            join billing.usage_dispute_line d on d.dispute_id = u.id
            join billing.rated_line r on r.id = d.rated_line_id
            left join billing.usage_dispute_outcome o on o.dispute_id = u.id
            where u.contract_id = any ($1) and o.outcome is distinct from 'Rejected'
            """,
            (object)(string[])[.. meters.Keys.Select(k => k.ContractId).Distinct(StringComparer.Ordinal)]
        );
        (MeterKey Key, DateTimeOffset To)[] windows =
        [
            .. meters.Where(m => m.Value.State.Through is not null).Select(m => (m.Key, m.Value.State.Through!.Value)),
        ];
        batch.Add(
            """
            select r.contract_id, r.allocation_id, r.meter, r.window_to, r.quantity, r.rated, r.net, r.tax, r.center, r.operator, r.commission,
                   r.corrects_id is not null, d.dispute_id, coalesce(d.portion, 0), o.share
            from (select distinct * from unnest($1, $2, $3, $4) w (contract_id, allocation_id, meter, window_to)) w
            join billing.rated_line r using (contract_id, allocation_id, meter, window_to)
            left join (
                billing.usage_dispute_line d left join billing.usage_dispute_outcome o on o.dispute_id = d.dispute_id
            ) on d.rated_line_id = r.id and o.outcome is distinct from 'Rejected'
            where r.kind = 'usage'
            order by r.id
            """,
            (string[])[.. windows.Select(w => w.Key.ContractId)],
            (string[])[.. windows.Select(w => w.Key.AllocationId)],
            (string[])[.. windows.Select(w => w.Key.Meter)],
            (DateTimeOffset[])[.. windows.Select(w => w.To)]
        );
    }

    public static async Task<DisputedUsage> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var meters = await reader.NextRowsAsync(r => new AllocationMeter(r.GetString(0), r.GetString(1), r.GetString(2)), ct);
        var lines = await reader.NextRowsAsync(
            r =>
                (
                    Window: (new AllocationMeter(r.GetString(0), r.GetString(1), r.GetString(2)), r.Instant(3)),
                    Line: new WindowLine(
                        new ChargedAmount(
                            r.GetDecimal(4),
                            new Rated(
                                r.GetDecimal(5),
                                new Share(r.GetInt64(6), r.GetInt64(7), r.GetInt64(8), r.GetInt64(9), r.GetInt64(10))
                            )
                        ),
                        r.GetBoolean(11),
                        r.TextOrNull(12),
                        r.GetDecimal(13),
                        r.IsDBNull(14) ? null : r.GetDecimal(14)
                    )
                ),
            ct
        );
        var windows = new Dictionary<(AllocationMeter, DateTimeOffset), DisputedWindow>();
        foreach (var its in lines.GroupBy(l => l.Window, l => l.Line))
        {
            if (DisputedWindow.Of([.. its]) is { } disputed)
                windows.Add(its.Key, disputed);
        }
        return new DisputedUsage(meters.ToHashSet(), windows);
    }
}

using Marketplace.Billing.Data;
using Npgsql;

namespace Marketplace.Billing.Metering;

/// <summary>An intake's rows as columns: each table is one statement over arrays.</summary>
internal static class UsageRows
{
    public static NpgsqlBatchCommand AddEvents(NpgsqlBatch batch, IReadOnlyList<AcceptedEvent> events, DateTimeOffset now) =>
        batch.Add(
            """
            insert into billing.usage_event
                (source, event_id, payload_hash, contract_id, allocation_id, meter, quantity, window_from, window_to, final, received_at)
            select w.*, $11 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) w
            on conflict (source, event_id) do nothing
            """,
            Column(events, e => e.Reading.Source),
            Column(events, e => e.Reading.EventId),
            Column(events, e => e.Hash),
            Column(events, e => e.Reading.ContractId),
            Column(events, e => e.Reading.AllocationId),
            Column(events, e => e.Reading.Meter),
            Column(events, e => MeterRule.Quantity(e.Reading)),
            Column(events, e => e.Reading.From),
            Column(events, e => e.Reading.To),
            Column(events, e => e.Reading.Final),
            now
        );

    public static void AddLines(NpgsqlBatch batch, IntakePlan plan, DateTimeOffset now)
    {
        var journals = plan.Costs.ToDictionary(c => c.ContractId, c => c.JournalId, StringComparer.Ordinal);
        var lines = plan.Lines;
        batch.Add(
            """
            insert into billing.rated_line
                (id, contract_id, order_id, customer_id, operator_id, center_id, currency, allocation_id, meter, price_version, window_from,
                 window_to, quantity, rated, net, tax, center, operator, commission, uncovered, journal_id, rated_at, kind, weighted, reserved)
            select w.id, t.contract_id, t.order_id, t.customer_id, t.operator_id, t.center_id, t.currency, w.allocation_id, w.meter, w.price_version,
                   w.window_from, w.window_to, w.quantity, w.rated, w.net, w.tax, w.center, w.operator, w.commission, w.uncovered, w.journal_id, $17,
                   w.kind, w.weighted, w.reserved
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $18, $19, $20)
                 w (id, contract_id, allocation_id, meter, price_version, window_from, window_to, quantity, rated, net, tax, center, operator,
                    commission, uncovered, journal_id, kind, weighted, reserved)
            join billing.contract_terms t on t.contract_id = w.contract_id
            """,
            Column(lines, l => l.Id),
            Column(lines, l => l.Reading.ContractId),
            Column(lines, l => l.Reading.AllocationId),
            Column(lines, l => l.Meter),
            Column(lines, l => l.PriceVersion),
            Column(lines, l => l.From),
            Column(lines, l => l.Reading.To),
            Column(lines, l => l.Quantity),
            Column(lines, l => l.Exact),
            Column(lines, l => l.Share.Net),
            Column(lines, l => l.Share.Tax),
            Column(lines, l => l.Share.Center),
            Column(lines, l => l.Share.Operator),
            Column(lines, l => l.Share.Commission),
            Column(lines, l => l.Uncovered),
            Column(lines, l => l.Draw is { } draw ? draw.JournalId : journals[l.Reading.ContractId]),
            now,
            Column(lines, l => l.Kind),
            Column(lines, l => l.Weighted),
            Column(lines, l => l.Reserved)
        );
    }

    public static void AddMeters(NpgsqlBatch batch, IReadOnlyDictionary<MeterKey, BookedMeter> meters) =>
        batch.Add(
            """
            update billing.usage_meter m
            set quantity = w.quantity, through = w.through, final = w.final, rated = w.rated, net = w.net, tax = w.tax, center = w.center,
                operator = w.operator, commission = w.commission, reserved = w.reserved, weighted = w.weighted
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                 w (contract_id, allocation_id, meter, quantity, through, final, rated, net, tax, center, operator, commission, reserved, weighted)
            where m.contract_id = w.contract_id and m.allocation_id = w.allocation_id and m.meter = w.meter
            """,
            Column(meters, m => m.Key.ContractId),
            Column(meters, m => m.Key.AllocationId),
            Column(meters, m => m.Key.Meter),
            Column(meters, m => m.Value.State.Quantity),
            Column(meters, m => m.Value.State.Through!.Value),
            Column(meters, m => m.Value.State.Final),
            Column(meters, m => m.Value.Booked.Exact),
            Column(meters, m => m.Value.Booked.Share.Net),
            Column(meters, m => m.Value.Booked.Share.Tax),
            Column(meters, m => m.Value.Booked.Share.Center),
            Column(meters, m => m.Value.Booked.Share.Operator),
            Column(meters, m => m.Value.Booked.Share.Commission),
            Column(meters, m => m.Value.State.Quantity - m.Value.OnDemand.Quantity),
            Column(meters, m => m.Value.OnDemand.Weighted)
        );

    public static void AddCosts(NpgsqlBatch batch, IReadOnlyList<CostDelta> costs, DateTimeOffset now) =>
        batch.Add(
            """
            update billing.contract_cost c
            set quantity = c.quantity + w.quantity, net = c.net + w.net, tax = c.tax + w.tax, center = c.center + w.center,
                operator = c.operator + w.operator, commission = c.commission + w.commission, uncovered = c.uncovered + w.uncovered,
                through = greatest(c.through, w.through), exhausted_at = case when w.exhausted then $11 else c.exhausted_at end
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 w (contract_id, quantity, net, tax, center, operator, commission, uncovered, through, exhausted)
            where c.contract_id = w.contract_id
            """,
            Column(costs, c => c.ContractId),
            Column(costs, c => c.Quantity),
            Column(costs, c => c.Share.Net),
            Column(costs, c => c.Share.Tax),
            Column(costs, c => c.Share.Center),
            Column(costs, c => c.Share.Operator),
            Column(costs, c => c.Share.Commission),
            Column(costs, c => c.Uncovered),
            Column(costs, c => c.Through!.Value),
            Column(costs, c => c.NewlyExhausted),
            now
        );

    public static void AddQuarantine(NpgsqlBatch batch, IReadOnlyList<QuarantinedReading> readings, DateTimeOffset now) =>
        batch.Add(
            """
            insert into billing.usage_quarantine (source, event_id, payload_hash, reason, detail, contract_id, payload, received_at)
            select w.source, w.event_id, w.hash, w.reason, w.detail, w.contract_id, w.payload::jsonb, $8
            from unnest($1, $2, $3, $4, $5, $6, $7) w (source, event_id, hash, reason, detail, contract_id, payload)
            on conflict do nothing
            """,
            Column(readings, q => q.Reading.Source),
            Column(readings, q => q.Reading.EventId),
            Column(readings, q => q.Hash),
            Column(readings, q => q.Reason),
            Column(readings, q => q.Detail),
            Column(readings, q => q.Reading.ContractId),
            Column(readings, q => UsageStore.Payload(q.Reading)),
            now
        );

    private static TValue[] Column<TRow, TValue>(IReadOnlyCollection<TRow> rows, Func<TRow, TValue> value) => [.. rows.Select(value)];
}

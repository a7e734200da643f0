using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Rating;
using Npgsql;

namespace Marketplace.Billing.Metering;

/// <summary>An intake's rows as columns: each table is one statement over arrays.</summary>
internal static class UsageRows
{
    public static NpgsqlBatchCommand AddEvents(NpgsqlBatch batch, IReadOnlyList<AcceptedEvent> events, DateTimeOffset now) =>
        batch.Add(
            """
            insert into billing.usage_event
                (source, event_id, payload_hash, contract_id, allocation_id, meter, quantity, window_from, window_to, final, epoch, revision,
                 received_at)
            select w.*, $13 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) w
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
            Column(events, e => e.Reading.Epoch),
            Column(events, e => e.Reading.Revision),
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
                 window_to, quantity, rated, net, tax, center, operator, commission, uncovered, journal_id, rated_at, adjustment, kind,
                 weighted, reserved, corrects_id)
            select w.id, t.contract_id, t.order_id, t.customer_id, t.operator_id, t.center_id, t.currency, w.allocation_id, w.meter, w.price_version,
                   w.window_from, w.window_to, w.quantity, w.rated, w.net, w.tax, w.center, w.operator, w.commission, w.uncovered, w.journal_id, $17,
                   w.adjustment, w.kind, w.weighted, w.reserved, w.corrects_id
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $18, $19, $20, $21, $22)
                 w (id, contract_id, allocation_id, meter, price_version, window_from, window_to, quantity, rated, net, tax, center, operator,
                    commission, uncovered, journal_id, adjustment, kind, weighted, reserved, corrects_id)
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
            Column(lines, l => l.Kind == ChargeKinds.Reserved ? l.Draw?.JournalId : journals[l.Reading.ContractId]),
            now,
            Column(lines, l => l.Adjustment),
            Column(lines, l => l.Kind),
            Column(lines, l => l.Weighted),
            Column(lines, l => l.Reserved),
            Column(lines, l => l.CorrectsId)
        );
    }

    public static void AddJoined(NpgsqlBatch batch, IReadOnlyList<JoinedLine> joined) =>
        batch.Add(
            """
            insert into billing.usage_dispute_line (rated_line_id, dispute_id, contract_id, portion)
            select w.rated_line_id, w.dispute_id, w.contract_id, w.portion
            from unnest($1, $2, $3, $4) w (rated_line_id, dispute_id, contract_id, portion)
            """,
            Column(joined, j => j.LineId),
            Column(joined, j => j.DisputeId),
            Column(joined, j => j.ContractId),
            Column(joined, j => j.Portion)
        );

    public static void AddMeters(NpgsqlBatch batch, IReadOnlyDictionary<MeterKey, BookedMeter> meters) =>
        batch.Add(
            """
            update billing.usage_meter m
            set quantity = w.quantity, through = w.through, final = w.final, revision = w.revision, contested = w.contested, rated = w.rated,
                net = w.net, tax = w.tax, center = w.center, operator = w.operator, commission = w.commission, reserved = w.reserved,
                weighted = w.weighted, window_from = w.window_from, before_quantity = w.before_quantity, before_reserved = w.before_reserved,
                before_weighted = w.before_weighted
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
                 w (contract_id, allocation_id, meter, quantity, through, final, rated, net, tax, center, operator, commission, epoch, revision,
                    contested, reserved, weighted, window_from, before_quantity, before_reserved, before_weighted)
            where m.contract_id = w.contract_id and m.allocation_id = w.allocation_id and m.meter = w.meter and m.epoch = w.epoch
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
            Column(meters, m => m.Key.Epoch),
            Column(meters, m => m.Value.State.Revision),
            Column(meters, m => m.Value.State.Contested),
            Column(meters, m => m.Value.Reserved),
            Column(meters, m => m.Value.OnDemand.Weighted),
            Column(meters, m => m.Value.Last?.From),
            Column(meters, m => m.Value.Last?.QuantityBefore),
            Column(meters, m => m.Value.Last?.ReservedBefore),
            Column(meters, m => m.Value.Last?.OnDemandBefore.Weighted)
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

    /// <summary>Readings that fit now that another was corrected: nobody has to decide on them any more.</summary>
    public static void AddReleased(NpgsqlBatch batch, IReadOnlyList<ReleasedReading> released, DateTimeOffset now) =>
        batch.Add(
            """
            insert into billing.usage_quarantine_outcome (quarantine_id, outcome, reason, result, actor, decided_at)
            select w.id, 'released', 'It fits since another reading was corrected', w.result, 'system', $3
            from unnest($1, $2) w (id, result)
            on conflict do nothing
            """,
            Column(released, r => r.QuarantineId),
            Column(released, r => r.Result.ToString().ToLowerInvariant()),
            now
        );

    /// <summary>Adds what was heard to what is covered: a union, so that a repetition or another order changes nothing.</summary>
    /// <param name="center">Only this center's contracts; null for all.</param>
    public static void AddHeard(NpgsqlBatch batch, IReadOnlyList<UsageHeard> heard, string? center, DateTimeOffset now) =>
        batch.Add(
            """
            insert into billing.usage_feed as f (contract_id, source, since, covered, reported_at)
            select w.contract_id, w.source, min(w.since), range_agg(tstzrange(w.since, w.through)), $6
            from unnest($1, $2, $3, $4) w (contract_id, source, since, through)
            join billing.contract_terms t on t.contract_id = w.contract_id and ($5::text is null or t.center_id = $5)
            where w.since <= w.through
            group by w.contract_id, w.source
            order by w.contract_id, w.source
            on conflict (contract_id, source) do update
            set since = least(f.since, excluded.since), covered = f.covered + excluded.covered,
                reported_at = greatest(f.reported_at, excluded.reported_at)
            """,
            Column(heard, h => h.ContractId),
            Column(heard, h => h.Source),
            Column(heard, h => h.Since.ToUniversalTime()),
            Column(heard, h => h.Through.ToUniversalTime()),
            center,
            now
        );

    private static TValue[] Column<TRow, TValue>(IReadOnlyCollection<TRow> rows, Func<TRow, TValue> value) => [.. rows.Select(value)];
}

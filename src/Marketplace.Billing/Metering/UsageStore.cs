using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Metering;

/// <summary>Reads and writes an intake's rows: one round trip each way, however many readings.</summary>
internal sealed class UsageStore(MarketplaceDbContext db, ActorContext actor, LedgerWriter writer)
{
    /// <summary>Locks meters, then contracts, then the holds' accounts and holds, each in key order, and reads where they stand.</summary>
    public async Task<IntakeState> LoadAsync(IReadOnlyList<UsageReading> readings, DateTimeOffset now, CancellationToken ct)
    {
        MeterKey[] keys = [.. readings.Select(r => new MeterKey(r.ContractId, r.AllocationId, r.Meter)).Distinct()];
        string[] contracts = [.. keys.Select(k => k.ContractId).Distinct(StringComparer.Ordinal)];
        // A center reports for its own contracts only.
        string? center = actor.Current.SeesAll ? null : actor.Current.PartyId;
        string[] ofContract = [.. keys.Select(k => k.ContractId)];
        string[] ofAllocation = [.. keys.Select(k => k.AllocationId)];
        string[] ofMeter = [.. keys.Select(k => k.Meter)];
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            insert into billing.usage_meter (contract_id, allocation_id, meter, quantity, final, rated, net, tax, center, operator, commission)
            select w.contract_id, w.allocation_id, w.meter, 0, false, 0, 0, 0, 0, 0, 0
            from unnest($1, $2, $3) w (contract_id, allocation_id, meter)
            join billing.price_version p on p.contract_id = w.contract_id and p.meter = w.meter and p.kind = 'usage'
            join billing.contract_terms t on t.contract_id = w.contract_id and ($4::text is null or t.center_id = $4)
            where w.allocation_id <> ''
            order by w.contract_id, w.allocation_id, w.meter
            on conflict do nothing
            """,
            ofContract,
            ofAllocation,
            ofMeter,
            center
        );
        batch.Add(
            """
            select m.contract_id, m.allocation_id, m.meter, m.quantity, m.through, m.final, m.rated, m.net, m.tax, m.center, m.operator, m.commission,
                   m.quantity - m.reserved, coalesce(m.weighted, m.quantity - m.reserved)
            from billing.usage_meter m
            join unnest($1, $2, $3) w (contract_id, allocation_id, meter) using (contract_id, allocation_id, meter)
            order by m.contract_id, m.allocation_id, m.meter
            for no key update of m
            """,
            ofContract,
            ofAllocation,
            ofMeter
        );
        batch.Add(
            """
            select t.contract_id, t.order_id, t.customer_id, t.operator_id, t.center_id, t.currency, t.tax_jurisdiction, t.hold_reference,
                   t.commission_rate, t.tax_rate, c.net, c.tax, c.center, c.operator, c.commission, c.through, c.exhausted_at is not null
            from billing.contract_terms t join billing.contract_cost c on c.contract_id = t.contract_id
            where t.contract_id = any ($1) and ($2::text is null or t.center_id = $2)
            order by t.contract_id
            for no key update of c
            """,
            contracts,
            center
        );
        batch.Add(
            """
            select contract_id, meter, version, unit, quantity_per_unit, retail, wholesale, plan::text
            from billing.price_version where contract_id = any ($1) and kind = 'usage'
            """,
            (object)contracts
        );
        batch.Add(
            "select e.source, e.event_id, e.payload_hash from billing.usage_event e join unnest($1, $2) w (source, event_id) using (source, event_id)",
            (string[])[.. readings.Select(r => r.Source)],
            (string[])[.. readings.Select(r => r.EventId)]
        );
        batch.Add(
            """
            select held_reference, held_promo + held_available, held_resolved
            from billing.lock_holds(array(select distinct hold_reference from billing.contract_terms where contract_id = any ($1)))
            """,
            (object)contracts
        );
        batch.Add("select case when closed_through = '-infinity' then null else closed_through end from billing.ledger_clock");
        RatingStateReader.AddTo(batch, contracts);
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        // The insert has no result set: the reader stands on the meters.
        var meters = await reader.RowsAsync(ReadMeter, ct);
        var terms = await reader.NextRowsAsync(ReadContract, ct);
        var prices = (await reader.NextRowsAsync(ReadPrice, ct)).ToLookup(p => p.ContractId, StringComparer.Ordinal);
        var events = await reader.NextRowsAsync(
            r => (Key: new EventKey(r.GetString(0), r.GetString(1)), Hash: r.GetFieldValue<byte[]>(2)),
            ct
        );
        var holds = await reader.NextRowsAsync(r => (Reference: r.GetString(0), Cover: new HoldCover(r.GetInt64(1), r.GetBoolean(2))), ct);
        var closed = await reader.NextRowsAsync(r => r.InstantOrNull(0), ct);
        RatingState rating = await RatingStateReader.ReadAsync(reader, ct);
        return new IntakeState(
            terms.ToDictionary(
                t => t.State.Parties.ContractId,
                t =>
                    t.State with
                    {
                        Prices = prices[t.State.Parties.ContractId]
                            .ToDictionary(
                                p => p.Meter,
                                p => p.Price with { CommissionRate = t.Commission, TaxRate = t.Tax },
                                StringComparer.Ordinal
                            ),
                    },
                StringComparer.Ordinal
            ),
            meters.ToDictionary(m => m.Key, m => m.Meter),
            events.DistinctBy(e => e.Key).ToDictionary(e => e.Key, e => e.Hash),
            holds.ToDictionary(h => h.Reference, h => h.Cover, StringComparer.Ordinal),
            closed.Single(),
            now
        )
        {
            Rating = rating,
        };
    }

    /// <summary>Posts and writes everything.</summary>
    /// <exception cref="DbUpdateConcurrencyException">Another call took one of the event ids meanwhile: start over.</exception>
    public async Task SaveAsync(IntakePlan plan, DateTimeOffset now, CancellationToken ct)
    {
        await using NpgsqlBatch batch = db.WritingBatch();
        if (plan.Journals.Count > 0)
            writer.AddTo(batch, plan.Journals);
        NpgsqlBatchCommand? events = plan.Events.Count > 0 ? UsageRows.AddEvents(batch, plan.Events, now) : null;
        if (plan.Lines.Count > 0)
        {
            ReservedLines.AddPrices(batch, plan.Lines, now);
            UsageRows.AddLines(batch, plan, now);
            ReservedLines.AddDraws(batch, plan.Lines, now);
        }
        if (plan.Meters.Count > 0)
            UsageRows.AddMeters(batch, plan.Meters);
        if (plan.Costs.Count > 0)
            UsageRows.AddCosts(batch, plan.Costs, now);
        if (plan.Quarantine.Count > 0)
            UsageRows.AddQuarantine(batch, plan.Quarantine, now);
        if (batch.BatchCommands.Count == 0)
            return;
        await using (NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct))
        {
            if (plan.Journals.Count > 0)
            {
                var posted = await LedgerWriter.ResultsAsync(reader, plan.Journals.Count, ct);
                if (posted.Any(p => p.Status != PostedStatus.Posted))
                    throw new InvalidOperationException("A charge with a new key was already posted.");
            }
            while (await reader.NextResultAsync(ct)) { }
        }
        if (events is not null && events.RecordsAffected != plan.Events.Count)
            throw new DbUpdateConcurrencyException("Another call recorded one of these events.");
    }

    private static (MeterKey Key, BookedMeter Meter) ReadMeter(NpgsqlDataReader r) =>
        (
            new MeterKey(r.GetString(0), r.GetString(1), r.GetString(2)),
            new BookedMeter(
                new MeterState(r.GetDecimal(3), r.InstantOrNull(4), r.GetBoolean(5)),
                new Rated(r.GetDecimal(6), ReadShare(r, 7))
            )
            {
                OnDemand = new Metered(r.GetDecimal(12), r.GetDecimal(13)),
            }
        );

    private static (ContractState State, decimal Commission, decimal Tax) ReadContract(NpgsqlDataReader r) =>
        (
            new ContractState(
                new ChargeParties(
                    r.GetString(0),
                    r.GetString(2),
                    r.GetString(3),
                    r.GetString(4),
                    Currency.Parse(r.GetString(5)),
                    r.GetString(6),
                    r.GetString(7)
                ),
                r.GetString(1),
                new Dictionary<string, PriceVersion>(StringComparer.Ordinal),
                ReadShare(r, 10),
                r.InstantOrNull(15),
                r.GetBoolean(16)
            ),
            r.GetDecimal(8),
            r.GetDecimal(9)
        );

    private static (string ContractId, string Meter, PriceVersion Price) ReadPrice(NpgsqlDataReader r) =>
        (
            r.GetString(0),
            r.GetString(1),
            new PriceVersion(r.GetInt32(2), r.GetString(3), r.GetDecimal(4), r.GetDecimal(5), r.GetDecimal(6), 0, 0).Under(
                r.TextOrNull(7) is { } plan ? PricePlan.Parse(plan) : null
            )
        );

    private static Share ReadShare(NpgsqlDataReader r, int first) =>
        new(r.GetInt64(first), r.GetInt64(first + 1), r.GetInt64(first + 2), r.GetInt64(first + 3), r.GetInt64(first + 4));

    internal static string Payload(UsageReading reading) => JsonSerializer.Serialize(reading, JsonSerializerOptions.Web);
}

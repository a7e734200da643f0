using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Disputes;
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
    private const string PeriodClosed = "LG004";

    // A center reports for its own contracts only.
    private string? Center => actor.Current.SeesAll ? null : actor.Current.PartyId;

    /// <summary>Locks meters, then contracts, then the holds' accounts and holds, each in key order, and reads where they stand.</summary>
    public async Task<IntakeState> LoadAsync(IReadOnlyList<UsageReading> readings, DateTimeOffset now, CancellationToken ct)
    {
        MeterKey[] keys = [.. readings.Select(MeterKey.Of).Distinct()];
        string[] contracts = [.. keys.Select(k => k.ContractId).Distinct(StringComparer.Ordinal)];
        string? center = Center;
        string[] ofContract = [.. keys.Select(k => k.ContractId)];
        string[] ofAllocation = [.. keys.Select(k => k.AllocationId)];
        string[] ofMeter = [.. keys.Select(k => k.Meter)];
        int[] ofEpoch = [.. keys.Select(k => k.Epoch)];
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            insert into billing.usage_meter (contract_id, allocation_id, meter, epoch, quantity, final, rated, net, tax, center, operator, commission)
            select distinct w.contract_id, w.allocation_id, w.meter, w.epoch, 0, false, 0, 0, 0, 0, 0, 0
            from unnest($1, $2, $3, $5) w (contract_id, allocation_id, meter, epoch)
            join billing.price_version p on p.contract_id = w.contract_id and p.meter = w.meter and p.kind = 'usage'
            join billing.contract_terms t on t.contract_id = w.contract_id and ($4::text is null or t.center_id = $4)
            where w.allocation_id <> '' and w.epoch >= 0
            order by w.contract_id, w.allocation_id, w.meter, w.epoch
            on conflict do nothing
            """,
            ofContract,
            ofAllocation,
            ofMeter,
            center,
            ofEpoch
        );
        batch.Add(
            """
            select m.contract_id, m.allocation_id, m.meter, m.epoch, m.quantity, m.through, m.final, m.revision, m.contested, m.rated, m.net, m.tax,
                   m.center, m.operator, m.commission,
                   m.quantity - m.reserved, coalesce(m.weighted, m.quantity - m.reserved),
                   m.window_from, m.before_quantity, m.before_quantity - m.before_reserved, m.before_weighted
            from billing.usage_meter m
            join unnest($1, $2, $3, $4) w (contract_id, allocation_id, meter, epoch) using (contract_id, allocation_id, meter, epoch)
            order by m.contract_id, m.allocation_id, m.meter, m.epoch
            for no key update of m
            """,
            ofContract,
            ofAllocation,
            ofMeter,
            ofEpoch
        );
        batch.Add(
            """
            select t.contract_id, t.order_id, t.customer_id, t.operator_id, t.center_id, t.currency, t.tax_jurisdiction, t.hold_reference,
                   t.commission_rate, t.tax_rate, c.net, c.tax, c.center, c.operator, c.commission, c.through, c.exhausted_at is not null,
                   (select max(l.period_to) from billing.invoice_line l where l.contract_id = t.contract_id)
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

    /// <summary>
    /// What is needed beside where money goes back: what is owed, what was set aside of the same meters, and what reservations gave. Call under the locks of <see cref="LoadAsync"/>.
    /// </summary>
    /// <param name="corrects">There may be corrections: what is disputed of the same meters is needed as well.</param>
    public async Task<IntakeState> WithRefundsAsync(IntakeState state, bool corrects, CancellationToken ct)
    {
        string[] contracts = [.. state.Contracts.Keys];
        await using NpgsqlBatch batch = db.WritingBatch();
        batch.Add(
            """
            select r.contract_id, sum(r.uncovered)::bigint from billing.rated_line r
            where r.contract_id = any ($1) and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
            group by r.contract_id
            """,
            (object)contracts
        );
        batch.Add(
            """
            select q.id, q.payload::text, e.payload_hash
            from billing.usage_quarantine q
            left join billing.usage_event e on e.source = q.source and e.event_id = q.event_id
            where q.contract_id = any ($1) and q.reason in ('counter-fell', 'earlier-and-larger', 'after-final', 'same-revision', 'disputed-window')
              and not exists (select from billing.usage_quarantine_outcome o where o.quarantine_id = q.id)
            order by q.id
            """,
            (object)contracts
        );
        RatingStateReader.AddDrawnTo(batch, contracts);
        if (corrects)
            DisputedUsage.AddTo(batch, state.Meters);
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        var owed = (await reader.RowsAsync(r => (Contract: r.GetString(0), Micros: r.GetInt64(1)), ct)).ToDictionary(
            o => o.Contract,
            o => o.Micros,
            StringComparer.Ordinal
        );
        var aside = await reader.NextRowsAsync(
            r =>
                (
                    Aside: new SetAsideReading(r.GetString(0), ReadingOf(r.GetString(1))),
                    Taken: r.IsDBNull(2) ? null : r.GetFieldValue<byte[]>(2)
                ),
            ct
        );
        var drawn = await RatingStateReader.ReadDrawnAsync(reader, ct);
        DisputedUsage disputes = corrects ? await DisputedUsage.ReadAsync(reader, ct) : DisputedUsage.None;
        var events = new Dictionary<EventKey, byte[]>(state.Events);
        foreach (var (reading, taken) in aside)
        {
            if (taken is not null)
                events[new EventKey(reading.Reading.Source, reading.Reading.EventId)] = taken;
        }
        return state with
        {
            Contracts = state.Contracts.ToDictionary(
                c => c.Key,
                c => c.Value with { Owed = owed.GetValueOrDefault(c.Key) },
                StringComparer.Ordinal
            ),
            Events = events,
            SetAside = [.. aside.Select(a => a.Aside)],
            Rating = state.Rating with { Drawn = drawn },
            Disputes = disputes,
        };
    }

    /// <summary>Posts and writes everything.</summary>
    /// <exception cref="DbUpdateConcurrencyException">Another call took one of the event ids meanwhile, or closed the period: start over.</exception>
    public async Task SaveAsync(IntakePlan plan, IReadOnlyList<UsageHeard> heard, DateTimeOffset now, CancellationToken ct)
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
            if (plan.Joined.Count > 0)
                UsageRows.AddJoined(batch, plan.Joined);
        }
        if (plan.Meters.Count > 0)
            UsageRows.AddMeters(batch, plan.Meters);
        if (plan.Costs.Count > 0)
            UsageRows.AddCosts(batch, plan.Costs, now);
        if (plan.Quarantine.Count > 0)
            UsageRows.AddQuarantine(batch, plan.Quarantine, now);
        if (plan.Released.Count > 0)
            UsageRows.AddReleased(batch, plan.Released, now);
        if (heard.Count > 0)
            UsageRows.AddHeard(batch, heard, Center, now);
        if (batch.BatchCommands.Count == 0)
            return;
        await using (NpgsqlDataReader reader = await ExecuteAsync(batch, ct))
        {
            if (plan.Journals.Count > 0)
            {
                var posted = await PostingCall.ResultsAsync(reader, plan.Journals.Count, ct);
                if (posted.Any(p => p.Status != PostedStatus.Posted))
                    throw new InvalidOperationException("A charge with a new key was already posted.");
            }
            while (await reader.NextResultAsync(ct)) { }
        }
        if (events is not null && events.RecordsAffected != plan.Events.Count)
            throw new DbUpdateConcurrencyException("Another call recorded one of these events.");
    }

    private static async Task<NpgsqlDataReader> ExecuteAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        try
        {
            return await batch.ExecuteReaderAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState == PeriodClosed)
        {
            // The books were closed after we looked: looking again books the charge in the open period.
            throw new DbUpdateConcurrencyException("The period was closed meanwhile.", e);
        }
    }

    private static (MeterKey Key, BookedMeter Meter) ReadMeter(NpgsqlDataReader r) =>
        (
            new MeterKey(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt32(3)),
            new BookedMeter(
                new MeterState(r.GetDecimal(4), r.InstantOrNull(5), r.GetBoolean(6), r.GetInt32(7), r.GetBoolean(8)),
                new Rated(r.GetDecimal(9), ReadShare(r, 10))
            )
            {
                OnDemand = new Metered(r.GetDecimal(15), r.GetDecimal(16)),
                Last = r.InstantOrNull(17) is { } from
                    ? new LastWindow(from, r.GetDecimal(18), new Metered(r.GetDecimal(19), r.GetDecimal(20)))
                    : null,
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
            )
            {
                InvoicedThrough = r.InstantOrNull(17),
            },
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

    internal static UsageReading ReadingOf(string payload) =>
        JsonSerializer.Deserialize<UsageReading>(payload, JsonSerializerOptions.Web)
        ?? throw new InvalidOperationException("A quarantined reading has no payload.");
}

using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Time;
using Npgsql;

namespace Marketplace.Billing.Rating;

/// <summary>
/// Charges what a minimum take's period leaves open: at the end of each month, and at the end of the contract. Each period is rated anew
/// and the difference booked, so that a run repeated changes nothing and usage that comes late gives back what it covers.
/// </summary>
internal sealed class ChargeCommitments(MarketplaceDbContext db, UsageStore store, IdFactory ids, IChangeFeed changes, TimeProvider time)
{
    private const int PerRound = 500;
    private const string MinimumTakeReason = "Minimum take";
    private static readonly TimeSpan LateUsage = TimeSpan.FromDays(62);

    private sealed record Committed(ContractState Contract, PriceVersion Price, DateTimeOffset From, DateTimeOffset? EndedAt);

    /// <summary>Charges the months that are over, of every open contract, and of ended ones that had usage since.</summary>
    /// <returns>How many contracts were charged, or given something back.</returns>
    public async Task<int> MonthsAsync(CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        int changed = 0;
        string after = "";
        while (true)
        {
            var due = await db.ReadAsync(
                """
                select p.contract_id
                from billing.price_version p
                join billing.contract_cost c on c.contract_id = p.contract_id
                where p.kind = 'commitment' and p.contract_id > $1
                  and (c.ended_at is null and p.plan -> 'minimum' ->> 'period' = 'Month' and p.valid_from < date_trunc('month', $2::timestamptz, 'UTC')
                       or c.ended_at > $2 - $3 and exists (
                           select from billing.rated_line r
                           where r.contract_id = p.contract_id and r.kind = 'usage' and r.rated_at >= c.ended_at))
                order by p.contract_id limit $4
                """,
                r => r.GetString(0),
                ct,
                after,
                now,
                LateUsage,
                PerRound
            );
            foreach (string contract in due)
                changed += await db.InTransactionAsync(t => ChargeAsync(contract, t), ct) ? 1 : 0;
            if (due.Count < PerRound)
                return changed;
            after = due[^1];
        }
    }

    /// <summary>Charges the periods of one contract that are over, all of them when it has ended. Call inside a transaction.</summary>
    /// <returns>Whether anything was booked.</returns>
    public async Task<bool> ChargeAsync(string contractId, CancellationToken ct)
    {
        if ((await LockAsync(contractId, ct)) is not { } committed)
            return false;
        MinimumTake minimum = committed.Price.Plan!.Minimum!;
        DateTimeOffset now = time.GetUtcNow();
        // A running contract owes for whole months only.
        DateTimeOffset through = committed.EndedAt ?? now.StartOfMonth();
        if (through <= committed.From || (committed.EndedAt is null && minimum.Period == MinimumPeriod.Contract))
            return false;
        var periods = MinimumRule.Periods(minimum, committed.From, through);
        var used = await UsedAsync(contractId, minimum, periods, ct);
        var booked = await BookedAsync(contractId, periods, ct);
        HoldCover? hold = await HoldAsync(committed.Contract.Parties.HoldReference, ct);
        committed = committed with { Contract = committed.Contract with { Owed = await OwedAsync(contractId, ct) } };
        IntakePlan? plan = Plan(committed, periods, used, booked, hold, now);
        if (plan is null)
            return false;
        await store.SaveAsync(plan, [], now, ct);
        changes.Announce($"contract:{contractId}");
        return true;
    }

    private IntakePlan? Plan(
        Committed committed,
        IReadOnlyList<CommitmentPeriod> periods,
        IReadOnlyDictionary<string, long> used,
        IReadOnlyDictionary<string, Rated> booked,
        HoldCover? hold,
        DateTimeOffset now
    )
    {
        ContractState contract = committed.Contract;
        bool holdIsOpen = hold is { Resolved: false };
        long left = holdIsOpen ? hold!.Remaining : 0;
        var meters = new Dictionary<MeterKey, BookedMeter>();
        var lines = new List<RatedLineDraft>();
        Share sum = default;
        long owed = 0;
        long toAvailable = 0;
        foreach (CommitmentPeriod period in periods)
        {
            Rated rated = MinimumRule.Shortfall(period, used.GetValueOrDefault(period.Key), committed.Price);
            Rated delta = rated - booked[period.Key];
            if (delta == default)
                continue;
            long amount = checked(delta.Share.Net + delta.Share.Tax);
            long uncovered = Math.Max(0, amount - left);
            long covered = amount - uncovered;
            if (amount < 0)
            {
                Refund back = Refund.Of(-amount, checked(contract.Owed + owed), holdIsOpen);
                (uncovered, covered) = (-back.Owed, -back.Held);
                toAvailable = checked(toAvailable + back.Available);
            }
            left = checked(left - covered);
            owed = checked(owed + uncovered);
            sum += delta.Share;
            var reading = new UsageReading(
                "commitment",
                period.Key,
                contract.Parties.ContractId,
                period.Key,
                ChargeKinds.CommitmentMeter,
                0,
                period.From,
                period.To,
                Final: true
            );
            lines.Add(
                new RatedLineDraft(
                    ids.New(IntakePlanner.LinePrefix),
                    reading,
                    contract,
                    committed.Price.Version,
                    period.From,
                    0,
                    delta.Exact,
                    delta.Share,
                    uncovered,
                    null
                )
                {
                    Kind = ChargeKinds.Commitment,
                }
            );
            meters.Add(
                new MeterKey(contract.Parties.ContractId, period.Key, ChargeKinds.CommitmentMeter, 0),
                new BookedMeter(new MeterState(0, period.To, Final: true), rated)
            );
        }
        if (lines.Count == 0)
            return null;
        string? journalId = sum.IsZero && owed == 0 && toAvailable == 0 ? null : ids.New(IntakePlanner.JournalPrefix);
        return new IntakePlan(
            [],
            [],
            meters,
            lines,
            [
                new CostDelta(
                    contract.Parties.ContractId,
                    0,
                    sum,
                    owed,
                    contract.Through ?? committed.From,
                    NewlyExhausted: false,
                    journalId
                ),
            ],
            journalId is null ? [] : [Journal(contract.Parties, sum, owed, toAvailable, journalId, now) with { Id = journalId }],
            [],
            []
        )
        {
            Readings = [],
            Released = [],
        };
    }

    private static JournalDraft Journal(ChargeParties parties, Share sum, long owed, long toAvailable, string key, DateTimeOffset now) =>
        toAvailable > 0
            ? Postings.UsageCorrection(parties, sum, owed, toAvailable, "usage", key, MinimumTakeReason, now)
            : Postings.Charge(parties, sum, owed, key, now) with
            {
                Reason = MinimumTakeReason,
            };

    // What was charged without cover and is on no invoice.
    private async Task<long> OwedAsync(string contractId, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select coalesce(sum(r.uncovered), 0)::bigint from billing.rated_line r
                where r.contract_id = $1 and not exists (select from billing.invoiced_line i where i.rated_line_id = r.id)
                """,
                r => r.GetInt64(0),
                ct,
                contractId
            )
        ).Single();

    private async Task<Committed?> LockAsync(string contractId, CancellationToken ct) =>
        (
            await db.ReadAsync(
                """
                select t.contract_id, t.order_id, t.customer_id, t.operator_id, t.center_id, t.currency, t.tax_jurisdiction, t.hold_reference,
                       t.commission_rate, t.tax_rate, c.through, c.ended_at, t.registered_at, p.version, p.plan::text
                from billing.contract_terms t
                join billing.price_version p on p.contract_id = t.contract_id and p.kind = 'commitment'
                join billing.contract_cost c on c.contract_id = t.contract_id
                where t.contract_id = $1 for no key update of c
                """,
                Read,
                ct,
                contractId
            )
        ).SingleOrDefault();

    private static Committed Read(NpgsqlDataReader r) =>
        new(
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
                default,
                r.InstantOrNull(10),
                Exhausted: false
            ),
            new PriceVersion(r.GetInt32(13), ChargeKinds.CommitmentMeter, 1, 0, 0, r.GetDecimal(8), r.GetDecimal(9)).Under(
                PricePlan.Parse(r.GetString(14))
            ),
            r.Instant(12),
            r.InstantOrNull(11)
        );

    // What a dispute took back was used all the same: it is not asked for again by the minimum. Usage counts in the month its window begins in; what lies outside every period, by a clock that went wrong, in the nearest.
    private async Task<IReadOnlyDictionary<string, long>> UsedAsync(
        string contractId,
        MinimumTake minimum,
        IReadOnlyList<CommitmentPeriod> periods,
        CancellationToken ct
    )
    {
        var months = await db.ReadAsync(
            """
            select to_char(r.window_from at time zone 'UTC', 'YYYY-MM'), sum(r.net)::bigint
            from billing.rated_line r where r.contract_id = $1 and r.kind = 'usage' and r.adjustment is distinct from 'dispute' group by 1
            """,
            r => (Month: r.GetString(0), Net: r.GetInt64(1)),
            ct,
            contractId
        );
        string KeyOf(string month) =>
            minimum.Period == MinimumPeriod.Contract ? periods[0].Key
            : string.CompareOrdinal(month, periods[0].Key) < 0 ? periods[0].Key
            : string.CompareOrdinal(month, periods[^1].Key) > 0 ? periods[^1].Key
            : month;
        return months
            .GroupBy(m => KeyOf(m.Month), StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Sum(m => m.Net), StringComparer.Ordinal);
    }

    private async Task<IReadOnlyDictionary<string, Rated>> BookedAsync(
        string contractId,
        IReadOnlyList<CommitmentPeriod> periods,
        CancellationToken ct
    )
    {
        await using (NpgsqlBatch batch = db.WritingBatch())
        {
            batch.Add(
                """
                insert into billing.usage_meter (contract_id, allocation_id, meter, quantity, final, rated, net, tax, center, operator, commission)
                select $1, w.period, $2, 0, true, 0, 0, 0, 0, 0, 0 from unnest($3) w (period)
                on conflict do nothing
                """,
                contractId,
                ChargeKinds.CommitmentMeter,
                (string[])[.. periods.Select(p => p.Key)]
            );
            await batch.ExecuteNonQueryAsync(ct);
        }
        var rows = await db.ReadAsync(
            """
            select allocation_id, rated, net, tax, center, operator, commission
            from billing.usage_meter where contract_id = $1 and meter = $2
            """,
            r =>
                (
                    Key: r.GetString(0),
                    Booked: new Rated(r.GetDecimal(1), new Share(r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6)))
                ),
            ct,
            contractId,
            ChargeKinds.CommitmentMeter
        );
        return rows.ToDictionary(r => r.Key, r => r.Booked, StringComparer.Ordinal);
    }

    private async Task<HoldCover?> HoldAsync(string reference, CancellationToken ct) =>
        (
            await db.ReadAsync(
                "select held_promo + held_available, held_resolved from billing.lock_holds(array[$1])",
                r => new HoldCover(r.GetInt64(0), r.GetBoolean(1)),
                ct,
                reference
            )
        ).SingleOrDefault();
}

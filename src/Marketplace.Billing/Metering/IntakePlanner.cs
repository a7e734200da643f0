using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Metering;

/// <summary>
/// Decides a batch of readings from values alone: what is new, what is late, what is wrong, what it costs and what the hold covers.
/// </summary>
/// <param name="newId">Makes an id from a prefix.</param>
internal sealed class IntakePlanner(IntakeState state, Func<string, string> newId)
{
    public const string LinePrefix = "chg";
    public const string JournalPrefix = Platform.Ids.IdPrefix.Journal;

    private readonly List<AcceptedEvent> events = [];
    private readonly List<QuarantinedReading> quarantine = [];
    private readonly List<RatedLineDraft> lines = [];
    private readonly Dictionary<MeterKey, BookedMeter> meters = [];
    private readonly Dictionary<EventKey, byte[]> seen = new(state.Events);
    private readonly Dictionary<string, long> cover = state.Holds.ToDictionary(h => h.Key, h => h.Value.Remaining, StringComparer.Ordinal);
    private readonly Dictionary<string, Tally> tallies = new(StringComparer.Ordinal);
    private readonly WindowRater rater = new(state.Rating);
    private readonly List<JournalDraft> served = [];

    public static IntakePlan Plan(IntakeState state, IEnumerable<UsageReading> readings, Func<string, string> newId)
    {
        var planner = new IntakePlanner(state, newId);
        // Old before new: readings of one call may come in any order.
        foreach (UsageReading reading in readings.OrderBy(r => r.To).ThenBy(r => r.Quantity))
            planner.Take(reading);
        return planner.Finish();
    }

    private void Take(UsageReading reading)
    {
        byte[] hash = MeterRule.PayloadHash(reading);
        if (MeterRule.Malformed(reading) is { } malformed)
        {
            SetAside(reading, hash, malformed);
            return;
        }
        if (!state.Contracts.TryGetValue(reading.ContractId, out ContractState? contract))
        {
            SetAside(reading, hash, new(ReadingVerdict.Quarantined, "unknown-contract", "there is no such contract for this source"));
            return;
        }
        Tally tally = TallyOf(reading.ContractId);
        var key = new EventKey(reading.Source, reading.EventId);
        if (seen.TryGetValue(key, out byte[]? earlier))
        {
            if (!hash.AsSpan().SequenceEqual(earlier))
                SetAside(reading, hash, new(ReadingVerdict.Quarantined, "other-payload", "this event id was used for another reading"));
            return;
        }
        if (!contract.Prices.TryGetValue(reading.Meter, out PriceVersion? price))
        {
            SetAside(reading, hash, new(ReadingVerdict.Quarantined, "unknown-meter", $"the contract has no price for {reading.Meter}"));
            return;
        }
        var meterKey = new MeterKey(reading.ContractId, reading.AllocationId, reading.Meter);
        BookedMeter meter = meters.GetValueOrDefault(meterKey) ?? state.Meters.GetValueOrDefault(meterKey) ?? BookedMeter.New;
        ReadingDecision decision = MeterRule.Decide(reading, meter.State);
        if (decision.Verdict == ReadingVerdict.Quarantined)
        {
            SetAside(reading, hash, decision);
            return;
        }
        seen.Add(key, hash);
        events.Add(new AcceptedEvent(reading, hash));
        if (decision.Verdict == ReadingVerdict.Accepted)
            meters[meterKey] = Charge(reading, contract, price, meter, tally);
    }

    private BookedMeter Charge(UsageReading reading, ContractState contract, PriceVersion price, BookedMeter meter, Tally tally)
    {
        decimal quantity = MeterRule.Quantity(reading);
        tally.Through = reading.To > tally.Through || tally.Through is null ? reading.To : tally.Through;
        tally.AllFinal &= reading.Final;
        decimal used = quantity - meter.State.Quantity;
        Rated rated = meter.Booked;
        Metered onDemand = meter.OnDemand;
        if (used > 0)
        {
            DateTimeOffset from = meter.State.Through ?? reading.From;
            bool reservable = reading.Meter == MeterRule.CardSeconds;
            RatedWindow window = rater.Rate(reading.ContractId, reading.Meter, price, used, from, reading.To, reservable);
            foreach (ReservationDraw draw in window.Draws)
                Serve(reading, contract, price, from, draw);
            rated += window.Charge;
            onDemand += window.OnDemand;
            if (window.OnDemand.Quantity > 0)
                AddLine(reading, contract, price, from, window, tally);
            tally.Quantity += used;
        }
        return new BookedMeter(new MeterState(quantity, reading.To, reading.Final), rated) { OnDemand = onDemand };
    }

    private void AddLine(
        UsageReading reading,
        ContractState contract,
        PriceVersion price,
        DateTimeOffset from,
        RatedWindow window,
        Tally tally
    )
    {
        Share share = window.Charge.Share;
        long amount = checked(share.Net + share.Tax);
        long covered = Cover(contract.Parties.HoldReference, amount);
        lines.Add(
            new RatedLineDraft(
                newId(LinePrefix),
                reading,
                contract,
                price.Version,
                from,
                window.OnDemand.Quantity,
                window.Charge.Exact,
                share,
                amount - covered
            )
            {
                Weighted = price.Hours is null ? null : window.OnDemand.Weighted,
                Reserved = window.Reserved,
            }
        );
        tally.Share += share;
        tally.Uncovered = checked(tally.Uncovered + amount - covered);
    }

    // Paid ahead: nothing is charged, and what was deferred is earned.
    private void Serve(UsageReading reading, ContractState contract, PriceVersion price, DateTimeOffset from, ReservationDraw draw)
    {
        string? journalId = draw.Earned.IsZero ? null : newId(JournalPrefix);
        if (journalId is not null)
        {
            string key = $"served/{draw.ServedAfter.ToString(CultureInfo.InvariantCulture)}";
            DateTimeOffset at = EffectiveAt(reading.To);
            served.Add(Postings.ReservationServed(draw.ReservationId, contract.Parties, draw.Earned, key, at) with { Id = journalId });
        }
        lines.Add(
            new RatedLineDraft(newId(LinePrefix), reading, contract, price.Version, from, draw.Quantity, 0, default, 0)
            {
                Kind = ChargeKinds.Reserved,
                Draw = new LineDraw(draw.ReservationId, journalId),
            }
        );
    }

    // What comes back goes where the hold can still take it, else the customer owes less.
    private long Cover(string reference, long amount)
    {
        if (!cover.TryGetValue(reference, out long left) || (amount < 0 && state.Holds[reference].Resolved))
            return 0;
        long covered = Math.Min(amount, left);
        cover[reference] = checked(left - covered);
        return covered;
    }

    private IntakePlan Finish()
    {
        var journals = new List<JournalDraft>(served);
        var costs = new List<CostDelta>();
        var exhausted = new List<HoldExhausted>();
        var results = new List<ChargeResult>();
        foreach (var (contractId, tally) in tallies)
        {
            ContractState contract = state.Contracts[contractId];
            ChargeParties parties = contract.Parties;
            string? journalId = null;
            if (!tally.Share.IsZero)
            {
                journalId = newId(JournalPrefix);
                journals.Add(Postings.Charge(parties, tally.Share, tally.Uncovered, journalId, EffectiveAt(tally)) with { Id = journalId });
            }
            HoldCover? hold = state.Holds.GetValueOrDefault(parties.HoldReference);
            long remaining = cover.GetValueOrDefault(parties.HoldReference);
            bool isExhausted = contract.Exhausted || IsExhausted(tally, hold, remaining);
            bool newly = isExhausted && !contract.Exhausted;
            if (newly)
                exhausted.Add(new HoldExhausted(contractId, parties.HoldReference));
            if (tally.Through is not null)
                costs.Add(new CostDelta(contractId, tally.Quantity, tally.Share, tally.Uncovered, tally.Through, newly, journalId));
            Share total = contract.Total + tally.Share;
            results.Add(
                new ChargeResult(
                    contractId,
                    new Money(checked(tally.Share.Net + tally.Share.Tax), parties.Currency),
                    new Money(checked(total.Net + total.Tax), parties.Currency),
                    new Money(remaining, parties.Currency),
                    isExhausted
                )
            );
        }
        return new IntakePlan(events, quarantine, meters, lines, costs, journals, exhausted, results);
    }

    // Postpaid contracts have no hold and a resolved one has ended: neither is exhausted. A hold that was used up to the last micro-unit by
    // final readings did what it was for.
    private static bool IsExhausted(Tally tally, HoldCover? hold, long remaining) =>
        hold is { Resolved: false } && remaining == 0 && tally.Share.Net + tally.Share.Tax > 0 && (tally.Uncovered > 0 || !tally.AllFinal);

    // Business time, never ahead of the clock and never in a closed period: late usage is booked in the open one and keeps its service period.
    private DateTimeOffset EffectiveAt(Tally tally) => EffectiveAt(tally.Through ?? state.Now);

    private DateTimeOffset EffectiveAt(DateTimeOffset through)
    {
        DateTimeOffset at = through < state.Now ? through : state.Now;
        return state.ClosedThrough is { } closed && at < closed ? closed : at;
    }

    private void SetAside(UsageReading reading, byte[] hash, ReadingDecision decision) =>
        quarantine.Add(new QuarantinedReading(reading, hash, decision.Reason!, decision.Detail!));

    private Tally TallyOf(string contractId)
    {
        if (!tallies.TryGetValue(contractId, out Tally? tally))
            tallies.Add(contractId, tally = new Tally());
        return tally;
    }

    /// <summary>A contract's sums within this batch.</summary>
    private sealed class Tally
    {
        public decimal Quantity { get; set; }
        public Share Share { get; set; }
        public long Uncovered { get; set; }
        public DateTimeOffset? Through { get; set; }
        public bool AllFinal { get; set; } = true;
    }
}

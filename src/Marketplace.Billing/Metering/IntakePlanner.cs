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
    private readonly HashSet<MeterKey> corrected = [];
    private readonly WindowRater rater = new(state.Rating);
    private readonly List<JournalDraft> served = [];

    public static IntakePlan Plan(IntakeState state, IEnumerable<UsageReading> readings, Func<string, string> newId)
    {
        var planner = new IntakePlanner(state, newId);
        UsageReading[] given = [.. readings];
        var results = new ReadingResult[given.Length];
        foreach (int i in Order(given))
            results[i] = planner.Take(given[i]);
        IReadOnlyList<ReleasedReading> released = planner.TakeAgain(given, results);
        return planner.Finish() with { Readings = results, Released = released };
    }

    // Old before new: readings of one call may come in any order. Of one window the last revision comes first, and the others change nothing.
    private static IEnumerable<int> Order(UsageReading[] readings) =>
        Enumerable
            .Range(0, readings.Length)
            .OrderBy(i => readings[i].To)
            .ThenByDescending(i => readings[i].Revision)
            .ThenBy(i => readings[i].Quantity);

    /// <summary>
    /// A reading that contradicted one that is corrected now may fit, and one that is the correction of what came just now corrects it: whatever
    /// order they come in, the same readings come to the same charge. A counter that merely fell stays where it is.
    /// </summary>
    private List<ReleasedReading> TakeAgain(UsageReading[] given, ReadingResult[] results)
    {
        // From earlier calls, and from this one.
        List<(UsageReading Reading, string? QuarantineId, int Index)> open =
        [
            .. state.SetAside.Select(a => (a.Reading, (string?)a.Id, -1)),
            .. given.Select((r, i) => (r, (string?)null, i)).Where(g => results[g.i].Outcome == ReadingOutcome.Quarantined),
        ];
        var released = new List<ReleasedReading>();
        bool fits = open.Count > 0;
        while (fits)
        {
            fits = false;
            foreach (int at in Order([.. open.Select(o => o.Reading)]).ToList())
            {
                var (reading, quarantineId, index) = open[at];
                if (!MayFit(reading))
                    continue;
                int before = quarantine.Count;
                ReadingResult result = Take(reading);
                if (result.Outcome == ReadingOutcome.Quarantined)
                {
                    // It is there already.
                    quarantine.RemoveRange(before, quarantine.Count - before);
                    continue;
                }
                if (quarantineId is null)
                {
                    quarantine.RemoveAll(q => q.Reading == reading);
                    results[index] = result;
                }
                else
                {
                    released.Add(new ReleasedReading(quarantineId, result.Outcome));
                }
                open.RemoveAt(at);
                fits = true;
                break;
            }
        }
        return released;
    }

    private bool MayFit(UsageReading reading)
    {
        MeterKey key = MeterKey.Of(reading);
        return corrected.Contains(key)
            || (
                meters.TryGetValue(key, out BookedMeter? meter)
                && MeterRule.Decide(reading, meter.State).Verdict == ReadingVerdict.Correction
            );
    }

    private ReadingResult Take(UsageReading reading)
    {
        byte[] hash = MeterRule.PayloadHash(reading);
        if (MeterRule.Malformed(reading) is { } malformed)
            return SetAside(reading, hash, malformed);
        if (!state.Contracts.TryGetValue(reading.ContractId, out ContractState? contract))
            return SetAside(
                reading,
                hash,
                new(ReadingVerdict.Quarantined, "unknown-contract", "there is no such contract for this source")
            );
        Tally tally = TallyOf(reading.ContractId);
        var key = new EventKey(reading.Source, reading.EventId);
        if (seen.TryGetValue(key, out byte[]? earlier))
        {
            return hash.AsSpan().SequenceEqual(earlier)
                ? new ReadingResult(reading.EventId, ReadingOutcome.Duplicate, UsageState.Validated, null, null)
                : SetAside(reading, hash, new(ReadingVerdict.Quarantined, "other-payload", "this event id was used for another reading"));
        }
        if (!contract.Prices.TryGetValue(reading.Meter, out PriceVersion? price))
            return SetAside(
                reading,
                hash,
                new(ReadingVerdict.Quarantined, "unknown-meter", $"the contract has no price for {reading.Meter}")
            );
        MeterKey meterKey = MeterKey.Of(reading);
        BookedMeter meter = meters.GetValueOrDefault(meterKey) ?? state.Meters.GetValueOrDefault(meterKey) ?? BookedMeter.New;
        ReadingDecision decision = MeterRule.Decide(reading, meter.State);
        if (decision.Verdict == ReadingVerdict.Quarantined)
        {
            meters[meterKey] = meter with { State = meter.State with { Contested = true } };
            return SetAside(reading, hash, decision);
        }
        seen.Add(key, hash);
        events.Add(new AcceptedEvent(reading, hash));
        int charged = lines.Count;
        if (decision.Verdict == ReadingVerdict.Correction)
            corrected.Add(meterKey);
        if (decision.Verdict is ReadingVerdict.Accepted or ReadingVerdict.Correction)
            meters[meterKey] = Charge(reading, contract, price, meter, tally, decision.Verdict == ReadingVerdict.Correction);
        UsageState reached = lines.Count > charged ? UsageState.Rated : UsageState.Validated;
        return new ReadingResult(reading.EventId, ReadingOutcome.Accepted, reached, null, null);
    }

    private BookedMeter Charge(
        UsageReading reading,
        ContractState contract,
        PriceVersion price,
        BookedMeter meter,
        Tally tally,
        bool correction
    )
    {
        decimal quantity = MeterRule.Quantity(reading);
        tally.Through = reading.To > tally.Through || tally.Through is null ? reading.To : tally.Through;
        tally.AllFinal &= reading.Final;
        decimal used = quantity - meter.State.Quantity;
        LastWindow last = correction
            ? LastOf(meter, reading)
            : new(meter.State.Through ?? reading.From, meter.State.Quantity, meter.OnDemand);
        Rated booked = meter.Booked;
        Metered onDemand = meter.OnDemand;
        if (used != 0)
        {
            bool cards = reading.Meter == MeterRule.CardSeconds;
            RatedWindow window = rater.Rate(
                new AllocationMeter(reading.ContractId, reading.AllocationId, reading.Meter),
                price,
                new WindowChange(last, reading.To, quantity, meter.Reserved, meter.OnDemand),
                reservable: cards
            );
            AddLines(reading, contract, price, last.From, window, tally, correction);
            booked += window.Charge;
            onDemand += window.OnDemand;
            if (cards)
                tally.Quantity += used;
            tally.Corrects |= correction;
        }
        MeterState now = meter.State with { Quantity = quantity, Through = reading.To, Final = reading.Final, Revision = reading.Revision };
        return new BookedMeter(now, booked) { OnDemand = onDemand, Last = last };
    }

    // A window that is told anew keeps its service period. Of what was told before windows were kept nothing was reserved or weighed, and
    // everything may count as its window.
    private static LastWindow LastOf(BookedMeter meter, UsageReading reading) =>
        meter.Last ?? new LastWindow(Earlier(reading.From, reading.To), 0, default);

    private void AddLines(
        UsageReading reading,
        ContractState contract,
        PriceVersion price,
        DateTimeOffset from,
        RatedWindow window,
        Tally tally,
        bool correction
    )
    {
        string? adjustment =
            correction ? Adjustments.Correction
            : IsLate(contract, reading) ? Adjustments.Late
            : null;
        RatedLineDraft Line(decimal quantity, decimal exact, Share share, long uncovered) =>
            new(newId(LinePrefix), reading, contract, price.Version, from, quantity, exact, share, uncovered, adjustment);

        foreach (ReservationDraw draw in window.Draws)
        {
            RatedLineDraft line = Line(draw.Quantity, 0, default, 0);
            lines.Add(line with { Kind = ChargeKinds.Reserved, Draw = Serve(line.Id, reading, contract, draw) });
        }
        if (window.Kept > 0)
            lines.Add(Line(-window.Kept, 0, default, 0) with { Kind = ChargeKinds.Reserved });
        if (window.OnDemand == default && window.Charge == default)
            return;
        Share share = window.Charge.Share;
        long uncovered = Settle(contract, checked(share.Net + share.Tax), tally);
        lines.Add(
            Line(window.OnDemand.Quantity, window.Charge.Exact, share, uncovered) with
            {
                Weighted = price.Hours is null ? null : window.OnDemand.Weighted,
                Reserved = window.Reserved,
            }
        );
        tally.Share += share;
        tally.Uncovered = checked(tally.Uncovered + uncovered);
    }

    // Paid ahead: nothing is charged, and what was deferred is earned; or deferred again, when less was used.
    private LineDraw Serve(string lineId, UsageReading reading, ContractState contract, ReservationDraw draw)
    {
        if (draw.Earned.IsZero)
            return new LineDraw(draw.ReservationId, null);
        string journalId = newId(JournalPrefix);
        DateTimeOffset at = EffectiveAt(reading.To);
        served.Add(
            Postings.ReservationServed(draw.ReservationId, contract.Parties, draw.Earned, $"served/{lineId}", at) with
            {
                Id = journalId,
            }
        );
        return new LineDraw(draw.ReservationId, journalId);
    }

    // What the hold covers of a charge and what the customer owes; what goes back takes the same way in reverse.
    private long Settle(ContractState contract, long amount, Tally tally)
    {
        string reference = contract.Parties.HoldReference;
        if (amount < 0)
        {
            Refund back = Refund.Of(
                -amount,
                checked(contract.Owed + tally.Uncovered),
                state.Holds.GetValueOrDefault(reference) is { Resolved: false }
            );
            if (back.Held > 0)
                cover[reference] = checked(cover[reference] + back.Held);
            tally.ToAvailable = checked(tally.ToAvailable + back.Available);
            return -back.Owed;
        }
        long covered = Math.Min(amount, cover.GetValueOrDefault(reference));
        if (covered > 0)
            cover[reference] -= covered;
        return amount - covered;
    }

    // The whole of its time was invoiced or closed without it.
    private bool IsLate(ContractState contract, UsageReading reading) =>
        reading.To <= (contract.InvoicedThrough ?? DateTimeOffset.MinValue)
        || reading.To <= (state.ClosedThrough ?? DateTimeOffset.MinValue);

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

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
            if (!tally.Share.IsZero || tally.Uncovered != 0 || tally.ToAvailable != 0)
            {
                journalId = newId(JournalPrefix);
                journals.Add(Journal(parties, tally, journalId) with { Id = journalId });
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
        return new IntakePlan(events, quarantine, meters, lines, costs, journals, exhausted, results) { Readings = [], Released = [] };
    }

    private JournalDraft Journal(ChargeParties parties, Tally tally, string key) =>
        tally.Corrects || tally.ToAvailable > 0
            ? Postings.UsageCorrection(
                parties,
                tally.Share,
                tally.Uncovered,
                tally.ToAvailable,
                "usage",
                key,
                tally.Corrects ? "Usage corrected" : "Usage",
                EffectiveAt(tally)
            )
            : Postings.Charge(parties, tally.Share, tally.Uncovered, key, EffectiveAt(tally));

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

    private ReadingResult SetAside(UsageReading reading, byte[] hash, ReadingDecision decision)
    {
        quarantine.Add(new QuarantinedReading(reading, hash, decision.Reason!, decision.Detail!));
        return new ReadingResult(reading.EventId, ReadingOutcome.Quarantined, UsageState.Reported, decision.Reason, decision.Detail);
    }

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

        /// <summary>What goes back to the customer's credit.</summary>
        public long ToAvailable { get; set; }
        public bool Corrects { get; set; }
        public DateTimeOffset? Through { get; set; }
        public bool AllFinal { get; set; } = true;
    }
}

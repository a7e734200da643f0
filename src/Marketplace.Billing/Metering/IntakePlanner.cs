using Marketplace.Billing.Contracts;
using Marketplace.Billing.Rating;

namespace Marketplace.Billing.Metering;

/// <summary>
/// Decides a batch of readings from values alone: what is new, what is late and what is wrong. What it costs is worked out by
/// <see cref="IntakeCharges"/>, what the hold covers by <see cref="IntakeSettlement"/>.
/// </summary>
internal sealed class IntakePlanner(IntakeState state, IntakeSettlement settlement, IntakeCharges charges)
{
    public const string LinePrefix = "chg";
    public const string JournalPrefix = Platform.Ids.IdPrefix.Journal;

    private readonly List<AcceptedEvent> events = [];
    private readonly List<QuarantinedReading> quarantine = [];
    private readonly Dictionary<MeterKey, BookedMeter> meters = [];
    private readonly Dictionary<EventKey, byte[]> seen = new(state.Events);
    private readonly HashSet<MeterKey> corrected = [];

    /// <param name="newId">Makes an id from a prefix.</param>
    public static IntakePlan Plan(IntakeState state, IEnumerable<UsageReading> readings, Func<string, string> newId)
    {
        var settlement = new IntakeSettlement(state, newId);
        var planner = new IntakePlanner(state, settlement, new IntakeCharges(state, settlement, newId));
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
        ContractTally tally = settlement.Of(reading.ContractId);
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
        if (decision.Verdict == ReadingVerdict.Correction && state.Disputes.Meters.Contains(AllocationMeter.Of(reading)))
            decision = MeterRule.DecideDisputed(reading, meter);
        if (decision.Verdict == ReadingVerdict.Quarantined)
        {
            meters[meterKey] = meter with { State = meter.State with { Contested = true } };
            return SetAside(reading, hash, decision);
        }
        seen.Add(key, hash);
        events.Add(new AcceptedEvent(reading, hash));
        int charged = charges.Lines.Count;
        if (decision.Verdict == ReadingVerdict.Correction)
            corrected.Add(meterKey);
        if (decision.Verdict is ReadingVerdict.Accepted or ReadingVerdict.Correction)
            meters[meterKey] = charges.Charge(reading, contract, price, meter, tally, decision.Verdict == ReadingVerdict.Correction);
        UsageState reached = charges.Lines.Count > charged ? UsageState.Rated : UsageState.Validated;
        return new ReadingResult(reading.EventId, ReadingOutcome.Accepted, reached, null, null);
    }

    private IntakePlan Finish()
    {
        var (costs, journals, exhausted, results) = settlement.Close();
        return new IntakePlan(events, quarantine, meters, charges.Lines, costs, [.. charges.Served, .. journals], exhausted, results)
        {
            Readings = [],
            Released = [],
            Joined = charges.Joined,
        };
    }

    private ReadingResult SetAside(UsageReading reading, byte[] hash, ReadingDecision decision)
    {
        quarantine.Add(new QuarantinedReading(reading, hash, decision.Reason!, decision.Detail!));
        return new ReadingResult(reading.EventId, ReadingOutcome.Quarantined, UsageState.Reported, decision.Reason, decision.Detail);
    }
}

using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Marketplace.Billing.Rating.Reservations;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests.Metering;

/// <summary>What a source has to tell, and what it is worth: the counters as they truly ran, with reports that were wrong at first.</summary>
internal sealed class MeterWorld
{
    private readonly Random random;
    public static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;
    private readonly List<UsageReading> told = [];

    private MeterWorld(int seed) => random = new Random(seed);

    /// <summary>By counter, what it stood at in the end.</summary>
    public Dictionary<MeterKey, decimal> Truth { get; } = [];

    /// <summary>
    /// A few counters of a contract, some of which started again from zero. Windows that are not told to the end may be lost whole; of the last
    /// one the last word arrives.
    /// </summary>
    public static MeterWorld Of(int seed, string contractId, params ReadOnlySpan<string> meters)
    {
        var world = new MeterWorld(seed);
        foreach (string meter in meters)
        {
            for (int allocation = 0; allocation < 1 + world.random.Next(2); allocation++)
            {
                for (int epoch = 0; epoch < 1 + world.random.Next(2); epoch++)
                    world.Run(contractId, $"alc_{allocation}", meter, epoch);
            }
        }
        return world;
    }

    /// <summary>The reports as they arrive: any order, any repetition, cut into calls of any size.</summary>
    public IEnumerable<UsageReading[]> Calls()
    {
        UsageReading[] all = [.. told, .. told.Where(_ => random.Next(4) == 0)];
        random.Shuffle(all);
        for (int at = 0; at < all.Length; )
        {
            int count = Math.Min(all.Length - at, 1 + random.Next(6));
            yield return all[at..(at + count)];
            at += count;
        }
    }

    /// <summary>A contract is rated by what all its counters of a meter come to.</summary>
    public Share Worth(PriceVersion price) => RatingRule.Rate(Truth.Values.Sum(), price).Share;

    private void Run(string contractId, string allocation, string meter, int epoch)
    {
        int windows = 2 + random.Next(5);
        decimal counter = 0;
        for (int window = 1; window <= windows; window++)
        {
            counter += random.Next(60_000) / 1000m;
            bool last = window == windows;
            if (!last && random.Next(5) == 0)
                continue;
            int revisions = random.Next(3);
            for (int revision = 0; revision <= revisions; revision++)
            {
                decimal quantity = revision == revisions ? counter : random.Next(400_000) / 1000m;
                DateTimeOffset to = Start.AddMinutes((epoch * 10) + window);
                told.Add(
                    new UsageReading(
                        "agent",
                        string.Create(CultureInfo.InvariantCulture, $"{contractId}/{allocation}/{meter}/{epoch}/{window}/{revision}"),
                        contractId,
                        allocation,
                        meter,
                        quantity,
                        to.AddMinutes(-1),
                        to,
                        last
                    )
                    {
                        Revision = revision,
                        Epoch = epoch,
                    }
                );
            }
        }
        Truth[new MeterKey(contractId, allocation, meter, epoch)] = counter;
    }
}

/// <summary>An intake in memory: carries from call to call what the database would.</summary>
internal sealed class MemoryIntake(ChargeParties parties, IReadOnlyDictionary<string, PriceVersion> prices, long hold)
{
    private readonly Dictionary<MeterKey, BookedMeter> meters = [];
    private readonly Dictionary<EventKey, byte[]> events = [];
    private readonly Dictionary<string, UsageReading> aside = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReservationPool> pools = new(StringComparer.Ordinal);
    private readonly HashSet<string> closed = new(StringComparer.Ordinal);
    private readonly List<(AllocationMeter Meter, string ReservationId, decimal Quantity)> draws = [];
    private int ids;

    public Share Charged { get; private set; }
    public long Owed { get; private set; }
    public long Held { get; private set; } = hold;
    public long Available { get; private set; }
    public decimal CardSeconds { get; private set; }
    public IReadOnlyDictionary<MeterKey, BookedMeter> Meters => meters;

    /// <summary>Reservations of the contract, with what is left of them.</summary>
    public IReadOnlyDictionary<string, ReservationPool> Pools => pools;

    /// <summary>Earned of reservations.</summary>
    public long Served { get; private set; }

    /// <summary>What closed reservations kept of what was used less.</summary>
    public decimal Kept { get; private set; }

    public void Reserve(ReservationPool pool) => pools.Add(pool.Id, pool);

    public void Close(string reservation) => closed.Add(reservation);

    public IntakePlan Take(UsageReading[] readings)
    {
        var contract = new ContractState(parties, "ord", prices, Charged, null, Exhausted: false) { Owed = Owed };
        var state = new IntakeState(
            new Dictionary<string, ContractState>(StringComparer.Ordinal) { [parties.ContractId] = contract },
            meters,
            events,
            new Dictionary<string, HoldCover>(StringComparer.Ordinal) { [parties.HoldReference] = new(Held, Resolved: false) },
            null,
            MeterWorld.Start.AddHours(1)
        )
        {
            SetAside = [.. aside.Select(a => new SetAsideReading(a.Key, a.Value))],
            Rating = Rating,
        };
        IntakePlan plan = IntakePlanner.Plan(state, readings, prefix => $"{prefix}_{++ids}");
        foreach (AcceptedEvent e in plan.Events)
            events.Add(new EventKey(e.Reading.Source, e.Reading.EventId), e.Hash);
        foreach (var (key, meter) in plan.Meters)
            meters[key] = meter;
        foreach (ReleasedReading released in plan.Released)
            Assert.True(aside.Remove(released.QuarantineId));
        foreach (QuarantinedReading q in plan.Quarantine)
            aside[$"{q.Reading.EventId}/{q.Reason}"] = q.Reading;
        long owed = plan.Lines.Sum(l => l.Uncovered);
        long before = Owed;
        foreach (JournalDraft journal in plan.Journals)
        {
            Held += Moved(journal, Chart.Held(parties.CustomerId, parties.Currency));
            Available += Moved(journal, Chart.Available(parties.CustomerId, parties.Currency));
            Owed -= Moved(journal, Chart.Unbilled(parties.CustomerId, parties.Currency));
            Served -= pools.Keys.Sum(id => Moved(journal, Chart.Deferred(id, parties.Currency)));
        }
        Assert.Equal(before + owed, Owed);
        Charged = plan.Lines.Aggregate(Charged, (sum, l) => sum + l.Share);
        CardSeconds += plan.Costs.Sum(c => c.Quantity);
        foreach (RatedLineDraft line in plan.Lines.Where(l => l.Kind == ChargeKinds.Reserved))
            Draw(line);
        Assert.All(plan.Lines, l => Assert.Equal(l.Share.Net, l.Share.Center + l.Share.Operator + l.Share.Commission));
        return plan;
    }

    // What the database adds up.
    private RatingState Rating =>
        new(
            meters
                .GroupBy(m => (m.Key.ContractId, m.Key.Meter))
                .ToDictionary(g => g.Key, g => g.Aggregate(default(Metered), (sum, m) => sum + m.Value.OnDemand)),
            new Dictionary<string, IReadOnlyList<ReservationPool>>(StringComparer.Ordinal)
            {
                [parties.ContractId] = [.. pools.Values.Where(p => !closed.Contains(p.Id)).OrderBy(p => p.UsableTo)],
            }
        )
        {
            Drawn = draws
                .GroupBy(d => d.Meter)
                .ToDictionary(
                    g => g.Key,
                    IReadOnlyList<DrawnQuantity> (g) =>
                        [.. g.GroupBy(d => d.ReservationId).Select(d => new DrawnQuantity(d.Key, d.Sum(x => x.Quantity)))]
                ),
        };

    private void Draw(RatedLineDraft line)
    {
        Assert.Equal(ChargeKinds.Reserved, line.Kind);
        Assert.True(line.Share.IsZero);
        if (line.Draw is not { } draw)
        {
            Kept -= line.Quantity;
            return;
        }
        pools[draw.ReservationId] = pools[draw.ReservationId] with { Remaining = pools[draw.ReservationId].Remaining - line.Quantity };
        draws.Add(
            (new AllocationMeter(line.Reading.ContractId, line.Reading.AllocationId, line.Reading.Meter), draw.ReservationId, line.Quantity)
        );
    }

    private static long Moved(JournalDraft journal, AccountRef account) =>
        journal.Legs.Where(l => l.Credit == account).Sum(l => l.Micros) - journal.Legs.Where(l => l.Debit == account).Sum(l => l.Micros);
}

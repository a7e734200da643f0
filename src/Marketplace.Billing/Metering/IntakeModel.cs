using Marketplace.Billing.Contracts;
using Marketplace.Billing.Disputes;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Time;

namespace Marketplace.Billing.Metering;

/// <param name="Epoch">Which counter of the allocation: one that started again is another.</param>
internal readonly record struct MeterKey(string ContractId, string AllocationId, string Meter, int Epoch)
{
    public static MeterKey Of(UsageReading reading) => new(reading.ContractId, reading.AllocationId, reading.Meter, reading.Epoch);
}

internal readonly record struct EventKey(string Source, string EventId);

/// <summary>A meter with what was booked for its cumulative reading.</summary>
internal sealed record BookedMeter(MeterState State, Rated Booked)
{
    public static readonly BookedMeter New = new(MeterState.New, default);

    /// <summary>What of its quantity no reservation covered.</summary>
    public Metered OnDemand { get; init; }

    /// <summary>Its last window, which a correction tells anew; null where none was told, or before this was kept.</summary>
    public LastWindow? Last { get; init; }

    public decimal Reserved => State.Quantity - OnDemand.Quantity;
}

/// <summary>A contract's terms and running totals, locked.</summary>
internal sealed record ContractState(
    ChargeParties Parties,
    string OrderId,
    IReadOnlyDictionary<string, PriceVersion> Prices,
    Share Total,
    DateTimeOffset? Through,
    bool Exhausted
)
{
    /// <summary>Usage up to here is on an invoice.</summary>
    public DateTimeOffset? InvoicedThrough { get; init; }

    /// <summary>What was charged without cover and is on no invoice yet, micro-units. Read only where money may go back.</summary>
    public long Owed { get; init; }
}

/// <summary>What a hold still covers.</summary>
internal sealed record HoldCover(long Remaining, bool Resolved);

/// <summary>Everything an intake decides on, read under locks.</summary>
internal sealed record IntakeState(
    IReadOnlyDictionary<string, ContractState> Contracts,
    IReadOnlyDictionary<MeterKey, BookedMeter> Meters,
    IReadOnlyDictionary<EventKey, byte[]> Events,
    IReadOnlyDictionary<string, HoldCover> Holds,
    DateTimeOffset? ClosedThrough,
    DateTimeOffset Now
)
{
    /// <summary>Readings of these meters that are in quarantine without an outcome. Read only when there are corrections.</summary>
    public IReadOnlyList<SetAsideReading> SetAside { get; init; } = [];

    public RatingState Rating { get; init; } = RatingState.Empty;

    /// <summary>Read only when there are corrections.</summary>
    public DisputedUsage Disputes { get; init; } = DisputedUsage.None;

    /// <summary>Business time, never ahead of the clock and never in a closed period: late usage is booked in the open one and keeps its service period.</summary>
    public DateTimeOffset EffectiveAt(DateTimeOffset through)
    {
        DateTimeOffset at = Moments.Earlier(through, Now);
        return ClosedThrough is { } closed ? Moments.Later(at, closed) : at;
    }

    /// <summary>More usage may cost less: money may go back without a correction.</summary>
    public bool HasVolumeTiers =>
        Contracts.Values.Any(c => c.Prices.Values.Any(p => p.Plan is { TierMode: TierMode.Volume, Tiers.Count: > 0 }));
}

/// <summary>A reading in quarantine that nobody has decided on.</summary>
internal sealed record SetAsideReading(string Id, UsageReading Reading);

/// <summary>A reading that was set aside and fits now that another was corrected.</summary>
internal sealed record ReleasedReading(string QuarantineId, ReadingOutcome Result);

internal sealed record AcceptedEvent(UsageReading Reading, byte[] Hash);

internal sealed record QuarantinedReading(UsageReading Reading, byte[] Hash, string Reason, string Detail);

/// <summary>One window's charge; the line of a bill.</summary>
internal sealed record RatedLineDraft(
    string Id,
    UsageReading Reading,
    ContractState Contract,
    int PriceVersion,
    DateTimeOffset From,
    decimal Quantity,
    decimal Exact,
    Share Share,
    long Uncovered,
    string? Adjustment
)
{
    /// <summary>One of <see cref="ChargeKinds"/>.</summary>
    public string Kind { get; init; } = ChargeKinds.Usage;

    /// <summary>The quantity by its hours; null where no hour has another price.</summary>
    public decimal? Weighted { get; init; }

    /// <summary>What reservations covered of the same window.</summary>
    public decimal Reserved { get; init; }

    /// <summary>Of a line that was drawn from a reservation, or went back to one; null where the reservation keeps what the line takes back.</summary>
    public LineDraw? Draw { get; init; }

    /// <summary>The line of which this gives back what an upheld dispute takes back; null where it is no such line.</summary>
    public string? CorrectsId { get; init; }

    public string Meter => Kind == ChargeKinds.Reserved ? ChargeKinds.ReservedMeter(Reading.Meter) : Reading.Meter;
}

/// <param name="JournalId">The posting that earns it; null when it comes to nothing.</param>
internal sealed record LineDraw(string ReservationId, string? JournalId);

/// <summary>A corrected window's line belongs to the dispute of the window.</summary>
/// <param name="Portion">The part of it that is disputed.</param>
internal sealed record JoinedLine(string LineId, string DisputeId, string ContractId, decimal Portion);

internal sealed record CostDelta(
    string ContractId,
    decimal Quantity,
    Share Share,
    long Uncovered,
    DateTimeOffset? Through,
    bool NewlyExhausted,
    string? JournalId
);

/// <summary>What an intake will write, and what it answers.</summary>
internal sealed record IntakePlan(
    IReadOnlyList<AcceptedEvent> Events,
    IReadOnlyList<QuarantinedReading> Quarantine,
    IReadOnlyDictionary<MeterKey, BookedMeter> Meters,
    IReadOnlyList<RatedLineDraft> Lines,
    IReadOnlyList<CostDelta> Costs,
    IReadOnlyList<JournalDraft> Journals,
    IReadOnlyList<HoldExhausted> Exhausted,
    IReadOnlyList<ChargeResult> Results
)
{
    /// <summary>What became of each reading, in the order they were given.</summary>
    public required IReadOnlyList<ReadingResult> Readings { get; init; }
    public required IReadOnlyList<ReleasedReading> Released { get; init; }
    public IReadOnlyList<JoinedLine> Joined { get; init; } = [];
}

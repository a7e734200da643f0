using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;

namespace Marketplace.Billing.Metering;

internal readonly record struct MeterKey(string ContractId, string AllocationId, string Meter);

internal readonly record struct EventKey(string Source, string EventId);

/// <summary>A meter with what was booked for its cumulative reading.</summary>
internal sealed record BookedMeter(MeterState State, Rated Booked)
{
    public static readonly BookedMeter New = new(MeterState.New, default);

    /// <summary>What of its quantity no reservation covered.</summary>
    public Metered OnDemand { get; init; }
}

/// <summary>A contract's terms and running totals, locked.</summary>
internal sealed record ContractState(
    ChargeParties Parties,
    string OrderId,
    IReadOnlyDictionary<string, PriceVersion> Prices,
    Share Total,
    DateTimeOffset? Through,
    bool Exhausted
);

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
    public RatingState Rating { get; init; } = RatingState.Empty;
}

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
    long Uncovered
)
{
    /// <summary>One of <see cref="ChargeKinds"/>.</summary>
    public string Kind { get; init; } = ChargeKinds.Usage;

    /// <summary>The quantity by its hours; null where no hour has another price.</summary>
    public decimal? Weighted { get; init; }

    /// <summary>What reservations covered of the same window.</summary>
    public decimal Reserved { get; init; }

    /// <summary>Of a line that was drawn from a reservation.</summary>
    public LineDraw? Draw { get; init; }

    public string Meter => Kind == ChargeKinds.Reserved ? ChargeKinds.ReservedMeter(Reading.Meter) : Reading.Meter;
}

/// <param name="JournalId">The posting that earns it; null when it comes to nothing.</param>
internal sealed record LineDraw(string ReservationId, string? JournalId);

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
);

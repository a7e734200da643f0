using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>How far usage has come on its way to the invoice. Derived from what is known of it, and only ever goes forward.</summary>
public enum UsageState
{
    /// <summary>A source told of it; it is not taken in.</summary>
    Reported,

    /// <summary>Taken in as true; it came to no charge of its own.</summary>
    Validated,

    /// <summary>Charged, while its time may still be told anew.</summary>
    Rated,

    /// <summary>Its time is closed; the customer may dispute the charge, or has.</summary>
    InDisputeWindow,

    /// <summary>Nobody may dispute it any more.</summary>
    Final,

    /// <summary>On an invoice.</summary>
    Invoiced,
}

public enum ReadingOutcome
{
    /// <summary>New, and taken in.</summary>
    Accepted,

    /// <summary>Taken in before, the same.</summary>
    Duplicate,

    /// <summary>Set aside for the network desk; changes nothing.</summary>
    Quarantined,
}

/// <summary>What became of one reading.</summary>
/// <param name="Reason">Why it was set aside: a stable code; null otherwise.</param>
/// <param name="Detail">The same in words.</param>
public sealed record ReadingResult(string EventId, ReadingOutcome Outcome, UsageState State, string? Reason, string? Detail);

/// <summary>A source's word that it has told everything of a contract's usage in a stretch of time, half-open.</summary>
/// <param name="Since">From when it answers for the contract, or where this stretch begins.</param>
/// <param name="Through">Exclusive; equal to <paramref name="Since"/> it says only that the source answers from then on.</param>
public sealed record UsageHeard(string Source, string ContractId, DateTimeOffset Since, DateTimeOffset Through);

/// <summary>Readings and how far they are complete, taken in together.</summary>
public sealed record UsageReport(IReadOnlyList<UsageReading> Readings, IReadOnlyList<UsageHeard> Heard);

/// <param name="Readings">One per reading, in the order of the report.</param>
public sealed record UsageReceipt(IReadOnlyList<ReadingResult> Readings, IReadOnlyList<ChargeResult> Charges);

/// <summary>A stretch of time, half-open, UTC.</summary>
public sealed record TimeRange(DateTimeOffset From, DateTimeOffset To);

/// <summary>Where one meter of a contract stands.</summary>
/// <param name="Quantity">Metered so far, in the meter's own unit.</param>
/// <param name="Unit">What is priced.</param>
public sealed record MeterTotal(string Meter, decimal Quantity, string Unit, decimal QuantityPerUnit)
{
    /// <summary><see cref="Quantity"/> in priced units.</summary>
    public decimal Units => Quantity / QuantityPerUnit;
}

/// <summary>What is known of a contract's usage.</summary>
/// <param name="KnownThrough">Every source has told everything before this; null while no source answers for the contract.</param>
/// <param name="ClosedThrough">Before this nothing is expected any more; null while no source answers for the contract.</param>
/// <param name="Unknown">Time of the contract that no source has told of yet: unknown, not zero.</param>
/// <param name="Complete">The contract has ended and every meter was read for the last time.</param>
public sealed record ContractUsage(
    string ContractId,
    DateTimeOffset? KnownThrough,
    DateTimeOffset? ClosedThrough,
    IReadOnlyList<TimeRange> Unknown,
    bool Complete,
    IReadOnlyList<MeterTotal> Meters
);

/// <summary>A source of usage and the contracts it answers for, for the network desk.</summary>
/// <param name="KnownThrough">The least of its running contracts; null when none runs.</param>
/// <param name="Silent">It has not been heard for longer than the grace.</param>
public sealed record UsageSourceView(
    string Source,
    string CenterId,
    long Contracts,
    long Running,
    DateTimeOffset? KnownThrough,
    DateTimeOffset LastReport,
    bool Silent,
    long Quarantined
);

/// <summary>Intake of usage, and how far usage is known.</summary>
public interface IMetering
{
    /// <summary>Takes readings in, rates them and stores how far their sources have been heard, in one transaction. A repetition changes nothing.</summary>
    /// <exception cref="ArgumentException">More readings than one call may hold.</exception>
    Task<UsageReceipt> TakeAsync(UsageReport report, CancellationToken ct);

    /// <summary>
    /// The same for a center's own gateway: readings of its own contracts, of meters other than card-seconds, which the network measures itself.
    /// Its sources are kept apart from those of other centers.
    /// </summary>
    Task<Outcome<UsageReceipt>> ReportAsync(ReportUsage report, CancellationToken ct);

    /// <summary>null when there is no such contract that the acting party can see.</summary>
    Task<ContractUsage?> UsageAsync(string contractId, CancellationToken ct);

    /// <summary>
    /// Whether the usage of a customer before <paramref name="through"/> is complete: every source of its contracts has been heard past it by the
    /// grace, or the contract has ended and is read to the end. Contracts no source answers for are not waited for. After the patience nobody is.
    /// </summary>
    Task<bool> IsCompleteAsync(string customerId, DateTimeOffset through, CancellationToken ct);

    /// <summary>Every source, for the network desk.</summary>
    Task<Outcome<IReadOnlyList<UsageSourceView>>> SourcesAsync(CancellationToken ct);
}

/// <summary>A gateway's report.</summary>
/// <param name="Source">The gateway's own name, unique within its center.</param>
public sealed record ReportUsage(string Source, IReadOnlyList<ReportedReading> Readings)
{
    /// <summary>How far each contract is told completely, also where there was nothing to read.</summary>
    public IReadOnlyList<ReportedStretch> Heard { get; init; } = [];
}

/// <param name="EventId">Made from allocation, meter, window and revision, so that a repetition has the same.</param>
/// <param name="AllocationId">The counter's owner, for example a service or a key.</param>
/// <param name="Quantity">Cumulative, ≥ 0, never falling within an epoch.</param>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive.</param>
public sealed record ReportedReading(
    string EventId,
    string ContractId,
    string AllocationId,
    string Meter,
    decimal Quantity,
    DateTimeOffset From,
    DateTimeOffset To
)
{
    /// <inheritdoc cref="UsageReading.Final"/>
    public bool Final { get; init; }

    /// <inheritdoc cref="UsageReading.Revision"/>
    public int Revision { get; init; }

    /// <inheritdoc cref="UsageReading.Epoch"/>
    public int Epoch { get; init; }
}

/// <inheritdoc cref="UsageHeard"/>
public sealed record ReportedStretch(string ContractId, DateTimeOffset Since, DateTimeOffset Through);

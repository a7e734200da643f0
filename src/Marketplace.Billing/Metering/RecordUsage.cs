using Marketplace.Billing.Contracts;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outbox;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Metering;

/// <summary>Usage in, charges out: locks and reads, decides, posts and writes, in one transaction and two round trips.</summary>
internal sealed partial class RecordUsage(
    MarketplaceDbContext db,
    UsageStore store,
    IdFactory ids,
    IOutbox outbox,
    IChangeFeed changes,
    TimeProvider time,
    IOptions<BillingOptions> options,
    ILogger<RecordUsage> log
)
{
    /// <exception cref="ArgumentException">More readings than one call may hold.</exception>
    public Task<IReadOnlyList<ChargeResult>> RunAsync(IReadOnlyList<UsageReading> readings, CancellationToken ct)
    {
        if (readings.Count > options.Value.MaxReadingsPerCall)
            throw new ArgumentException(
                $"One call takes {options.Value.MaxReadingsPerCall} readings at most; this has {readings.Count}.",
                nameof(readings)
            );
        UsageReading[] batch = [.. readings.Select(Normalise)];
        return batch.Length == 0 ? Task.FromResult<IReadOnlyList<ChargeResult>>([]) : db.InTransactionAsync(t => ChargeAsync(batch, t), ct);
    }

    private async Task<IReadOnlyList<ChargeResult>> ChargeAsync(UsageReading[] readings, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        IntakeState state = await store.LoadAsync(readings, now, ct);
        IntakePlan plan = IntakePlanner.Plan(state, readings, ids.New);
        await store.SaveAsync(plan, now, ct);
        foreach (HoldExhausted exhausted in plan.Exhausted)
            outbox.Publish(exhausted, exhausted.ContractId);
        foreach (CostDelta cost in plan.Costs)
            changes.Announce($"contract:{cost.ContractId}");
        foreach (QuarantinedReading bad in plan.Quarantine)
            SetAside(bad.Reading.Source, bad.Reading.EventId, bad.Reading.ContractId, bad.Reason, bad.Detail);
        return plan.Results;
    }

    // What is compared later must be what is stored.
    private static UsageReading Normalise(UsageReading reading) =>
        reading with
        {
            Source = Text(reading.Source),
            EventId = Text(reading.EventId),
            ContractId = Text(reading.ContractId),
            AllocationId = Text(reading.AllocationId),
            Meter = Text(reading.Meter),
            From = reading.From.ToStored(),
            To = reading.To.ToStored(),
        };

    // One bad agent must not fail the batch: PostgreSQL refuses NUL in text.
    private static string Text(string? value) => (value ?? "").Replace('\0', '\uFFFD');

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Usage {Source}/{EventId} of contract {ContractId} is in quarantine: {Reason}, {Detail}"
    )]
    private partial void SetAside(string source, string eventId, string contractId, string reason, string detail);
}

using Marketplace.Billing.Contracts;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outbox;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Metering;

/// <summary>Usage in, charges out: locks and reads, decides, posts and writes, in one transaction and two round trips; with corrections, three.</summary>
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
    public Task<UsageReceipt> RunAsync(UsageReport report, CancellationToken ct)
    {
        IReadOnlyList<UsageReading> readings = report.Readings;
        if (readings.Count > options.Value.MaxReadingsPerCall)
            throw new ArgumentException(
                $"One call takes {options.Value.MaxReadingsPerCall} readings at most; this has {readings.Count}.",
                nameof(readings)
            );
        UsageReading[] batch = [.. readings.Select(Normalise)];
        UsageHeard[] heard = [.. report.Heard.Select(Normalise)];
        return batch.Length + heard.Length == 0
            ? Task.FromResult(new UsageReceipt([], []))
            : db.InTransactionAsync(t => ChargeAsync(batch, heard, t), ct);
    }

    private async Task<UsageReceipt> ChargeAsync(UsageReading[] readings, UsageHeard[] heard, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        IntakeState state = await store.LoadAsync(readings, now, ct);
        bool corrects = Array.Exists(readings, r => r.Revision > 0) || state.Meters.Values.Any(m => m.State.Contested);
        if (corrects || state.HasVolumeTiers)
            state = await store.WithRefundsAsync(state, corrects, ct);
        IntakePlan plan = IntakePlanner.Plan(state, readings, ids.New);
        await store.SaveAsync(plan, heard, now, ct);
        foreach (HoldExhausted exhausted in plan.Exhausted)
            outbox.Publish(exhausted, exhausted.ContractId);
        foreach (CostDelta cost in plan.Costs)
            changes.Announce($"contract:{cost.ContractId}");
        if (plan.Quarantine.Count + plan.Released.Count > 0)
            changes.Announce(Quarantine.QuarantineDesk.Topic);
        if (plan.Joined.Count > 0)
            changes.Announce(Disputes.OpenDispute.Topic);
        foreach (QuarantinedReading bad in plan.Quarantine)
            SetAside(bad.Reading.Source, bad.Reading.EventId, bad.Reading.ContractId, bad.Reason, bad.Detail);
        return new UsageReceipt(plan.Readings, plan.Results);
    }

    private static UsageHeard Normalise(UsageHeard heard) =>
        new(Text(heard.Source), Text(heard.ContractId), heard.Since.ToStored(), heard.Through.ToStored());

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

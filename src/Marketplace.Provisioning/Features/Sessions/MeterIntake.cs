using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Clusters.Reconciling;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Time;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Workloads;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>
/// Metering by allocation: cards bought × seconds from Ready to the end, cumulative per pod. Utilisation never enters. A namespace is one
/// allocation of its own: its quota, from Ready to the end. Windows are half-open, in UTC, and end at whole meter periods (the minute) while
/// things run; a known end is its own. What is told and how far it is complete go out in the transaction that keeps them here, so a stop
/// between reading and commit loses nothing and tells nothing twice.
/// </summary>
internal sealed class MeterIntake(MarketplaceDbContext db, IOutbox outbox, IOptions<ProvisioningOptions> options)
{
    private const string Meter = "card-seconds";

    // An end waits for the batch it is in, so batches are small.
    private const int BatchSize = 50;

    /// <summary>Measures everything of a cluster up to <paramref name="at"/>, the last moment the cluster was heard from.</summary>
    /// <returns>How many contracts were measured.</returns>
    public async Task<int> MeasureAsync(
        string clusterId,
        IReadOnlyList<AllocationReading> readings,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        var running = await db.Set<Workload>()
            .Where(w => w.ClusterId == clusterId && w.ReadyAt != null)
            .Where(w => w.Phase != WorkloadPhase.Terminated && w.Phase != WorkloadPhase.Error)
            .OrderBy(w => w.Id)
            .Select(w => w.Id)
            .ToListAsync(ct);
        var byContract = readings.ToLookup(r => r.ContractId, StringComparer.Ordinal);
        int measured = 0;
        foreach (string[] batch in running.Chunk(BatchSize))
            measured += await db.InTransactionAsync(t => MeasureBatchAsync(batch, byContract, at, t), ct);
        return measured;
    }

    private async Task<int> MeasureBatchAsync(
        string[] batch,
        ILookup<string, AllocationReading> byContract,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        // The end of a workload is measured under the same lock. Whoever comes second would make the same allocation again and fail, and what is
        // being changed right now is measured by that change, or in the next period.
        var workloads = await db.Set<Workload>()
            .FromSql(
                $"SELECT * FROM provisioning.workload WHERE id = ANY ({batch}) AND phase NOT IN ('Terminated', 'Error') FOR UPDATE SKIP LOCKED"
            )
            .ToListAsync(ct);
        int measured = 0;
        foreach (Workload workload in workloads)
            measured += await MeasureOneAsync(workload, [.. byContract[workload.ContractId]], at, closing: false, ct) ? 1 : 0;
        await db.SaveChangesAsync(ct);
        db.ChangeTracker.Clear();
        return measured;
    }

    /// <summary>The cluster answers for a workload's usage from the moment it is ready; call in the transaction that stores the moment.</summary>
    public void Begin(Workload workload)
    {
        if (workload.ReadyAt is { } ready)
            Publish(workload, [], ready, ready);
    }

    /// <summary>Last readings of a workload that ended; call in the transaction that stores the end.</summary>
    public Task CloseAsync(Workload workload, IReadOnlyList<AllocationReading> readings, DateTimeOffset endedAt, CancellationToken ct) =>
        MeasureOneAsync(workload, [.. readings.Where(r => r.ContractId == workload.ContractId)], endedAt, closing: true, ct);

    private async Task<bool> MeasureOneAsync(
        Workload workload,
        IReadOnlyList<AllocationReading> readings,
        DateTimeOffset at,
        bool closing,
        CancellationToken ct
    )
    {
        var role = JsonSerializer.Deserialize<DeployWorkload>(workload.Desired, ProvisioningJson.Options)!.Roles[0];
        var known = await db.Set<AllocationRow>()
            .Where(a => a.ContractId == workload.ContractId && !a.Final)
            .ToDictionaryAsync(a => a.PodUid, StringComparer.Ordinal, ct);
        var finals = await db.Set<AllocationRow>()
            .Where(a => a.ContractId == workload.ContractId && a.Final)
            .Select(a => a.PodUid)
            .ToListAsync(ct);
        // What starts again counts from where all of it is ready again, as it did the first time.
        if ((workload.TurnReadyAt ?? (closing ? workload.ReadyAt : null)) is not { } ready)
            return TellRest(workload, at);
        if (workload.Product == ProductKind.Namespace)
            readings = workload.IsResting ? [] : [NamespaceReading(workload, ready)];
        DateTimeOffset heard = closing ? at.ToStored() : Aligned(at);
        // What was bought ends at its time, and what was stopped for money soon after: a slow stop is not the customer's bill.
        DateTimeOffset last = (
            workload.ChargeUntil is { } until ? Moments.Earlier(until, workload.NotAfter) : workload.NotAfter
        ).ToStored();
        at = Moments.Earlier(heard, last);
        var usage = new List<AllocationUsage>();
        foreach (AllocationReading reading in readings.Where(r => !finals.Contains(r.PodUid, StringComparer.Ordinal)))
        {
            if (!known.Remove(reading.PodUid, out AllocationRow? row))
                db.Add(row = NewRow(workload, role, reading, ready));
            row.FinishedAt ??= reading.FinishedAt?.ToStored();
            // A known end is measured at once; what runs lags behind.
            DateTimeOffset to = row.FinishedAt is { } finished
                ? Moments.Earlier(finished, last)
                : Moments.Earlier(reading.StoppingSince?.ToStored() ?? at, at);
            if (closing)
                row.FinishedAt ??= to;
            Advance(row, to, final: row.FinishedAt is not null, usage);
        }
        // Nobody saw these pods end (the worker was away): bill to the last moment they were seen.
        foreach (AllocationRow lost in known.Values.Where(_ => closing))
            Advance(lost, lost.MeasuredTo, final: true, usage);
        // Also where there was nothing to read: that is known now.
        if (usage.Count == 0 && heard <= ready)
            return false;
        Publish(workload, usage, workload.ReadyAt ?? ready, Moments.Later(heard, ready));
        return true;
    }

    // While it rests it uses nothing, and that is known, not unknown.
    private bool TellRest(Workload workload, DateTimeOffset at)
    {
        if (workload.ReadyAt is not { } ready || Aligned(at) <= ready)
            return false;
        Publish(workload, [], ready, Aligned(at));
        return true;
    }

    private void Publish(Workload workload, List<AllocationUsage> usage, DateTimeOffset since, DateTimeOffset through) =>
        outbox.Publish(
            new UsageMeasured(workload.ContractId, workload.ClusterId, usage) { HeardSince = since.ToStored(), HeardThrough = through },
            key: workload.ContractId
        );

    private static void Advance(AllocationRow row, DateTimeOffset to, bool final, List<AllocationUsage> usage)
    {
        decimal total = to > row.ReadyAt ? decimal.Round(row.Cards * (decimal)(to - row.ReadyAt).TotalMilliseconds / 1000m, 6) : 0;
        // While things run the counter never falls, whatever the clocks say.
        if (!final && total <= row.MeasuredCardSeconds)
            return;
        // An end inside a window that was told already: the window is told anew, under the next revision, and says less.
        bool anew = row.MeasuredCardSeconds > 0 && to <= row.MeasuredTo;
        DateTimeOffset windowEnd = anew ? row.MeasuredTo : to;
        row.Revision = anew ? row.Revision + 1 : 0;
        usage.Add(
            new AllocationUsage(
                EventId(row.PodUid, windowEnd, row.Revision),
                row.PodUid,
                row.DeviceModel,
                row.Cards,
                total,
                Moments.Earlier(anew ? to : row.MeasuredTo, windowEnd),
                windowEnd,
                final
            )
            {
                Revision = row.Revision,
            }
        );
        row.MeasuredCardSeconds = total;
        row.MeasuredTo = windowEnd;
        row.Final = final;
        // The row's end is the bill's: the bought time bounds it.
        if (final)
            row.FinishedAt = to;
    }

    /// <summary>The last whole meter period before a moment.</summary>
    private DateTimeOffset Aligned(DateTimeOffset at)
    {
        long ticks = at.UtcTicks;
        return new DateTimeOffset(ticks - (ticks % options.Value.MeterPeriod.Ticks), TimeSpan.Zero);
    }

    // The same window told again has the same id, whoever tells it; a cumulative window is known by its end.
    internal static string EventId(string allocation, DateTimeOffset windowEnd, int revision) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{allocation}|{Meter}|{windowEnd.UtcTicks}|{revision}"))
            )
        )[..32];

    // Billing starts when the whole workload is Ready; a replica that joins later starts later.
    private static AllocationRow NewRow(Workload workload, WorkloadRole role, AllocationReading reading, DateTimeOffset ready) =>
        new()
        {
            PodUid = reading.PodUid,
            ContractId = workload.ContractId,
            ClusterId = workload.ClusterId,
            PodName = reading.PodName,
            Node = reading.Node,
            DeviceModel = role.DeviceModel,
            Cards = workload.Product == ProductKind.Namespace ? role.BilledCards * role.Replicas : role.BilledCards,
            ReadyAt = Moments.Later(reading.ReadyAt, ready).ToStored(),
            MeasuredTo = Moments.Later(reading.ReadyAt, ready).ToStored(),
            CustomerId = workload.CustomerId,
            OperatorId = workload.OperatorId,
            CenterId = workload.CenterId,
        };

    private static AllocationReading NamespaceReading(Workload workload, DateTimeOffset ready) =>
        new(workload.ContractId, NamespaceAllocation(workload), "namespace", "", [], 0, 0, ready, workload.EndedAt);

    private static string NamespaceAllocation(Workload workload) =>
        workload.Suspensions == 0
            ? $"namespace:{workload.ContractId}"
            : string.Create(CultureInfo.InvariantCulture, $"namespace:{workload.ContractId}/{workload.Suspensions}");
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Clusters.Reconciling;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Workloads;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>
/// Metering by allocation: cards bought × seconds from Ready to the end, cumulative per pod. Utilisation never enters. A namespace is one
/// allocation of its own: its quota, from Ready to the end.
/// </summary>
internal sealed class MeterIntake(MarketplaceDbContext db, IOutbox outbox)
{
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
            return false;
        if (workload.Product == ProductKind.Namespace)
            readings = workload.IsResting ? [] : [NamespaceReading(workload, ready)];
        // What was bought ends at its time, and what was stopped for money soon after: a slow stop is not the customer's bill.
        DateTimeOffset last = workload.ChargeUntil is { } until ? Earlier(until, workload.NotAfter) : workload.NotAfter;
        at = Earlier(at, last).ToStored();
        var usage = new List<AllocationUsage>();
        foreach (AllocationReading reading in readings.Where(r => !finals.Contains(r.PodUid, StringComparer.Ordinal)))
        {
            if (!known.Remove(reading.PodUid, out AllocationRow? row))
                db.Add(row = NewRow(workload, role, reading, ready));
            row.FinishedAt ??= reading.FinishedAt?.ToStored();
            // A known end is measured at once; what runs lags behind.
            DateTimeOffset to = row.FinishedAt is { } finished
                ? Earlier(finished, last.ToStored())
                : Earlier(reading.StoppingSince?.ToStored() ?? at, at);
            if (closing)
                row.FinishedAt ??= to;
            Advance(row, to, final: row.FinishedAt is not null, usage);
        }
        // Nobody saw these pods end (the worker was away): bill to the last moment they were seen.
        foreach (AllocationRow lost in known.Values.Where(_ => closing))
            Advance(lost, lost.MeasuredTo, final: true, usage);
        if (usage.Count > 0)
            outbox.Publish(new UsageMeasured(workload.ContractId, workload.ClusterId, usage), key: workload.ContractId);
        return usage.Count > 0;
    }

    private static void Advance(AllocationRow row, DateTimeOffset to, bool final, List<AllocationUsage> usage)
    {
        DateTimeOffset from = row.MeasuredTo;
        decimal total = to > row.ReadyAt ? decimal.Round(row.Cards * (decimal)(to - row.ReadyAt).TotalMilliseconds / 1000m, 6) : 0;
        // The counter never falls, whatever the clocks say.
        if (total < row.MeasuredCardSeconds || (total == row.MeasuredCardSeconds && !final))
            (total, to) = (row.MeasuredCardSeconds, row.MeasuredTo);
        if (total == row.MeasuredCardSeconds && !final)
            return;
        row.MeasuredCardSeconds = total;
        row.MeasuredTo = to;
        row.Final = final;
        // The row's end is the bill's: the bought time bounds it, and an end that was heard of too late does not shorten what was told.
        if (final)
            row.FinishedAt = to;
        usage.Add(new AllocationUsage(EventId(row), row.PodUid, row.DeviceModel, row.Cards, total, from, to, final));
    }

    private static string EventId(AllocationRow row) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{row.PodUid}|card-seconds|{row.MeasuredTo.UtcTicks}|{row.MeasuredCardSeconds}|{row.Final}"
                    )
                )
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
            ReadyAt = Later(reading.ReadyAt, ready).ToStored(),
            MeasuredTo = Later(reading.ReadyAt, ready).ToStored(),
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

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

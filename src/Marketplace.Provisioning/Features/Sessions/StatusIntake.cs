using System.Text.Json;
using Marketplace.Clusters.Reconciling;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Workloads;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>Stores what a cluster says about a contract, and tells the others when the phase changed: usage first, then the change.</summary>
internal sealed class StatusIntake(MarketplaceDbContext db, MeterIntake meter, IOutbox outbox, IChangeFeed changes)
{
    public Task<bool> StoreAsync(BundleStatus status, IReadOnlyList<AllocationReading> readings, CancellationToken ct) =>
        db.InTransactionAsync(t => RunAsync(status, readings, t), ct);

    private async Task<bool> RunAsync(BundleStatus status, IReadOnlyList<AllocationReading> readings, CancellationToken ct)
    {
        Workload? workload = await db.Set<Workload>()
            .FromSql($"SELECT * FROM provisioning.workload WHERE contract_id = {status.ContractId} FOR UPDATE")
            .SingleOrDefaultAsync(ct);
        if (workload is null)
            return false;
        LookForPods(status, workload);
        if (workload.IsGone)
        {
            await db.SaveChangesAsync(ct);
            return false;
        }
        WorkloadPhase before = workload.Phase;
        WorkloadPhase after = StatusMapping.PhaseOf(status, before, workload.StopRequested, workload.SuspendRequested);
        Copy(status, workload);
        // A workload that became ready and ended between two looks was ready: say both.
        var delivered = Delivered(status, workload);
        bool wasReady = delivered.Any(p => p.ReadyAt is not null);
        if (
            workload.ReadyAt is null
            && wasReady
            && after is WorkloadPhase.Terminated or WorkloadPhase.Error
            && before is WorkloadPhase.Pending or WorkloadPhase.Provisioning
        )
        {
            workload.ReadyAt = delivered.Min(p => p.ReadyAt);
            workload.MoveTo(WorkloadPhase.Ready);
            Publish(workload, status, WorkloadPhase.Ready);
        }
        if (StatusMapping.CanMove(workload.Phase, after))
            await MoveAsync(workload, after, status, readings, ct);
        foreach (string topic in new[] { $"contract:{workload.ContractId}", $"party:{workload.CustomerId}" })
            changes.Announce(topic);
        await db.SaveChangesAsync(ct);
        return true;
    }

    private async Task MoveAsync(
        Workload workload,
        WorkloadPhase to,
        BundleStatus status,
        IReadOnlyList<AllocationReading> readings,
        CancellationToken ct
    )
    {
        workload.MoveTo(to);
        if (to == WorkloadPhase.Ready)
        {
            DateTimeOffset ready = Delivered(status, workload).Max(p => p.ReadyAt) ?? status.ObservedAt;
            workload.ReadyAt ??= ready;
            if (workload.IsResting)
                workload.ResumedAt = ready;
        }
        if (to == WorkloadPhase.Stopped)
        {
            // It comes to rest: what it had is measured to the end, and the next turn is measured by itself.
            if (!workload.IsResting)
                await meter.CloseAsync(workload, readings, status.ObservedAt, ct);
            workload.Suspensions++;
            workload.ResumedAt = null;
        }
        if (to is WorkloadPhase.Terminated or WorkloadPhase.Error)
        {
            workload.Completed = status.Phase == BundlePhase.Completed;
            workload.EndedAt = status.FinishedAt ?? status.ObservedAt;
            // The contract settles on the change below: everything measured must be on its way before it.
            await meter.CloseAsync(workload, readings, workload.EndedAt.Value, ct);
        }
        Publish(workload, status, to);
    }

    private void Publish(Workload workload, BundleStatus status, WorkloadPhase phase) =>
        outbox.Publish(
            new WorkloadChanged(
                workload.ContractId,
                phase,
                workload.ReadyReplicas,
                workload.DesiredReplicas,
                workload.Completed,
                workload.TurnReadyAt,
                phase == WorkloadPhase.Stopped ? status.ObservedAt : workload.EndedAt,
                workload.FailureCode,
                workload.FailureText,
                status.ObservedAt
            ),
            key: workload.ContractId
        );

    // Nothing of it is to run and nothing did: a pod now is a finding. Said once, until it is gone again.
    private void LookForPods(BundleStatus status, Workload workload)
    {
        bool atRest = workload.IsGone || (workload.SuspendRequested && workload.Phase == WorkloadPhase.Stopped);
        if (status.Phase == BundlePhase.Unreachable)
            return;
        if (atRest && workload.LivingPods == 0 && status.LivingPods > 0)
            outbox.Publish(
                new WorkloadReappeared(workload.ContractId, [.. status.Pods.Select(p => p.Name)], status.ObservedAt),
                key: workload.ContractId
            );
        (workload.LivingPods, workload.ReportedAt) = (status.LivingPods, status.ObservedAt);
    }

    private static void Copy(BundleStatus status, Workload workload)
    {
        workload.ObservedGeneration = status.ObservedGeneration;
        workload.ReadyReplicas = status.ReadyReplicas;
        workload.FinishedReplicas = Delivered(status, workload).Count(p => p.Phase == "Succeeded");
        // Pods that were removed after the end stay as they were last seen; what rests has none.
        if (status.Pods.Count > 0 || status.Phase == BundlePhase.Suspended)
            workload.Pods = JsonSerializer.Serialize(status.Pods.Select(PodOf), ProvisioningJson.Options);
        BundleMessage? message = status.Messages.Count > 0 ? status.Messages[0] : null;
        workload.FailureCode = message?.Code;
        workload.FailureText = message?.Text;
    }

    // What was bought with a namespace is the namespace: the pods its customer runs there say nothing of when it was delivered.
    private static IReadOnlyList<PodStatus> Delivered(BundleStatus status, Workload workload) =>
        workload.Product == ProductKind.Namespace ? [] : status.Pods;

    private static WorkloadPod PodOf(PodStatus pod) =>
        new(
            pod.Name,
            "main",
            pod.Node,
            [.. pod.Devices.Select(d => d.Id)],
            pod.Phase,
            pod.Reason,
            pod.Restarts,
            pod.ReadyAt,
            pod.FinishedAt
        );
}

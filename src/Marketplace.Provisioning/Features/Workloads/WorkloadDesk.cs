using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Sessions;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Provisioning.Features.Workloads;

/// <summary>Writes desired state and reads what the clusters reported. The cluster's worker hears of it through <c>desired:{cluster}</c>.</summary>
internal sealed class WorkloadDesk(MarketplaceDbContext db, IdFactory ids, IChangeFeed changes, ClusterAccess access, TimeProvider time)
    : IWorkloads
{
    public Task DeployAsync(DeployWorkload request, CancellationToken ct) => DeployManyAsync([request], ct);

    public async Task DeployManyAsync(IReadOnlyList<DeployWorkload> requests, CancellationToken ct)
    {
        string[] contracts = [.. requests.Select(r => r.ContractId)];
        var there = await db.Set<Workload>()
            .Where(w => contracts.Contains(w.ContractId))
            .ToDictionaryAsync(w => w.ContractId, StringComparer.Ordinal, ct);
        foreach (DeployWorkload request in requests)
            Deploy(request, there.GetValueOrDefault(request.ContractId));
    }

    private void Deploy(DeployWorkload request, Workload? workload)
    {
        var (desired, hash) = Stored(request);
        if (workload is null)
        {
            db.Add(
                new Workload
                {
                    Id = ids.New(IdPrefix.Workload),
                    ContractId = request.ContractId,
                    CustomerId = request.CustomerId,
                    OperatorId = request.OperatorId,
                    CenterId = request.CenterId,
                    ClusterId = request.ClusterId,
                    Product = request.Product,
                    Desired = desired,
                    DesiredHash = hash,
                    NotAfter = request.NotAfter,
                    DesiredReplicas = request.Roles.Sum(r => r.Replicas),
                    CreatedAt = time.GetUtcNow(),
                }
            );
        }
        else if (workload.DesiredHash != hash)
        {
            workload.Desired = desired;
            workload.DesiredHash = hash;
            workload.Generation++;
            workload.NotAfter = request.NotAfter;
        }
        changes.Announce(ClusterAccess.DesiredTopic(request.ClusterId));
    }

    private static (string Desired, string Hash) Stored(DeployWorkload request)
    {
        string desired = JsonSerializer.Serialize(request, ProvisioningJson.Options);
        return (desired, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(desired))));
    }

    public Task MoveAsync(string contractId, IReadOnlyList<ReplicaAssignment> placements, CancellationToken ct) =>
        ChangeAsync(
            contractId,
            w =>
            {
                DeployWorkload request =
                    JsonSerializer.Deserialize<DeployWorkload>(w.Desired, ProvisioningJson.Options)
                    ?? throw new InvalidOperationException($"Workload {w.Id} has no desired state.");
                WorkloadRole role = request.Roles is [var only]
                    ? only
                    : throw new InvalidOperationException("A contract runs exactly one role.");
                var (desired, hash) = Stored(request with { Roles = [role with { Placements = placements }] });
                if (w.DesiredHash == hash)
                    return;
                (w.Desired, w.DesiredHash) = (desired, hash);
                w.Generation++;
            },
            ct
        );

    public Task StopAsync(string contractId, string reason, CancellationToken ct) =>
        ChangeAsync(
            contractId,
            w =>
            {
                if (w.StopRequested)
                    return;
                w.StopRequested = true;
                w.StopReason = reason;
                w.Generation++;
            },
            ct
        );

    public async Task<long> StopAsync(string contractId, string reason, DateTimeOffset chargeUntil, CancellationToken ct)
    {
        long generation = 0;
        await ChangeAsync(
            contractId,
            w =>
            {
                w.ChargeUntil ??= chargeUntil;
                if (!w.StopRequested)
                {
                    (w.StopRequested, w.StopReason) = (true, reason);
                    w.Generation++;
                }
                generation = w.Generation;
            },
            ct
        );
        return generation;
    }

    public async Task<long> SuspendAsync(string contractId, string reason, DateTimeOffset chargeUntil, CancellationToken ct)
    {
        long generation = 0;
        await ChangeAsync(
            contractId,
            w =>
            {
                w.ChargeUntil ??= chargeUntil;
                if (!w.SuspendRequested)
                {
                    (w.SuspendRequested, w.StopReason) = (true, reason);
                    w.Generation++;
                }
                generation = w.Generation;
            },
            ct
        );
        return generation;
    }

    public Task ResumeAsync(string contractId, DateTimeOffset notAfter, CancellationToken ct) =>
        ChangeAsync(
            contractId,
            w =>
            {
                if (!w.SuspendRequested)
                    return;
                (w.SuspendRequested, w.StopReason, w.ChargeUntil, w.NotAfter) = (false, null, null, notAfter);
                w.Generation++;
            },
            ct
        );

    public async Task<WorkloadEvidence?> EvidenceAsync(string contractId, CancellationToken ct)
    {
        Workload? w = await db.Set<Workload>().AsNoTracking().FirstOrDefaultAsync(x => x.ContractId == contractId, ct);
        return w is null
            ? null
            : new WorkloadEvidence(
                w.Phase,
                w.Generation,
                w.ObservedGeneration,
                w.LivingPods,
                await db.Set<AllocationRow>().CountAsync(a => a.ContractId == contractId && !a.Final, ct),
                w.Completed,
                w.ReportedAt
            );
    }

    public Task ExtendAsync(string contractId, DateTimeOffset notAfter, CancellationToken ct) =>
        ChangeAsync(
            contractId,
            w =>
            {
                if (w.NotAfter == notAfter)
                    return;
                w.NotAfter = notAfter;
                w.Generation++;
            },
            ct
        );

    private async Task ChangeAsync(string contractId, Action<Workload> change, CancellationToken ct)
    {
        Workload workload =
            await db.Set<Workload>()
                .FromSql($"SELECT * FROM provisioning.workload WHERE contract_id = {contractId} FOR UPDATE")
                .SingleOrDefaultAsync(ct)
            ?? throw new InvalidOperationException($"Contract {contractId} has no workload.");
        change(workload);
        changes.Announce(ClusterAccess.DesiredTopic(workload.ClusterId));
    }

    public async Task<WorkloadView?> FindAsync(string contractId, CancellationToken ct)
    {
        Workload? workload = await db.Set<Workload>().AsNoTracking().FirstOrDefaultAsync(w => w.ContractId == contractId, ct);
        if (workload is null)
            return null;
        var events = await db.Set<WorkloadEventRow>()
            .AsNoTracking()
            .Where(e => e.ContractId == contractId)
            .OrderBy(e => e.At)
            .Take(500)
            .ToListAsync(ct);
        return WorkloadViews.Of(workload, events);
    }

    public async Task<IReadOnlyDictionary<string, WorkloadView>> FindManyAsync(
        IReadOnlyCollection<string> contractIds,
        CancellationToken ct
    )
    {
        var workloads = await db.Set<Workload>().AsNoTracking().Where(w => contractIds.Contains(w.ContractId)).ToListAsync(ct);
        var events = await db.Set<WorkloadEventRow>()
            .AsNoTracking()
            .Where(e => contractIds.Contains(e.ContractId))
            .OrderBy(e => e.At)
            .ToListAsync(ct);
        var byContract = events.ToLookup(e => e.ContractId, StringComparer.Ordinal);
        return workloads.ToDictionary(w => w.ContractId, w => WorkloadViews.Of(w, [.. byContract[w.ContractId]]), StringComparer.Ordinal);
    }

    public async IAsyncEnumerable<LogLine> LogsAsync(
        string contractId,
        string? pod,
        int tail,
        bool follow,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        Workload? workload = await db.Set<Workload>().AsNoTracking().FirstOrDefaultAsync(w => w.ContractId == contractId, ct);
        if (workload is null)
            yield break;
        await foreach (LogLine line in access.LogsAsync(workload, pod, tail, follow, ct))
            yield return line;
    }

    public async Task<Outcome<string>> NamespaceKubeconfigAsync(string contractId, CancellationToken ct)
    {
        Workload? workload = await db.Set<Workload>().AsNoTracking().FirstOrDefaultAsync(w => w.ContractId == contractId, ct);
        if (workload is null)
            return Problem.NotFound("contract", contractId);
        if (workload.Product != ProductKind.Namespace)
            return Problem.Conflict("not-a-namespace", "Only a dedicated namespace has a kubeconfig.");
        return workload.Phase == WorkloadPhase.Ready
            ? await access.NamespaceKubeconfigAsync(workload, ct)
            : Problem.Conflict("namespace-not-ready", "The namespace is not ready yet. Try again when it is.");
    }
}

using Marketplace.Clusters.Connections;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>Pods that run for a contract which has ended, on the cluster where it ran: a finding for whoever relies on the end.</summary>
internal sealed class StrayIntake(MarketplaceDbContext db, IOutbox outbox)
{
    /// <returns>The ended workloads whose pods they are.</returns>
    public Task<IReadOnlyList<Workload>> StoreAsync(
        string clusterId,
        IReadOnlyList<Stray> strays,
        DateTimeOffset at,
        CancellationToken ct
    ) => db.InTransactionAsync(t => RunAsync(clusterId, strays, at, t), ct);

    private async Task<IReadOnlyList<Workload>> RunAsync(
        string clusterId,
        IReadOnlyList<Stray> strays,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        string[] contracts = [.. strays.Select(s => s.Contract)];
        var ended = await db.Set<Workload>()
            .FromSql(
                $"""
                SELECT * FROM provisioning.workload
                WHERE cluster_id = {clusterId} AND contract_id = ANY ({contracts}) AND phase = 'Terminated' ORDER BY id FOR UPDATE
                """
            )
            .ToListAsync(ct);
        foreach (Workload workload in ended)
        {
            Stray stray = strays.First(s => s.Contract == workload.ContractId);
            if (workload.LivingPods == 0)
                outbox.Publish(new WorkloadReappeared(workload.ContractId, stray.Pods, at), key: workload.ContractId);
            (workload.LivingPods, workload.ReportedAt) = (stray.Pods.Count, at);
        }
        await db.SaveChangesAsync(ct);
        return ended;
    }
}

using Marketplace.Orders.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>All replicas run: one that does not run where it was sold takes its claim along, or the market would sell its place again.</summary>
internal sealed class OnWorkloadReady(MarketplaceDbContext db, IWorkloads workloads, IServiceScopeFactory scopes)
    : IMessageHandler<WorkloadChanged>
{
    public async Task HandleAsync(WorkloadChanged message, CancellationToken ct)
    {
        if (
            message.Phase != WorkloadPhase.Ready
            || await db.Set<Contract>().AsNoTracking().FirstOrDefaultAsync(c => c.Id == message.ContractId, ct)
                is not { IsOpen: true } contract
            || await workloads.FindAsync(contract.Id, ct) is not { Product: not ProductKind.Namespace } workload
        )
            return;
        var places = contract.Plan.Workload.Placements.Select(p => p.NodeId).ToList();
        if (workload.Pods.Where(p => p.Node is not null).All(p => places.Remove(NodeIds.Of(contract.ClusterId, p.Node))))
            return;
        await db.Database.MayIdleAsync(ct);
        await scopes.ActAsync<ReplaceContract, bool>(Actor.System, r => r.RunAsync(contract.Id, ct));
    }
}

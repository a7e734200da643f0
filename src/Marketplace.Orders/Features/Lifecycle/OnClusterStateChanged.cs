using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>A cluster that fell silent degrades its contracts: the meter has stopped at the last evidence; nothing ends before the grace.</summary>
internal sealed class OnClusterStateChanged(MarketplaceDbContext db, ContractStore store, IChangeFeed changes, TimeProvider time)
    : IMessageHandler<ClusterStateChanged>
{
    public async Task HandleAsync(ClusterStateChanged message, CancellationToken ct)
    {
        changes.Announce("market");
        changes.Announce($"cluster:{message.ClusterId}");
        if (message.To is not (ClusterState.Lost or ClusterState.Connected))
        {
            await db.SaveChangesAsync(ct);
            return;
        }
        ContractState from = message.To == ClusterState.Lost ? ContractState.Active : ContractState.Degraded;
        var ids = await db.Set<Contract>()
            .Where(c => c.ClusterId == message.ClusterId && c.State == from)
            .Select(c => c.Id)
            .ToListAsync(ct);
        foreach (string id in ids)
        {
            Contract? contract = await store.LockAsync(id, ct);
            if (contract is null || contract.State != from)
                continue;
            DateTimeOffset now = time.GetUtcNow();
            if (message.To == ClusterState.Lost)
            {
                contract.SilentSince ??= now;
                contract.MoveTo(ContractState.Degraded, now, Reasons.ClusterSilent);
            }
            else
            {
                contract.SilentSince = null;
                contract.MoveTo(ContractState.Active, now);
            }
            await store.SaveAsync(contract, ct);
        }
        await db.SaveChangesAsync(ct);
    }
}

/// <summary>Ends what time ends: contracts whose bought hours are over, and contracts whose cluster stayed silent past the grace.</summary>
internal sealed class ContractClock(
    MarketplaceDbContext db,
    ContractStore store,
    IWorkloads workloads,
    ICapacity capacity,
    IRating rating,
    IInvoices invoices,
    TimeProvider time,
    IOptions<OrdersOptions> options
)
{
    private const int Batch = 200;

    /// <returns>How many contracts were asked to end.</returns>
    public async Task<int> TickAsync(CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        var over = await db.Set<Contract>()
            .Where(c => c.EndedAt == null && c.StopRequestedAt == null && c.ReadyAt != null && c.EndsAt <= now)
            .OrderBy(c => c.EndsAt)
            .Select(c => c.Id)
            .Take(Batch)
            .ToListAsync(ct);
        foreach (string id in over)
            await db.InTransactionAsync(t => StopAsync(id, now, t), ct);
        DateTimeOffset limit = now - options.Value.LostClusterGrace;
        var lost = await db.Set<Contract>()
            .Where(c => c.State == ContractState.Degraded && c.SilentSince <= limit)
            .OrderBy(c => c.Id)
            .Select(c => c.Id)
            .Take(Batch)
            .ToListAsync(ct);
        foreach (string id in lost)
            await db.InTransactionAsync(t => GiveUpAsync(id, now, t), ct);
        return over.Count + lost.Count;
    }

    private async Task<bool> StopAsync(string contractId, DateTimeOffset now, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(contractId, ct);
        if (contract is not { IsOpen: true } || contract.StopRequestedAt is not null)
            return false;
        // Nothing was ever sent to a cluster (an imported or demo contract): its own records end it.
        if (await workloads.FindAsync(contractId, ct) is null)
            return false;
        contract.RequestStop(now, Reasons.TermOver);
        await workloads.StopAsync(contractId, Reasons.TermOver.Text, ct);
        await store.SaveAsync(contract, ct);
        return true;
    }

    private async Task<bool> GiveUpAsync(string contractId, DateTimeOffset now, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(contractId, ct);
        if (contract is not { State: ContractState.Degraded })
            return false;
        // The center vanished: its capacity is released, and only what was seen running has been billed.
        await workloads.StopAsync(contractId, Reasons.ClusterLost.Text, ct);
        contract.MoveTo(ContractState.Ended, now, Reasons.ClusterLost);
        contract.MoveTo(ContractState.Settling, now);
        await capacity.ReleaseAsync(contractId, ct);
        await rating.SettleAsync(contractId, ct);
        await invoices.InvoiceContractAsync(contractId, ct);
        contract.MoveTo(ContractState.Settled, now);
        await store.MoveLineAsync(contract, LineState.Failed, ct);
        await store.SaveAsync(contract, ct);
        return true;
    }
}

using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;

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
        bool lost = message.To == ClusterState.Lost;
        // What has not started yet cannot be degraded; its silence counts towards the grace all the same.
        var ids = await db.Set<Contract>()
            .Where(c =>
                c.ClusterId == message.ClusterId
                && (
                    (c.State == ContractState.Active && lost)
                    || (c.State == ContractState.Degraded && !lost)
                    || (
                        (
                            c.State == ContractState.Scheduled
                            || c.State == ContractState.PastDue
                            || (c.State == ContractState.Suspended && (c.ResumeRequestedAt != null || c.StopRequestedAt != null))
                        )
                        && (c.SilentSince == null) == lost
                    )
                )
            )
            .OrderBy(c => c.Id)
            .Select(c => c.Id)
            .ToListAsync(ct);
        foreach (string id in ids)
        {
            if (await store.LockAsync(id, ct) is not { } contract)
                continue;
            DateTimeOffset now = time.GetUtcNow();
            if (lost)
                Silence(contract, now);
            else
                Recover(contract, now);
            await store.SaveAsync(contract, ct);
        }
        await db.SaveChangesAsync(ct);
    }

    private static void Silence(Contract contract, DateTimeOffset now)
    {
        if (contract.State is ContractState.Active or ContractState.Scheduled or ContractState.PastDue or ContractState.Suspended)
            contract.SilentSince ??= now;
        if (contract.State == ContractState.Active)
            contract.MoveTo(ContractState.Degraded, now, Reasons.ClusterSilent);
    }

    private static void Recover(Contract contract, DateTimeOffset now)
    {
        if (contract.State is ContractState.Degraded or ContractState.Scheduled or ContractState.PastDue or ContractState.Suspended)
            contract.SilentSince = null;
        if (contract.State == ContractState.Degraded)
            contract.MoveTo(ContractState.Active, now);
    }
}

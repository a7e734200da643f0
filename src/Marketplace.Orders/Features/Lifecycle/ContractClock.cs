using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>Ends what time ends: contracts whose bought hours are over, and contracts whose cluster stayed silent past the grace.</summary>
internal sealed class ContractClock(
    MarketplaceDbContext db,
    ContractStore store,
    IWorkloads workloads,
    ContractClosing closing,
    IInventories inventories,
    TimeProvider time,
    IOptions<OrdersOptions> options
)
{
    private const int Batch = 200;
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    /// <returns>How many contracts were asked to end.</returns>
    /// <exception cref="AggregateException">Some contracts could not be ended; the others were.</exception>
    public async Task<int> TickAsync(CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset limit = now - options.Value.LostClusterGrace;
        IQueryable<Contract> contracts = db.Set<Contract>().AsNoTracking();
        var over = contracts
            // What rests has time left, however long it rests.
            .Where(c => c.EndedAt == null && c.StopRequestedAt == null && c.ReadyAt != null && c.EndsAt <= now && c.SuspendedAt == null)
            .OrderBy(c => c.EndsAt);
        // Bought while the cluster was falling silent: nobody has told these contracts.
        var untold = contracts
            .Where(c => c.State == ContractState.Scheduled && c.SilentSince == null && c.CreatedAt <= now - StartPatience)
            .OrderBy(c => c.Id);
        var lost = contracts
            .Where(c =>
                (
                    c.State == ContractState.Degraded
                    || c.State == ContractState.Scheduled
                    || c.State == ContractState.PastDue
                    || c.State == ContractState.Suspended
                )
                && c.SilentSince <= limit
            )
            .OrderBy(c => c.Id);
        var failures = new List<Exception>();
        int ended = await EachAsync(over, StopAsync, failures, ct);
        await EachAsync(untold, NoticeSilenceAsync, failures, ct);
        ended += await EachAsync(lost, GiveUpAsync, failures, ct);
        return failures.Count == 0 ? ended : throw new AggregateException(failures);
    }

    // One contract that cannot be ended must not keep the others running.
    private async Task<int> EachAsync(
        IQueryable<Contract> due,
        Func<string, DateTimeOffset, CancellationToken, Task<bool>> end,
        List<Exception> failures,
        CancellationToken ct
    )
    {
        DateTimeOffset now = time.GetUtcNow();
        int ended = 0;
        foreach (string id in await due.Select(c => c.Id).Take(Batch).ToListAsync(ct))
        {
            try
            {
                ended += await db.InTransactionAsync(t => end(id, now, t), ct) ? 1 : 0;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                db.ChangeTracker.Clear();
                failures.Add(e);
            }
        }
        return ended;
    }

    private async Task<bool> NoticeSilenceAsync(string contractId, DateTimeOffset now, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(contractId, ct);
        if (
            contract is not { State: ContractState.Scheduled, SilentSince: null }
            || await inventories.FindAsync(contract.ClusterId, ct) is not { State: ClusterState.Lost }
        )
            return false;
        contract.SilentSince = now;
        await store.SaveAsync(contract, ct);
        return true;
    }

    private async Task<bool> StopAsync(string contractId, DateTimeOffset now, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(contractId, ct);
        if (contract is not { IsOpen: true, StopRequestedAt: null, SuspendedAt: null })
            return false;
        // Nothing was ever sent to a cluster (an imported or demo contract): its own records end it.
        if (await workloads.FindAsync(contractId, ct) is null)
            return false;
        contract.RequestStop(now, Reasons.TermOver);
        db.Audit("contract.term-over", "contract", contractId);
        await workloads.StopAsync(contractId, Reasons.TermOver.Text, ct);
        await store.SaveAsync(contract, ct);
        return true;
    }

    private async Task<bool> GiveUpAsync(string contractId, DateTimeOffset now, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(contractId, ct);
        if (
            contract
            is not {
                State: ContractState.Degraded or ContractState.Scheduled or ContractState.PastDue or ContractState.Suspended,
                SilentSince: not null,
            }
        )
            return false;
        // The center vanished: its capacity is released, and only what was seen running has been billed.
        if (await workloads.FindAsync(contractId, ct) is not null)
            await workloads.StopAsync(contractId, Reasons.ClusterLost.Text, ct);
        await closing.CloseAsync(contract, now, now, Reasons.ClusterLost, ct);
        db.Audit("contract.given-up", "contract", contractId, Reasons.ClusterLost.Text);
        await store.MoveLineAsync(contract, LineState.Failed, ct);
        await store.SaveAsync(contract, ct);
        return true;
    }
}

using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Lifecycle;
using Marketplace.Orders.Features.Purchase;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>
/// Gives the replicas of one contract whose places can serve no longer other places in the same cluster, at the terms it was sold at: the claim,
/// the contract's plan and the desired state change in one transaction. Replicas with a healthy place keep it. Safe to run again: it looks at
/// what is, not at what happened.
/// </summary>
internal sealed class ReplaceContract(
    MarketplaceDbContext db,
    ContractStore store,
    IInventories inventories,
    IWorkloads workloads,
    IMarketCatalog catalog,
    ICapacity capacity,
    PlacingTurn turn,
    TimeProvider time,
    IOptions<OrdersOptions> options
)
{
    public async Task<bool> RunAsync(string contractId, CancellationToken ct)
    {
        // Alone it loses to nobody; if the place is still refused, the cluster itself has just changed, and that brings this contract back.
        for (int attempt = 1; attempt <= PlacingTurn.Attempts; attempt++)
        {
            if (await turn.TakeAsync(db, attempt, t => OnceAsync(contractId, t), settled => settled, ct))
                return true;
        }
        return false;
    }

    /// <returns>false when somebody took the new places first: nothing is to be committed.</returns>
    private async Task<bool> OnceAsync(string contractId, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(contractId, ct);
        if (
            contract is not { StopRequestedAt: null }
            || contract.State
                is not (
                    ContractState.Scheduled
                    or ContractState.Active
                    or ContractState.Degraded
                    or ContractState.PastDue
                    or ContractState.Suspended
                )
            || await inventories.FindAsync(contract.ClusterId, ct) is not { State: ClusterState.Connected } inventory
            || await workloads.FindAsync(contractId, ct) is not { } workload
            || workload.Phase is WorkloadPhase.Terminating or WorkloadPhase.Terminated or WorkloadPhase.Error
        )
            return true;
        var move = new Move(contract, workload, new Fleet(inventory, time.GetUtcNow(), options.Value.FaultPatience));
        if (move.Runaways.Count > 0 && await SupplyAsync(contract, move.Settled, ct) is { } around)
            move.Follow(around);
        if (move.Lost.Count > 0 && await SupplyAsync(contract, move.Kept, ct) is { } free)
            move.Place(free);
        if (move.IsNothing)
            return await SayAsync(contract, move, ct);
        Outcome<Done> exchanged = await capacity.ExchangeAsync(contractId, [.. move.Pieces.SelectMany(p => p.Grants)], ct);
        if (!exchanged.IsOk)
            return false;
        contract.MoveReplicas(Piece.In(contract.Plan, move.Pieces), time.GetUtcNow(), move.Told());
        await workloads.MoveAsync(contractId, [.. move.Pieces.Select(p => p.Place)], ct);
        return await SayAsync(contract, move, ct);
    }

    private Task<SupplySnapshot?> SupplyAsync(Contract contract, IEnumerable<Piece> keep, CancellationToken ct) =>
        catalog.ClusterAsync(contract.ClusterId, contract.Id, [.. keep.SelectMany(p => p.Grants)], ct);

    /// <summary>Says once that a replica has no place, and once that none lacks one any more.</summary>
    private async Task<bool> SayAsync(Contract contract, Move move, CancellationToken ct)
    {
        if (move.Lost.Count > 0)
            contract.WaitForPlace(time.GetUtcNow(), move.Missing());
        else if (move.IsNothing)
            contract.PlaceIsBack(time.GetUtcNow());
        else
            contract.AllPlaced();
        contract.PlaceUnsettled = move.IsUnsettled;
        await store.SaveAsync(contract, ct);
        return true;
    }
}

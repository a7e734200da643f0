using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Lifecycle.Stops;

/// <summary>
/// Stops a contract for money: the desired state, and the row that waits for the cluster's proof, in the caller's transaction. The contract's
/// row is locked by the caller. Asking twice asks once.
/// </summary>
internal sealed class StopForMoney(
    MarketplaceDbContext db,
    IWorkloads workloads,
    IInventories inventories,
    IdFactory ids,
    TimeProvider time,
    IOptions<OrdersOptions> options
)
{
    /// <summary>The contract is to end. A stop that somebody asked for before stays as it is.</summary>
    /// <param name="limitId">The spending limit that asks, when one does.</param>
    /// <returns>false when there is nothing to stop.</returns>
    public async Task<bool> EndAsync(Contract contract, ContractReason reason, string? limitId, CancellationToken ct)
    {
        // Nothing was ever sent to a cluster (an imported or demo contract): its own records end it.
        if (!contract.IsOpen || contract.StopRequestedAt is not null || await workloads.EvidenceAsync(contract.Id, ct) is null)
            return false;
        DateTimeOffset now = time.GetUtcNow();
        contract.RequestStop(now, reason);
        DateTimeOffset chargeUntil = now + options.Value.StopTolerance;
        long generation = await workloads.StopAsync(contract.Id, reason.Text, chargeUntil, ct);
        await ReplaceAsync(contract, now, ct);
        Write(contract, StopKind.End, reason, limitId, now, chargeUntil, generation);
        // What rests is not watched for silence; now that it is to end, a cluster that is gone may not keep it.
        if (contract.State == ContractState.Suspended && await IsLostAsync(contract, ct))
            contract.SilentSince ??= now;
        db.Audit("contract.stop-requested", "contract", contract.Id, $"{reason.Number}: {reason.Text}");
        return true;
    }

    /// <summary>The contract is to rest until it is paid.</summary>
    /// <returns>false when it rests already, ends, or there is nothing to stop.</returns>
    public async Task<bool> SuspendAsync(Contract contract, ContractReason reason, CancellationToken ct)
    {
        bool goesOn = contract is { State: ContractState.Suspended, ResumeRequestedAt: not null };
        if (
            contract.StopRequestedAt is not null
            || !(goesOn || StateMachines.Contract.Allows(contract.State, ContractState.PastDue))
            || await workloads.EvidenceAsync(contract.Id, ct) is null
        )
            return false;
        DateTimeOffset now = time.GetUtcNow();
        if (goesOn)
            contract.RestAgain(now, reason);
        else
            contract.MoveTo(ContractState.PastDue, now, reason);
        DateTimeOffset chargeUntil = now + options.Value.StopTolerance;
        long generation = await workloads.SuspendAsync(contract.Id, reason.Text, chargeUntil, ct);
        Write(contract, StopKind.Suspend, reason, limitId: null, now, chargeUntil, generation);
        db.Audit("contract.suspend-requested", "contract", contract.Id, $"{reason.Number}: {reason.Text}");
        return true;
    }

    /// <summary>The contract may go on: what was asked for is withdrawn, proved or not.</summary>
    /// <returns>false when it does not rest.</returns>
    public async Task<bool> ResumeAsync(Contract contract, CancellationToken ct)
    {
        if (
            contract is not { State: ContractState.PastDue or ContractState.Suspended, StopRequestedAt: null, ResumeRequestedAt: null }
            || await LatestAsync(contract.Id, ct) is not { Kind: StopKind.Suspend } stop
        )
            return false;
        DateTimeOffset now = time.GetUtcNow();
        bool lost = await IsLostAsync(contract, ct);
        if (stop.State != StopState.Withdrawn)
            stop.MoveTo(StopState.Withdrawn, now);
        if (contract.State == ContractState.Suspended)
            contract.AskToResume(now);
        else
            contract.GoOn(
                contract.ReadyAt is null ? ContractState.Scheduled
                    : lost ? ContractState.Degraded
                    : ContractState.Active,
                now
            );
        if (lost)
            contract.SilentSince ??= now;
        await workloads.ResumeAsync(contract.Id, contract.EndsAt, ct);
        db.Audit("contract.resume-requested", "contract", contract.Id);
        return true;
    }

    /// <summary>The newest stop of a contract, locked.</summary>
    public async Task<Stop?> LatestAsync(string contractId, CancellationToken ct) =>
        await db.Set<Stop>()
            .FromSql($"SELECT * FROM orders.stop WHERE contract_id = {contractId} ORDER BY id DESC LIMIT 1 FOR UPDATE")
            .AsTracking()
            .SingleOrDefaultAsync(ct);

    // The end asks for all that the suspension asked for: one row waits for the proof, not two.
    private async Task ReplaceAsync(Contract contract, DateTimeOffset now, CancellationToken ct)
    {
        if (await LatestAsync(contract.Id, ct) is { IsWaiting: true } before)
            before.MoveTo(StopState.Withdrawn, now);
    }

    private async Task<bool> IsLostAsync(Contract contract, CancellationToken ct) =>
        await inventories.FindAsync(contract.ClusterId, ct) is { State: ClusterState.Lost };

    private void Write(
        Contract contract,
        StopKind kind,
        ContractReason reason,
        string? limitId,
        DateTimeOffset now,
        DateTimeOffset chargeUntil,
        long generation
    ) =>
        db.Add(
            new Stop
            {
                Id = ids.New(IdPrefix.Stop),
                ContractId = contract.Id,
                CustomerId = contract.CustomerId,
                OperatorId = contract.OperatorId,
                CenterId = contract.CenterId,
                ClusterId = contract.ClusterId,
                Kind = kind,
                ReasonNumber = reason.Number,
                ReasonText = reason.Text,
                LimitId = limitId,
                RequestedAt = now,
                ChargeUntil = chargeUntil,
                Generation = generation,
                WaitsSince = now,
            }
        );
}

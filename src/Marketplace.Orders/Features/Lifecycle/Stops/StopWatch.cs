using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Lifecycle.Stops;

/// <summary>Holds each stop for money against what its cluster has said: proved, or overdue after a while. Safe to run twice, or late.</summary>
internal sealed class StopWatch(
    MarketplaceDbContext db,
    ContractStore store,
    StopForMoney stops,
    IWorkloads workloads,
    IOutbox outbox,
    TimeProvider time,
    IOptions<OrdersOptions> options
)
{
    private const int Batch = 500;

    /// <returns>How many stops went a step.</returns>
    /// <exception cref="AggregateException">Some could not be looked at; the others were.</exception>
    public async Task<int> TickAsync(CancellationToken ct)
    {
        var waiting = await db.Set<Stop>()
            .AsNoTracking()
            .Where(s => s.State == StopState.Requested || s.State == StopState.Overdue || s.State == StopState.RunningAgain)
            .OrderBy(s => s.Id)
            .Select(s => s.ContractId)
            .Take(Batch)
            .ToListAsync(ct);
        var failures = new List<Exception>();
        int moved = 0;
        foreach (string contractId in waiting.Distinct(StringComparer.Ordinal))
        {
            try
            {
                moved += await db.InTransactionAsync(t => LookAsync(contractId, t), ct) ? 1 : 0;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add(e);
            }
            db.ChangeTracker.Clear();
        }
        return failures.Count == 0 ? moved : throw new AggregateException(failures);
    }

    private async Task<bool> LookAsync(string contractId, CancellationToken ct)
    {
        // The contract's lock comes first, as everywhere.
        if (await store.LockAsync(contractId, ct) is not { } contract)
            return false;
        bool moved = await LookAsync(contract, ct);
        if (moved)
            await store.SaveAsync(contract, ct);
        else
            await db.SaveChangesAsync(ct);
        return moved;
    }

    /// <summary>Takes in what the cluster has said; call with the contract locked.</summary>
    /// <returns>Whether the newest stop went a step.</returns>
    public async Task<bool> LookAsync(Contract contract, CancellationToken ct)
    {
        if (await stops.LatestAsync(contract.Id, ct) is not { IsWaiting: true } stop)
            return false;
        DateTimeOffset now = time.GetUtcNow();
        WorkloadEvidence? evidence = await workloads.EvidenceAsync(contract.Id, ct);
        if (evidence is not null)
            stop.See(evidence);
        if (
            StopRule.Next(stop.State, stop.Kind, stop.Generation, evidence, stop.WaitsSince, now, options.Value.StopPatience)
            is not { } next
        )
            return false;
        stop.MoveTo(next, now);
        if (next == StopState.Verified)
        {
            // It rests from the proof on, not from the wish.
            if (stop.Kind == StopKind.Suspend && contract.State == ContractState.PastDue)
                contract.Rest(evidence!.ReportedAt ?? now);
            contract.Note(now, ContractEvents.StopVerified, stop.ReasonText);
            db.Audit("stop.verified", "contract", contract.Id, $"generation {evidence!.ObservedGeneration}");
        }
        else
        {
            contract.Note(now, ContractEvents.StopOverdue, stop.ReasonText);
            db.Audit("stop.overdue", "contract", contract.Id, $"cluster {contract.ClusterId} has not proved it");
            outbox.Publish(new StopAlarmed(stop.Id, contract.Id, contract.ClusterId, next, stop.LastSeenPods), key: contract.Id);
        }
        return true;
    }

    /// <summary>Pods were seen after the proof: a finding, and the proof is waited for again. The cluster is removing them.</summary>
    public async Task FoundAsync(WorkloadReappeared message, CancellationToken ct)
    {
        if (await store.LockAsync(message.ContractId, ct) is not { } contract)
            return;
        DateTimeOffset now = time.GetUtcNow();
        contract.Note(now, ContractEvents.RunsAgain, string.Join(", ", message.Pods));
        db.Audit("contract.runs-again", "contract", contract.Id, string.Join(", ", message.Pods));
        if (await stops.LatestAsync(contract.Id, ct) is { State: StopState.Verified } stop)
        {
            stop.MoveTo(StopState.RunningAgain, now);
            outbox.Publish(
                new StopAlarmed(stop.Id, contract.Id, contract.ClusterId, StopState.RunningAgain, message.Pods.Count),
                key: contract.Id
            );
        }
        await store.SaveAsync(contract, ct);
    }
}

/// <summary>Hands a finding of the cluster to the watch.</summary>
internal sealed class OnWorkloadReappeared(StopWatch watch) : IMessageHandler<WorkloadReappeared>
{
    public Task HandleAsync(WorkloadReappeared message, CancellationToken ct) => watch.FoundAsync(message, ct);
}

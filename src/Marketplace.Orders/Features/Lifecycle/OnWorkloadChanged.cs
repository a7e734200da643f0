using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Orders.Features.Lifecycle.Stops;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>What the cluster reports moves the contract: billing starts at Ready, ends when the cluster has stopped.</summary>
internal sealed class OnWorkloadChanged(ContractStore store, ContractClosing closing, StopWatch watch, IWorkloads workloads)
    : IMessageHandler<WorkloadChanged>
{
    public async Task HandleAsync(WorkloadChanged message, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(message.ContractId, ct);
        if (contract is null)
            return;
        bool proved = await watch.LookAsync(contract, ct);
        // A late report about a contract that has ended changes nothing else: the books are closed.
        if (!contract.IsOpen)
        {
            if (proved)
                await store.SaveAsync(contract, ct);
            return;
        }
        switch (message.Phase)
        {
            case WorkloadPhase.Ready:
                await ReadyAsync(contract, message, ct);
                break;
            case WorkloadPhase.Unreachable when contract.State == ContractState.Active:
                contract.SilentSince ??= message.At;
                contract.MoveTo(ContractState.Degraded, message.At, Reasons.ClusterSilent);
                break;
            case WorkloadPhase.Stopped:
                // The watch lets it rest with the proof. What goes on already was paid between the rest and the news of it.
                if (contract.State == ContractState.Active)
                    RestAndGoOn(contract, message);
                break;
            case WorkloadPhase.Terminated:
                await EndAsync(contract, EndReason(contract, message), message, ct);
                break;
            case WorkloadPhase.Error:
                // Nothing of it runs any more: tell the cluster to remove the rest, then close.
                await workloads.StopAsync(contract.Id, message.FailureText ?? Reasons.WorkloadFailed.Text, ct);
                await EndAsync(contract, contract.ReadyAt is null ? Reasons.CouldNotStart : Reasons.WorkloadFailed, message, ct);
                break;
            default:
                contract.Note(message.At, $"workload-{message.Phase}".ToLowerInvariant(), message.FailureText ?? "");
                break;
        }
        await store.SaveAsync(contract, ct);
    }

    // Nobody of ours asked for the end when this reason is used: it finished, its time was over, or the cluster ended it.
    private static ContractReason EndReason(Contract contract, WorkloadChanged message) =>
        message.Completed ? Reasons.WorkDone
        : contract.EndsAt <= (message.EndedAt ?? message.At) ? Reasons.TermOver
        : contract.ReadyAt is null ? Reasons.CouldNotStart
        : Reasons.EndedByCluster;

    private static void RestAndGoOn(Contract contract, WorkloadChanged message)
    {
        contract.Rest(message.EndedAt ?? message.At);
        contract.AskToResume(message.At);
    }

    private async Task ReadyAsync(Contract contract, WorkloadChanged message, CancellationToken ct)
    {
        bool first = contract.ReadyAt is null;
        if (first && contract.State is ContractState.Scheduled or ContractState.PastDue)
        {
            contract.ReadyAt = message.ReadyAt ?? message.At;
            // The bought hours count from here, not from the order.
            contract.EndsAt = contract.ReadyAt.Value + TimeSpan.FromHours((double)contract.Hours);
            if (contract.State == ContractState.Scheduled)
                contract.MoveTo(ContractState.Active, message.At);
            await store.MoveLineAsync(contract, LineState.InProgress, ct);
            await workloads.ExtendAsync(contract.Id, contract.EndsAt, ct);
        }
        else if (contract.State == ContractState.Degraded)
        {
            contract.SilentSince = null;
            contract.MoveTo(ContractState.Active, message.At);
        }
        else if (contract is { State: ContractState.Suspended, ResumeRequestedAt: not null })
        {
            contract.Resumed(message.ReadyAt ?? message.At, message.At);
            if (first)
                await store.MoveLineAsync(contract, LineState.InProgress, ct);
            await workloads.ExtendAsync(contract.Id, contract.EndsAt, ct);
        }
    }

    private async Task EndAsync(Contract contract, ContractReason reason, WorkloadChanged message, CancellationToken ct)
    {
        // Who asked first is the reason; "all finished" only when nobody asked.
        ContractReason why =
            contract.ReasonNumber is { } number && contract.StopRequestedAt is not null
                ? new ContractReason(number, contract.ReasonText ?? "")
                : reason;
        if (message.FailureText is { Length: > 0 } failure)
            why = why with { Text = $"{why.Text} {failure}" };
        await closing.CloseAsync(contract, message.EndedAt ?? message.At, message.At, why, ct);
        LineState line =
            why.Number == Reasons.WorkDone.Number || why.Number == Reasons.TermOver.Number ? LineState.Completed
            : why.Number is 1005 or >= 2000 ? LineState.Failed
            : contract.ReadyAt is null ? LineState.Cancelled
            : LineState.Partial;
        await store.MoveLineAsync(contract, line, ct);
    }
}

using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>Measured allocation becomes usage readings; Billing rates and posts them.</summary>
internal sealed class OnUsageMeasured(IRating rating, IBudgetAdmission budgets) : IMessageHandler<UsageMeasured>
{
    public const string Meter = "card-seconds";

    public async Task HandleAsync(UsageMeasured message, CancellationToken ct)
    {
        await rating.RecordAsync(
            [
                .. message.Allocations.Select(a => new UsageReading(
                    message.ClusterId,
                    a.EventId,
                    message.ContractId,
                    a.PodUid,
                    Meter,
                    a.CardSeconds,
                    a.From,
                    a.To,
                    a.Final
                )),
            ],
            ct
        );
        await budgets.WatchAsync(message.ContractId, ct);
    }
}

/// <summary>A hold that cannot cover more ends the workload.</summary>
internal sealed class OnHoldExhausted(ContractStore store, IWorkloads workloads, TimeProvider time) : IMessageHandler<HoldExhausted>
{
    public async Task HandleAsync(HoldExhausted message, CancellationToken ct)
    {
        Contract? contract = await store.LockAsync(message.ContractId, ct);
        if (contract is not { IsOpen: true } || contract.StopRequestedAt is not null)
            return;
        DateTimeOffset now = time.GetUtcNow();
        // The hold covers exactly the bought hours: at their end it is used up because they are over.
        ContractReason reason = contract.EndsAt <= now ? Reasons.TermOver : Reasons.CreditUsedUp;
        contract.RequestStop(now, reason);
        await workloads.StopAsync(contract.Id, reason.Text, ct);
        await store.SaveAsync(contract, ct);
    }
}

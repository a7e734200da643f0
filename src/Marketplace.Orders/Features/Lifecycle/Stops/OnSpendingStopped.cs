using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Outbox;

namespace Marketplace.Orders.Features.Lifecycle.Stops;

/// <summary>A hold that cannot cover more ends the contract.</summary>
internal sealed class OnHoldExhausted(ContractStore store, StopForMoney stops, TimeProvider time) : IMessageHandler<HoldExhausted>
{
    public async Task HandleAsync(HoldExhausted message, CancellationToken ct)
    {
        if (await store.LockAsync(message.ContractId, ct) is not { } contract)
            return;
        // The hold covers exactly the bought hours: at their end it is used up because they are over.
        ContractReason reason =
            contract.SuspendedAt is null && contract.EndsAt <= time.GetUtcNow() ? Reasons.TermOver : Reasons.CreditUsedUp;
        if (await stops.EndAsync(contract, reason, limitId: null, ct))
            await store.SaveAsync(contract, ct);
    }
}

/// <summary>A spending limit that is reached ends the contract.</summary>
internal sealed class OnSpendingStopped(ContractStore store, StopForMoney stops) : IMessageHandler<SpendingStopped>
{
    public async Task HandleAsync(SpendingStopped message, CancellationToken ct)
    {
        if (await store.LockAsync(message.ContractId, ct) is not { } contract)
            return;
        ContractReason reason = Reasons.LimitReached;
        if (message.Reason.Length > 0)
            reason = reason with { Text = $"{reason.Text} {message.Reason}" };
        if (await stops.EndAsync(contract, reason, message.LimitId, ct))
            await store.SaveAsync(contract, ct);
    }
}

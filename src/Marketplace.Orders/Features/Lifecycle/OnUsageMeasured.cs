using Marketplace.Billing.Contracts;
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

using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Lifecycle;

/// <summary>Measured allocation becomes usage readings; Billing rates and posts them, and keeps how far the cluster has told everything.</summary>
internal sealed class OnUsageMeasured(IMetering metering, IBudgetAdmission budgets) : IMessageHandler<UsageMeasured>
{
    public const string Meter = "card-seconds";

    public async Task HandleAsync(UsageMeasured message, CancellationToken ct)
    {
        await metering.TakeAsync(
            new UsageReport(
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
                    )
                    {
                        Revision = a.Revision,
                    }),
                ],
                message is { HeardSince: { } since, HeardThrough: { } through }
                    ? [new UsageHeard(message.ClusterId, message.ContractId, since, through)]
                    : []
            ),
            ct
        );
        await budgets.WatchAsync(message.ContractId, ct);
    }
}

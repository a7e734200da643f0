using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Web.Demo;

/// <summary>One purchase of the past from the order to the charge, on the history's clock: the messages its cluster would have sent are played.</summary>
internal static class DemoPastRun
{
    private const int ReportEveryHours = 2;

    /// <param name="ran">How long it was used; what its hold does not cover is owed.</param>
    /// <returns>Why it was not sold; null when it was.</returns>
    public static async Task<Problem?> LiveAsync(
        IServiceProvider services,
        Actor buyer,
        WorkloadRequest request,
        DateTimeOffset start,
        TimeSpan readyAfter,
        TimeSpan ran,
        CancellationToken ct
    )
    {
        var clock = services.GetRequiredService<DemoClock>();
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        var relay = services.GetRequiredService<MessageRelay>();
        clock.Set(start);
        var order = await scopes.ActAsync<IOrders, Outcome<OrderView>>(
            buyer,
            o => o.PlaceAsync(request, $"demo-history/{start:yyyyMMddHHmm}/{request.Name}", ct)
        );
        if (!order.IsOk)
            return order.Problem;
        string contractId = order.Value.Lines[0].ContractId!;
        ContractView contract = (await scopes.ActAsync<IContracts, ContractView?>(buyer, c => c.FindAsync(contractId, ct)))!;
        DateTimeOffset ready = start + readyAfter;
        DateTimeOffset end = ready + ran;
        clock.Set(ready);
        await relay.DeliverAsync(
            new WorkloadChanged(contractId, WorkloadPhase.Ready, request.Replicas, request.Replicas, false, ready, null, null, null, ready),
            ct
        );
        for (DateTimeOffset from = ready; from < end; )
        {
            DateTimeOffset to = from.AddHours(ReportEveryHours) < end ? from.AddHours(ReportEveryHours) : end;
            clock.Set(to);
            await relay.DeliverAsync(new UsageMeasured(contractId, contract.ClusterId, [Usage(contract, ready, from, to, to == end)]), ct);
            from = to;
        }
        await relay.DeliverAsync(
            new WorkloadChanged(contractId, WorkloadPhase.Terminated, 0, request.Replicas, true, ready, end, null, null, end),
            ct
        );
        return null;
    }

    private static AllocationUsage Usage(ContractView contract, DateTimeOffset ready, DateTimeOffset from, DateTimeOffset to, bool last)
    {
        string pod = $"history-{contract.Id}";
        decimal seconds = decimal.Round(contract.Cards * (decimal)(to - ready).TotalSeconds, 6);
        return new AllocationUsage($"{pod}/{to:yyyyMMddHHmmss}", pod, contract.DeviceModel, contract.Cards, seconds, from, to, last);
    }
}

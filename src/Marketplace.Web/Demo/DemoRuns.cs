using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Web.Demo;

/// <summary>What runs when a newcomer looks in: bought once, by key; what a person stops stays stopped.</summary>
internal sealed partial class DemoRuns(DemoMarket market, IServiceScopeFactory scopes, ILogger<DemoRuns> log)
{
    private static readonly (int Customer, string Key, WorkloadRequest Request)[] Runs =
    [
        (
            0,
            "demo-run-gang",
            new WorkloadRequest
            {
                Name = "vision-pretrain-r7",
                Product = ProductKind.GangJob,
                Image = "demo/vlm-pretrain:2.4",
                Replicas = 8,
                CardsPerReplica = 8,
                CpuMilli = 32000,
                HostMemoryMib = 131072,
                Hours = 72,
                Regions = ["north-china"],
                SimulatedRunSeconds = 70 * 3600,
            }
        ),
        (
            0,
            "demo-run-endpoint",
            new WorkloadRequest
            {
                Name = "grasp-policy-api",
                Product = ProductKind.Endpoint,
                Image = "demo/policy-server:1.9",
                Replicas = 2,
                CardsPerReplica = 1,
                ComputeMilli = 500,
                CpuMilli = 4000,
                HostMemoryMib = 16384,
                Port = 8000,
                Hours = 24 * 14,
                Regions = ["east-china"],
            }
        ),
        (
            1,
            "demo-run-namespace",
            new WorkloadRequest
            {
                Name = "hospital-lab",
                Product = ProductKind.Namespace,
                Replicas = 4,
                CardsPerReplica = 1,
                CpuMilli = 8000,
                HostMemoryMib = 32768,
                Hours = 24 * 7,
            }
        ),
        (
            1,
            "demo-run-batch",
            new WorkloadRequest
            {
                Name = "ct-segment-batch",
                Product = ProductKind.Job,
                Image = "demo/ct-segment:4.0",
                Replicas = 12,
                CardsPerReplica = 1,
                CpuMilli = 8000,
                HostMemoryMib = 32768,
                Hours = 12,
                SimulatedRunSeconds = 6 * 3600,
            }
        ),
        // Its budget stops it a few minutes after the start: where eight cards of one machine are dear enough for minutes to count.
        (
            1,
            "demo-run-stopped",
            new WorkloadRequest
            {
                Name = "archive-scan",
                Product = ProductKind.Job,
                Image = "demo/ct-archive:1.0",
                Replicas = 1,
                CardsPerReplica = 8,
                CpuMilli = 8000,
                HostMemoryMib = 32768,
                Hours = 12,
                Regions = ["east-china"],
            }
        ),
    ];

    public async Task EnsureAsync(CancellationToken ct)
    {
        var parties = await market.PartiesAsync(ct);
        foreach (var (customer, key, request) in Runs)
        {
            Actor buyer = market.Buyer(parties[DemoScript.Parties[customer].Name]);
            WorkloadRequest under = request with { Project = DemoBudgets.ProjectOf(request.Name) };
            var order = await scopes.ActAsync<IOrders, Outcome<OrderView>>(buyer, o => o.PlaceAsync(under, key, ct));
            if (!order.IsOk)
                Refused(request.Name, order.Problem.Detail);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Demo run {Name} was refused: {Detail}")]
    private partial void Refused(string name, string detail);
}

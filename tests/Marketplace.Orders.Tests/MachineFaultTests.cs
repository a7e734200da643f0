using Marketplace.Clusters.Kubernetes;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Replacement;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Simulator;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Nodes;
using Marketplace.Testing;

namespace Marketplace.Orders.Tests;

/// <summary>A machine of a simulated cluster dies under a running contract: from the inventory over the claim to the pods.</summary>
public sealed class MachineFaultTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_pods_run_where_the_claim_is_and_the_rest_of_the_machine_can_be_sold_and_used(bool decidedFirst)
    {
        await using var house = await OrdersHouse.OpenAsync(
            db,
            cards: 16,
            settings: new()
            {
                ["Provisioning:InventoryPause"] = "00:00:00.1",
                ["Provisioning:LeaseTtl"] = "00:00:05",
                ["Orders:FaultPatience"] = "00:00:00",
            },
            machines: await HallAsync()
        );
        var contract = await house.BuyAsync(house.Request(replicas: 3, product: ProductKind.Endpoint));
        await HoldsAsync(house, async () => (await house.ContractAsync(contract.Id)).State == ContractState.Active, "the contract to run");
        string dead = Assert.Single((await GrantsAsync(house, contract.Id)).Select(g => g.NodeId.Split('/')[1]).Distinct());
        await KillAsync(house, dead, decidedFirst, contract.Id);
        await HoldsAsync(
            house,
            async () =>
                await house.WorkloadAsync(contract.Id) is { Phase: WorkloadPhase.Ready, ReadyReplicas: 3 } seen
                && seen.Pods.Count == 3
                && seen.Pods.All(p => p.Node is not null && p.Node != dead),
            "three pods to run on the other machine"
        );
        await HoldsAsync(house, async () => (await GrantsAsync(house, contract.Id)).All(g => !IsOn(g, dead)), "the claim to be there too");
        Assert.Equal(ContractState.Active, (await house.ContractAsync(contract.Id)).State);
        Assert.Contains((await house.ContractAsync(contract.Id)).PlaceChanges, c => c.Code == "moved");

        // Five cards are left, the market hears of it, and who buys them gets them: all eight run at once on the machine that lives.
        var five = house.Request(replicas: 5, product: ProductKind.Endpoint);
        Outcome<OrderView>? bought = null;
        await HoldsAsync(house, async () => (bought = await house.PlaceAsync(five)).IsOk, "the five cards that are left to be for sale");
        var rest = await house.ContractAsync(bought!.Value.Lines[0].ContractId!);
        Assert.Equal("no-placement", OrdersHouse.Refused(await house.PlaceAsync(house.Request())).Code);
        await HoldsAsync(
            house,
            async () => (await house.WorkloadAsync(rest.Id)) is { Phase: WorkloadPhase.Ready, ReadyReplicas: 5 },
            "the other five to run"
        );
        var first = await house.WorkloadAsync(contract.Id);
        var second = await house.WorkloadAsync(rest.Id);
        var cards = first.Pods.Concat(second.Pods).Select(p => (p.Node, Card: Assert.Single(p.Devices))).ToList();
        Assert.Equal(8, cards.Distinct().Count());
        var claims = (
            await house.As<ICapacity, IReadOnlyList<ClaimView>>(Actor.System, c => c.ActiveOfClusterAsync(house.ClusterId, default))
        );
        Assert.Equal(8, claims.SelectMany(c => c.Grants).Select(g => (g.NodeId, g.DeviceId)).Distinct().Count());
    }

    /// <summary>The machine stops answering, and its cluster gives it up: its pods are gone and made anew.</summary>
    /// <param name="decidedFirst">Whether the marketplace hears of it before the pods are gone.</param>
    private static async Task KillAsync(OrdersHouse house, string node, bool decidedFirst, string contractId)
    {
        if (decidedFirst)
        {
            Assert.True(await house.Machines.Nodes.FailNodeAsync(node));
            await HoldsAsync(house, async () => (await GrantsAsync(house, contractId)).All(g => !IsOn(g, node)), "the claim to move");
        }
        using var admin = new KubernetesClient(KubeConfig.Parse(house.Machines.KubeConfig).Required);
        Assert.True((await admin.DeleteAsync(KubeKinds.Nodes, null, node)).IsOk);
    }

    private static Task HoldsAsync(OrdersHouse house, Func<Task<bool>> condition, string what) =>
        Eventually.HoldsAsync(
            async () =>
            {
                await house.DeliverAsync<WorkloadChanged>();
                await house.DeliverAsync<InventoryChanged>();
                await house.DeliverAsync<PlacesFreed>();
                return await condition();
            },
            what
        );

    private static bool IsOn(CapacityGrant grant, string node) => grant.NodeId.EndsWith("/" + node, StringComparison.Ordinal);

    private static async Task<IReadOnlyList<CapacityGrant>> GrantsAsync(OrdersHouse house, string contractId) =>
        Assert
            .Single(
                await house.As<ICapacity, IReadOnlyList<ClaimView>>(Actor.System, c => c.FindAsync(contractId, default)),
                c => c.State == ClaimState.Sold
            )
            .Grants;

    internal static Task<SimulatedCluster> HallAsync() =>
        SimulatedCluster.StartAsync(
            new SimulatedClusterOptions
            {
                Name = "hall",
                Machines = new Simulator.Fleets.Fleet([
                    .. Enumerable
                        .Range(1, 2)
                        .Select(i => new SimulatedNode
                        {
                            Name = $"gpu-{i:00}",
                            CpuMilli = 64_000,
                            MemoryMib = 262_144,
                            Devices = new Dictionary<string, long>(StringComparer.Ordinal) { ["nvidia.com/gpu"] = 8 },
                            Labels = new Dictionary<string, string>(StringComparer.Ordinal)
                            {
                                ["nvidia.com/gpu.product"] = "NVIDIA-H100-80GB-HBM3",
                            },
                        }),
                ]),
                Player = new NodePlayerOptions
                {
                    PullDelay = TimeSpan.FromMilliseconds(10),
                    StartDelay = TimeSpan.FromMilliseconds(10),
                    StopDelay = TimeSpan.FromMilliseconds(10),
                },
            }
        );
}

using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Tests;

/// <summary>Machines that fail under contracts, and what is claimed then.</summary>
internal static class Faults
{
    /// <summary>A contract that runs; its time has begun.</summary>
    public static async Task<ContractView> StartAsync(OrdersHouse house, int replicas, ProductKind product = ProductKind.Endpoint)
    {
        var contract = await house.BuyAsync(house.Request(replicas, product: product));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        return await house.ContractAsync(contract.Id);
    }

    /// <param name="since">Since when it is not ready, if the cluster says so; otherwise it counts as lost at once.</param>
    public static async Task<InventoryChanged> FailAsync(OrdersHouse house, string node, bool gone = false, DateTimeOffset? since = null)
    {
        var message = house.Clusters.Change(
            house.ClusterId,
            n =>
                !n.Id.EndsWith("/" + node, StringComparison.Ordinal) ? n
                : gone ? null
                : n with { Schedulable = false },
            n => n != node,
            since
        );
        await house.RelayAsync(message);
        return message;
    }

    public static Task HealAsync(OrdersHouse house) =>
        house.RelayAsync(house.Clusters.Change(house.ClusterId, n => n with { Schedulable = true }));

    public static async Task<int> BuyAllAsync(OrdersHouse house, int most)
    {
        int bought = 0;
        while (bought < most && (await house.PlaceAsync(house.Request())).IsOk)
            bought++;
        return bought;
    }

    public static async Task<IReadOnlyList<CapacityGrant>> GrantsAsync(OrdersHouse house, string contractId) =>
        Assert
            .Single(
                await house.As<ICapacity, IReadOnlyList<ClaimView>>(Actor.System, c => c.FindAsync(contractId, default)),
                c => c.State == ClaimState.Sold
            )
            .Grants;

    public static async Task<string[]> PlacesAsync(OrdersHouse house, string contractId) =>
        [.. (await GrantsAsync(house, contractId)).Select(g => $"{g.NodeId.Split('/')[1]}/{g.DeviceId}").Order(StringComparer.Ordinal)];

    public static Task<IReadOnlyList<ClaimView>> ActiveAsync(OrdersHouse house) =>
        house.As<ICapacity, IReadOnlyList<ClaimView>>(Actor.System, c => c.ActiveOfClusterAsync(house.ClusterId, default));

    public static async Task AssertNothingTwiceAsync(OrdersHouse house)
    {
        var cards = (await ActiveAsync(house)).SelectMany(c => c.Grants).Select(g => (g.NodeId, g.DeviceId)).ToList();
        Assert.NotEmpty(cards);
        Assert.Equal(cards.Count, cards.Distinct().Count());
    }

    public static Task<string> DesiredAsync(OrdersHouse house, string contractId) =>
        house.TextAsync($"select desired::text from provisioning.workload where contract_id = '{contractId}'");

    /// <summary>What the cluster reported about the contract's pods.</summary>
    public static Task PodsAsync(OrdersHouse house, string contractId, params (string Node, string Card)[] pods)
    {
        string json = string.Join(
            ',',
            pods.Select(
                (p, i) =>
                    $$"""{"name":"pod-{{i}}","role":"main","node":"{{p.Node}}","devices":["{{p.Card}}"],"phase":"Running","restarts":0}"""
            )
        );
        return house.ExecuteAsync(
            $"update provisioning.workload set pods = '[{json}]', phase = 'Ready' where contract_id = '{contractId}'"
        );
    }
}

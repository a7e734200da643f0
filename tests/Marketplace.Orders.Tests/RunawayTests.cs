using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.Faults;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>Pods that run in another place than was sold, and the claim that follows them.</summary>
public sealed class RunawayTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_replica_that_runs_elsewhere_takes_its_claim_along()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2);
        // The cluster replaced the pods itself, on other cards, before anybody here knew of the fault.
        await PodsAsync(house, contract.Id, ("n1", "d6"), ("n1", "d7"));
        await FailAsync(house, "n0");
        Assert.Equal(["n1/d6", "n1/d7"], await PlacesAsync(house, contract.Id));
        Assert.Equal("node-not-ready", Assert.Single((await house.ContractAsync(contract.Id)).PlaceChanges).Fault);
        // The machine comes back, and one pod runs on it again.
        await HealAsync(house);
        await PodsAsync(house, contract.Id, ("n0", "d3"), ("n1", "d7"));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        Assert.Equal(["n0/d3", "n1/d7"], await PlacesAsync(house, contract.Id));
        Assert.Equal("runs-elsewhere", (await house.ContractAsync(contract.Id)).PlaceChanges[^1].Fault);
        await AssertNothingTwiceAsync(house);
    }

    [Fact]
    public async Task A_machine_that_comes_back_with_its_pods_has_its_claim_again()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2);
        var before = await PlacesAsync(house, contract.Id);
        await PodsAsync(house, contract.Id, [.. before.Select(p => (p.Split('/')[0], p.Split('/')[1]))]);
        await FailAsync(house, "n0");
        Assert.All(await PlacesAsync(house, contract.Id), p => Assert.StartsWith("n1/", p, StringComparison.Ordinal));
        // It was silent only: the same pods go on running, and nobody reports that they are ready.
        await HealAsync(house);
        Assert.Equal(before, await PlacesAsync(house, contract.Id));
        // Now all is as it was, and a change of the inventory is no reason to look again.
        await HealAsync(house);
        Assert.Equal(["node-not-ready", "runs-elsewhere"], (await house.ContractAsync(contract.Id)).PlaceChanges.Select(c => c.Fault));
        Assert.Equal("false", await house.TextAsync($"select place_unsettled::text from orders.contract where id = '{contract.Id}'"));
    }

    [Fact]
    public async Task A_replica_on_a_card_that_was_sold_to_another_does_not_take_it()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 1);
        var other = await StartAsync(house, replicas: 8);
        string taken = (await GrantsAsync(house, other.Id)).First(g => g.NodeId.EndsWith("n1", StringComparison.Ordinal)).DeviceId!;
        await PodsAsync(house, contract.Id, ("n1", taken));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        Assert.EndsWith("/n0", Assert.Single(await GrantsAsync(house, contract.Id)).NodeId, StringComparison.Ordinal);
        await AssertNothingTwiceAsync(house);
    }
}

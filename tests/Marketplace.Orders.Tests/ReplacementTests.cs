using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Replacement;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.Faults;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>A machine fails under a contract: what was lost gets another place, and no place is sold twice.</summary>
public sealed class ReplacementTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("not-ready", "node-not-ready")]
    [InlineData("gone", "node-gone")]
    public async Task A_replica_of_a_failed_node_gets_another_place(string fault, string code)
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2);
        await FailAsync(house, "n0", gone: fault == "gone");
        Assert.All(await GrantsAsync(house, contract.Id), g => Assert.EndsWith("/n1", g.NodeId, StringComparison.Ordinal));
        var after = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Active, contract.PerHour, contract.Held), (after.State, after.PerHour, after.Held));
        var change = Assert.Single(after.PlaceChanges);
        Assert.Equal(("moved", "n0 → n1, n0 → n1", code), (change.Code, change.Places, change.Fault));
        Assert.Contains("satisfy architecture, labels and taints", change.Explanation, StringComparison.Ordinal);
        // The binder is told the new places: a new generation of the desired state.
        Assert.Equal(2, (await house.WorkloadAsync(contract.Id)).Generation);
        Assert.Contains("/n1\"", await DesiredAsync(house, contract.Id), StringComparison.Ordinal);
        Assert.DoesNotContain("/n0\"", await DesiredAsync(house, contract.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_is_silent_for_a_moment_keeps_what_was_sold_on_it()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2);
        var before = await GrantsAsync(house, contract.Id);
        await FailAsync(house, "n0", since: house.Now);
        await HealAsync(house);
        house.Time.Advance(TimeSpan.FromHours(1));
        // The look that was due meanwhile finds a healthy machine.
        Assert.NotEmpty(await house.DeliverAsync<PlacesFreed>());
        Assert.Equal(before, await GrantsAsync(house, contract.Id));
        Assert.Empty((await house.ContractAsync(contract.Id)).PlaceChanges);
    }

    [Fact]
    public async Task A_machine_that_stays_silent_loses_it_when_the_patience_ends_without_another_word_from_the_cluster()
    {
        await using var house = await OpenAsync(db, cards: 16, settings: new() { ["Orders:FaultPatience"] = "00:01:30" });
        var contract = await StartAsync(house, replicas: 2);
        await FailAsync(house, "n0", since: house.Now.AddSeconds(-40));
        house.Time.Advance(TimeSpan.FromSeconds(49));
        Assert.Empty(await house.DeliverAsync<PlacesFreed>());
        Assert.Empty((await house.ContractAsync(contract.Id)).PlaceChanges);
        house.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(await house.DeliverAsync<PlacesFreed>(), m => m.ClusterId == house.ClusterId);
        Assert.Equal("node-not-ready", Assert.Single((await house.ContractAsync(contract.Id)).PlaceChanges).Fault);
        Assert.All(await GrantsAsync(house, contract.Id), g => Assert.EndsWith("/n1", g.NodeId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dedicated_namespace_holds_its_capacity_elsewhere()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2, ProductKind.Namespace);
        // Pods of its customer anywhere say nothing about where it holds capacity.
        await PodsAsync(house, contract.Id, ("n1", "d7"));
        await FailAsync(house, "n0");
        Assert.Equal(2, (await GrantsAsync(house, contract.Id)).Count(g => g.NodeId.EndsWith("/n1", StringComparison.Ordinal)));
        Assert.Equal("node-not-ready", Assert.Single((await house.ContractAsync(contract.Id)).PlaceChanges).Fault);
    }

    [Fact]
    public async Task After_a_fault_nothing_is_sold_twice()
    {
        await using var house = await OpenAsync(db, cards: 16);
        await StartAsync(house, replicas: 3);
        var message = await FailAsync(house, "n0");
        // The place where the pods run now is sold, once: five cards of the healthy node are left.
        Assert.Equal(5, await BuyAllAsync(house, 8));
        await house.RelayAsync(message);
        await HealAsync(house);
        Assert.Equal(8, await BuyAllAsync(house, 10));
        Assert.Equal(16, (await house.ListingAsync()).SoldCards);
        await AssertNothingTwiceAsync(house);
    }

    [Fact]
    public async Task Only_lost_replicas_move()
    {
        await using var house = await OpenAsync(db, cards: 24);
        var contract = await StartAsync(house, replicas: 10);
        var before = await GrantsAsync(house, contract.Id);
        string broken = before.GroupBy(g => g.NodeId).OrderBy(g => g.Count()).First().Key;
        await FailAsync(house, broken.Split('/')[1]);
        var after = await GrantsAsync(house, contract.Id);
        Assert.Equal(10, after.Count);
        Assert.Equal(before.Where(g => g.NodeId != broken), after.Where(g => before.Contains(g)));
        Assert.DoesNotContain(after, g => g.NodeId == broken);
        await AssertNothingTwiceAsync(house);
    }

    [Theory]
    [InlineData(false, "card-unhealthy")]
    [InlineData(true, "card-gone")]
    public async Task A_broken_card_moves_its_replica_to_another_card(bool gone, string code)
    {
        await using var house = await OpenAsync(db, cards: 8);
        var contract = await StartAsync(house, replicas: 2);
        string broken = (await GrantsAsync(house, contract.Id))[0].DeviceId!;
        await house.RelayAsync(
            house.Clusters.Change(
                house.ClusterId,
                n =>
                    n with
                    {
                        Devices = gone
                            ? [.. n.Devices.Where(d => d.Id != broken)]
                            : [.. n.Devices.Select(d => d.Id == broken ? d with { Healthy = false } : d)],
                    }
            )
        );
        var after = await GrantsAsync(house, contract.Id);
        Assert.Equal(2, after.Count);
        Assert.DoesNotContain(after, g => g.DeviceId == broken);
        Assert.Equal(
            ("n0 → n0", code),
            Assert.Single((await house.ContractAsync(contract.Id)).PlaceChanges) is var c ? (c.Places, c.Fault) : default
        );
    }

    [Fact]
    public async Task A_cordoned_node_is_left_alone()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2);
        var before = await GrantsAsync(house, contract.Id);
        await house.RelayAsync(
            house.Clusters.Change(house.ClusterId, n => n.Id.EndsWith("n0", StringComparison.Ordinal) ? n with { Schedulable = false } : n)
        );
        Assert.Equal(before, await GrantsAsync(house, contract.Id));
        Assert.Empty((await house.ContractAsync(contract.Id)).PlaceChanges);
    }

    [Fact]
    public async Task A_kept_replica_may_be_on_a_cordoned_node()
    {
        await using var house = await OpenAsync(db, cards: 24);
        var contract = await StartAsync(house, replicas: 10);
        var nodes = (await GrantsAsync(house, contract.Id))
            .GroupBy(g => g.NodeId.Split('/')[1])
            .OrderBy(g => g.Count())
            .Select(g => g.Key)
            .ToList();
        await house.RelayAsync(
            house.Clusters.Change(
                house.ClusterId,
                n =>
                    n.Id.EndsWith(nodes[0], StringComparison.Ordinal) || n.Id.EndsWith(nodes[1], StringComparison.Ordinal)
                        ? n with
                        {
                            Schedulable = false,
                        }
                        : n,
                ready: n => n != nodes[0]
            )
        );
        var after = await GrantsAsync(house, contract.Id);
        Assert.Equal(8, after.Count(g => g.NodeId.EndsWith(nodes[1], StringComparison.Ordinal)));
        Assert.Equal(2, after.Count(g => g.NodeId.EndsWith("n2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_room_it_says_so_once_and_moves_when_another_contract_ends()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2);
        var other = await StartAsync(house, replicas: 8);
        await FailAsync(house, "n0");
        await FailAsync(house, "n0");
        var waiting = Assert.Single((await house.ContractAsync(contract.Id)).PlaceChanges);
        Assert.Equal(("place-lost", "n0", "node-not-ready"), (waiting.Code, waiting.Places, waiting.Fault));
        Assert.NotEmpty(waiting.Explanation);
        Assert.All(await GrantsAsync(house, contract.Id), g => Assert.EndsWith("/n0", g.NodeId, StringComparison.Ordinal));
        await house.ReportAsync(other.Id, WorkloadPhase.Terminated, completed: true, endedAt: house.Now);
        Assert.Single(await house.DeliverAsync<PlacesFreed>());
        Assert.All(await GrantsAsync(house, contract.Id), g => Assert.EndsWith("/n1", g.NodeId, StringComparison.Ordinal));
        Assert.Equal(["place-lost", "moved"], (await house.ContractAsync(contract.Id)).PlaceChanges.Select(c => c.Code));
        // Once it has a place, an end concerns nobody.
        var last = await StartAsync(house, replicas: 1);
        await house.ReportAsync(last.Id, WorkloadPhase.Terminated, completed: true, endedAt: house.Now);
        Assert.Empty(await house.DeliverAsync<PlacesFreed>());
    }

    [Fact]
    public async Task A_fault_that_is_over_before_another_place_was_found_is_said_too()
    {
        await using var house = await OpenAsync(db, cards: 8);
        var contract = await StartAsync(house, replicas: 2);
        var before = await GrantsAsync(house, contract.Id);
        await FailAsync(house, "n0");
        await HealAsync(house);
        await HealAsync(house);
        Assert.Equal(before, await GrantsAsync(house, contract.Id));
        Assert.Equal(["place-lost", "place-back"], (await house.ContractAsync(contract.Id)).PlaceChanges.Select(c => c.Code));
    }

    [Fact]
    public async Task Independent_replicas_move_as_far_as_there_is_room_and_a_gang_as_a_whole()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var endpoint = await StartAsync(house, replicas: 3);
        var other = await StartAsync(house, replicas: 5);
        await StartAsync(house, replicas: 6);
        await FailAsync(house, "n0");
        // Two cards of n1 were free. Who was asked first has them; the other one still has its lost places.
        int moved = (await GrantsAsync(house, endpoint.Id))
            .Concat(await GrantsAsync(house, other.Id))
            .Count(g => g.NodeId.EndsWith("n1", StringComparison.Ordinal));
        Assert.Equal(2, moved);
        await AssertNothingTwiceAsync(house);

        await using var gangs = await OpenAsync(db, cards: 16);
        var gang = await StartAsync(gangs, replicas: 3, ProductKind.GangJob);
        await StartAsync(gangs, replicas: 5);
        await StartAsync(gangs, replicas: 6);
        await FailAsync(gangs, "n0");
        var grants = await GrantsAsync(gangs, gang.Id);
        Assert.Equal(3, grants.Count(g => g.NodeId.EndsWith("n0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Told_again_it_moves_nothing()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 2);
        var message = await FailAsync(house, "n0");
        var grants = await GrantsAsync(house, contract.Id);
        await house.RelayAsync(message);
        Assert.Equal(grants, await GrantsAsync(house, contract.Id));
        Assert.Equal(2, (await house.WorkloadAsync(contract.Id)).Generation);
        Assert.Single((await house.ContractAsync(contract.Id)).PlaceChanges);
        // An older report than the one stored is not looked at.
        await HealAsync(house);
        await house.RelayAsync(message with { Version = 1 });
        Assert.Single((await house.ContractAsync(contract.Id)).PlaceChanges);
    }

    [Fact]
    public async Task What_is_ending_or_has_ended_is_left_alone()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var stopping = await StartAsync(house, replicas: 1);
        Ok(await house.As<IContracts, Outcome<ContractView>>(house.Customer, c => c.StopAsync(stopping.Id, default)));
        var ended = await StartAsync(house, replicas: 1);
        await house.ReportAsync(ended.Id, WorkloadPhase.Terminated, completed: true, endedAt: house.Now);
        await FailAsync(house, "n0");
        Assert.Empty((await house.ContractAsync(stopping.Id)).PlaceChanges);
        Assert.Empty((await house.ContractAsync(ended.Id)).PlaceChanges);
    }

    [Fact]
    public async Task An_offer_that_is_no_longer_sold_keeps_what_it_sold()
    {
        await using var house = await OpenAsync(db, cards: 16);
        var contract = await StartAsync(house, replicas: 1);
        Ok(await house.As<IOffers, Outcome<OfferView>>(house.Operator, o => o.ChangeStateAsync(house.OfferId, OfferState.Paused, default)));
        Ok(
            await house.As<ISupply, Outcome<ListingView>>(
                house.Center,
                s => s.ChangeStateAsync(house.ListingId, ListingState.Paused, default)
            )
        );
        await FailAsync(house, "n0");
        Assert.EndsWith("/n1", Assert.Single(await GrantsAsync(house, contract.Id)).NodeId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Buyers_and_replacements_race_for_the_last_cards_and_each_card_has_one_owner()
    {
        await using var house = await OpenAsync(db, cards: 16);
        for (int i = 0; i < 4; i++)
            await StartAsync(house, replicas: 2);
        var message = house.Clusters.Change(
            house.ClusterId,
            n => n with { Schedulable = !n.Id.EndsWith("n0", StringComparison.Ordinal) },
            n => n != "n0"
        );
        var buyers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => house.PlaceAsync(house.Request())));
        await Task.WhenAll(buyers.Cast<Task>().Append(Task.Run(() => house.RelayAsync(message))));
        await house.RelayAsync(message);
        await AssertNothingTwiceAsync(house);
        Assert.Equal((await ActiveAsync(house)).Sum(c => c.CardMilli), (await house.ListingAsync()).SoldCards * 1000L);
    }

    [Fact]
    public async Task More_contracts_than_one_message_may_handle_follow_in_the_next()
    {
        await using var house = await OpenAsync(db, cards: 2 * 8 * 14, credit: 100_000);
        var request = house.Request() with { Name = "many" };
        for (int i = 0; i < OnSupplyChanged.Batch + 4; i++)
            Ok(await house.PlaceAsync(request));
        // The upper half is healthy and empty.
        await house.RelayAsync(
            house.Clusters.Change(
                house.ClusterId,
                n => n with { Schedulable = int.Parse(n.Id.Split("/n")[1], System.Globalization.CultureInfo.InvariantCulture) >= 14 },
                n => int.Parse(n[1..], System.Globalization.CultureInfo.InvariantCulture) >= 14
            )
        );
        Assert.Equal(4, (await ActiveAsync(house)).Count(c => IsLow(c.Grants[0])));
        Assert.Single(await house.DeliverAsync<PlacesFreed>());
        Assert.DoesNotContain(await ActiveAsync(house), c => IsLow(c.Grants[0]));

        static bool IsLow(CapacityGrant grant) =>
            int.Parse(grant.NodeId.Split("/n")[1], System.Globalization.CultureInfo.InvariantCulture) < 14;
    }
}

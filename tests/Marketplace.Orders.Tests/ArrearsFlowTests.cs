using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Lifecycle.Stops;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Orders.Tests.Faults;
using static Marketplace.Orders.Tests.OrdersHouse;
using static Marketplace.Orders.Tests.StopTests;

namespace Marketplace.Orders.Tests;

/// <summary>An unpaid invoice lets contracts rest, go on when it is paid, and end when it is not.</summary>
public sealed class ArrearsFlowTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const decimal PerHour = Retail * 1.06m;

    // What the overrun costs beyond its hold: two hours.
    private const decimal Owed = 2 * PerHour;

    [Fact]
    public async Task From_the_invoice_to_rest_to_payment_to_running_again()
    {
        await using var house = await OpenAsync(db, credit: (100 + 2) * PerHour);
        var (contract, ready) = await OwingAsync(house, hours: 100);
        house.Time.Advance(TimeSpan.FromDays(14));
        await FollowAsync(house);
        // In grace it runs on, and nothing new is sold.
        Assert.Equal(ContractState.Active, (await house.ContractAsync(contract.Id)).State);
        // A quote says so before anybody orders.
        QuoteView quote = Ok(await house.QuoteAsync(house.Request()));
        Assert.Equal((ArrearsState.Grace, new Money((long)(Owed * 1_000_000), Currency.Cny)), (quote.PastDue!.State, quote.PastDue.Owed));
        var refused = Refused(await house.PlaceAsync(house.Request()));
        Assert.Equal("in-arrears", refused.Code);
        Assert.Contains(
            $"{new Money((long)(Owed * 1_000_000), Currency.Cny)} is past due since {house.Now:yyyy-MM-dd}",
            refused.Detail,
            StringComparison.Ordinal
        );
        Assert.Equal(
            "in-arrears",
            Refused(
                await house.As<IContracts, Platform.Outcomes.Outcome<ContractView>>(
                    house.Customer,
                    c => c.ExtendAsync(contract.Id, 1, house.NewKey(), default)
                )
            ).Code
        );

        house.Time.Advance(TimeSpan.FromDays(7));
        await FollowAsync(house);
        Assert.Equal(
            (ContractState.PastDue, 1006),
            (await house.ContractAsync(contract.Id)) is var p ? (p.State, p.Reason!.Number) : default
        );
        Assert.Equal((StopKind.Suspend, StopState.Requested), (await StopAsync(house, contract.Id)) is var s ? (s.Kind, s.State) : default);
        DateTimeOffset rest = house.Now;
        await SayAsync(house, contract.Id, WorkloadPhase.Stopped, pods: 0);
        await house.ReportAsync(contract.Id, WorkloadPhase.Stopped, endedAt: rest);
        Assert.Equal(ContractState.Suspended, (await house.ContractAsync(contract.Id)).State);
        Assert.Equal(StopState.Verified, (await StopAsync(house, contract.Id)).State);

        // Its end passes while it rests; the clock leaves it alone.
        DateTimeOffset endBefore = (await house.ContractAsync(contract.Id)).EndsAt;
        house.Time.Advance(TimeSpan.FromDays(13));
        await house.TickAsync();
        Assert.Equal(ContractState.Suspended, (await house.ContractAsync(contract.Id)).State);
        Assert.Equal(1, await ListedAsync(house));
        await house.TopUpAsync(house.Customer, Owed);
        await FollowAsync(house);
        await FollowAsync(house);
        Assert.Equal(StopState.Withdrawn, (await StopAsync(house, contract.Id)).State);
        Assert.Equal(ContractState.Suspended, (await house.ContractAsync(contract.Id)).State);
        // Billing goes on from Ready, and so does the bought time.
        house.Time.Advance(TimeSpan.FromMinutes(5));
        await SayAsync(house, contract.Id, WorkloadPhase.Ready, pods: 1);
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        var again = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Active, null, ready), (again.State, again.Reason, again.ReadyAt));
        Assert.Equal(endBefore + (house.Now - rest), again.EndsAt);
        await house.TickAsync();
        Assert.Equal(ContractState.Active, (await house.ContractAsync(contract.Id)).State);
    }

    [Fact]
    public async Task Paid_before_the_cluster_had_stopped_it_simply_goes_on()
    {
        await using var house = await OpenAsync(db, credit: (1000 + 2) * PerHour);
        var (contract, _) = await OwingAsync(house, hours: 1000);
        await SuspendAsync(house);
        Assert.Equal(ContractState.PastDue, (await house.ContractAsync(contract.Id)).State);
        await house.TopUpAsync(house.Customer, Owed);
        await FollowAsync(house);
        var on = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Active, null, contract.EndsAt), (on.State, on.Reason, on.EndsAt));
        Assert.Equal(StopState.Withdrawn, (await StopAsync(house, contract.Id)).State);
        Assert.Equal(0, await house.CountAsync("provisioning.workload", "suspend_requested and contract_id", contract.Id));
        // The cluster had let it rest in between; the news of it comes late, and the time is given back.
        DateTimeOffset rest = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Stopped, endedAt: rest);
        house.Time.Advance(TimeSpan.FromMinutes(3));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        Assert.Equal(
            (ContractState.Active, contract.EndsAt.AddMinutes(3)),
            (await house.ContractAsync(contract.Id)) is var c ? (c.State, c.EndsAt) : default
        );
    }

    [Fact]
    public async Task Never_paid_it_ends_with_a_reason_and_its_hold_pays_the_debt()
    {
        await using var house = await OpenAsync(db, credit: (1000 + 2) * PerHour);
        var (contract, _) = await OwingAsync(house, hours: 1000);
        await SuspendAsync(house);
        await SayAsync(house, contract.Id, WorkloadPhase.Stopped, pods: 0);
        await house.ReportAsync(contract.Id, WorkloadPhase.Stopped, endedAt: house.Now);
        house.Time.Advance(TimeSpan.FromDays(14));
        await FollowAsync(house);
        var stop = await StopAsync(house, contract.Id);
        Assert.Equal((StopKind.End, StopState.Requested, 1007), (stop.Kind, stop.State, stop.Reason.Number));
        await SayAsync(house, contract.Id, WorkloadPhase.Terminated, pods: 0);
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        var ended = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 1007), (ended.State, ended.Reason!.Number));
        Assert.Equal(StopState.Verified, (await StopAsync(house, contract.Id)).State);
        Assert.Equal(0, await ListedAsync(house));
        // What was held for it comes back, pays what is open, and the customer may order again.
        await FollowAsync(house);
        Ok(await house.PlaceAsync(house.Request()));
        Assert.Equal(2 * PerHour, (await house.WalletAsync()).Held.Amount);
    }

    [Fact]
    public async Task What_starts_or_loses_its_cluster_while_past_due_follows_too()
    {
        await using var house = await OpenAsync(db, credit: (1000 + 2 + 10) * PerHour);
        var waiting = await house.BuyAsync(house.Request(hours: 10));
        var (running, _) = await OwingAsync(house, hours: 1000);
        // Lost before it could prove its rest: the contract's own grace decides, the stop stays open.
        await SuspendAsync(house);
        Assert.Equal(ContractState.PastDue, (await house.ContractAsync(waiting.Id)).State);
        await house.RelayAsync(new ClusterStateChanged(house.ClusterId, ClusterState.Suspect, ClusterState.Lost));
        house.Time.Advance(TimeSpan.FromMinutes(15));
        await house.TickAsync();
        Assert.Equal(
            (ContractState.Settled, 2002),
            (await house.ContractAsync(running.Id)) is var r ? (r.State, r.Reason!.Number) : default
        );
        Assert.Equal(
            (ContractState.Settled, 2002),
            (await house.ContractAsync(waiting.Id)) is var w ? (w.State, w.Reason!.Number) : default
        );
        await WatchAsync(house);
        Assert.Equal(StopState.Overdue, (await StopAsync(house, running.Id)).State);
        await SayAsync(house, running.Id, WorkloadPhase.Terminated, pods: 0);
        await WatchAsync(house);
        Assert.Equal(StopState.Verified, (await StopAsync(house, running.Id)).State);
    }

    [Fact]
    public async Task Other_customers_are_left_alone()
    {
        await using var house = await OpenAsync(db, credit: (1000 + 2) * PerHour);
        var (contract, _) = await OwingAsync(house, hours: 1000);
        var other = await house.PartyAsync(PartyKinds.Customer, "Solvent");
        await house.TopUpAsync(other, 1_000_000);
        string theirs = Ok(await house.PlaceAsync(house.Request(hours: 2000), who: other)).Lines[0].ContractId!;
        await house.ReportAsync(theirs, WorkloadPhase.Ready, readyAt: house.Now);
        await SuspendAsync(house);
        Assert.Equal(ContractState.PastDue, (await house.ContractAsync(contract.Id)).State);
        Assert.Equal(ContractState.Active, (await house.ContractAsync(theirs, other)).State);
        Ok(await house.PlaceAsync(house.Request(), who: other));
    }

    /// <summary>A contract that runs, and an invoice of two hours that no credit covers.</summary>
    private static async Task<(ContractView Contract, DateTimeOffset Ready)> OwingAsync(OrdersHouse house, decimal hours)
    {
        var over = await StartAsync(house, replicas: 1);
        var contract = await house.BuyAsync(house.Request(hours: hours, product: ProductKind.Endpoint));
        DateTimeOffset ready = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        house.Time.Advance(TimeSpan.FromHours(1));
        // Bought for two hours, used for four.
        await house.RelayAsync(house.Usage(over, ready, 4m, final: true));
        await house.ReportAsync(over.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        return (await house.ContractAsync(contract.Id), ready);
    }

    private static async Task SuspendAsync(OrdersHouse house)
    {
        house.Time.Advance(TimeSpan.FromDays(14));
        await FollowAsync(house);
        house.Time.Advance(TimeSpan.FromDays(7));
        await FollowAsync(house);
    }

    /// <summary>The job of arrears, its message, and the sweep that finds what no message told of.</summary>
    private static async Task FollowAsync(OrdersHouse house)
    {
        var job = house.Services.GetServices<JobDefinition>().Single(j => j.Name == "billing-advance-arrears");
        await house.As<IServiceProvider, int>(Actor.System, s => job.Run(s, default));
        await house.DeliverAsync<ArrearsChanged>();
        Assert.Equal(0, await house.As<FollowArrears, int>(Actor.System, f => f.RunAsync(house.Customer.PartyId, Currency.Cny, default)));
    }

    private static async Task<int> ListedAsync(OrdersHouse house) => (await ActiveAsync(house)).Count;
}

using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>What the cluster and the clock report moves the contract, and money follows to the micro-unit.</summary>
public sealed class LifecycleTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Ready_usage_end_settled_and_every_side_sees_the_same_money()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 2));
        long held = contract.Held.Micros;
        house.Time.Advance(TimeSpan.FromMinutes(5));
        DateTimeOffset ready = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        var active = await house.ContractAsync(contract.Id);
        // The bought hours count from Ready, not from the order; the cluster is told the new end.
        Assert.Equal((ContractState.Active, ready, ready.AddHours(2)), (active.State, active.ReadyAt, active.EndsAt));
        Assert.Equal(LineState.InProgress, (await house.OrderAsync(contract.OrderId)).State);
        Assert.Equal(2, (await house.WorkloadAsync(contract.Id)).Generation);
        house.Time.Advance(TimeSpan.FromMinutes(30));
        await house.RelayAsync(house.Usage(contract, ready, 0.5m));
        Assert.Equal(0.5m * Retail * 1.06m, (await house.ContractAsync(contract.Id)).Spent.Amount);
        house.Time.Advance(TimeSpan.FromMinutes(30));
        await house.RelayAsync(house.Usage(contract, ready, 1m, final: true));
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, completed: true, readyAt: ready, endedAt: house.Now);

        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 1003, house.Now), (settled.State, settled.Reason!.Number, settled.EndedAt));
        Assert.Equal(LineState.Completed, (await house.OrderAsync(contract.OrderId)).State);
        Assert.Equal(16, (await house.ListingAsync()).FreeCards);
        var wallet = await house.WalletAsync();
        Assert.Equal(0, wallet.Held.Micros);
        Assert.True(settled.Spent.Micros < held);
        var invoice = Assert.Single(
            (await house.As<IInvoices, Page<InvoiceView>>(house.Customer, i => i.ListAsync(new InvoiceQuery(), default))).Items
        );
        Assert.Equal(settled.Spent, invoice.Net + invoice.Tax);
        Assert.Equal(InvoiceState.Paid, invoice.State);

        var customer = await StatementAsync(house, house.Customer, "customer");
        var center = await StatementAsync(house, house.Center, "center");
        var seller = await StatementAsync(house, house.Operator, "operator");
        Assert.Equal(10_000m - invoice.Total.Amount, customer.Closing.Amount);
        Assert.Equal(settled.Spent.Micros, -customer.Lines.Where(l => l.Kind == "charge").Sum(l => l.Amount.Micros));
        Assert.Equal(Wholesale, center.Closing.Amount);
        // Retail less wholesale less the platform's 3 % of retail.
        Assert.Equal(Retail - Wholesale - (0.03m * Retail), seller.Closing.Amount);
    }

    [Fact]
    public async Task Contracts_that_end_and_orders_that_begin_never_wait_crosswise()
    {
        await using var house = await OpenAsync(db);
        long before = await db.DeadlocksAsync();
        for (int round = 0; round < 2; round++)
        {
            var running = new List<ContractView>();
            foreach (int _ in Enumerable.Range(0, 6))
            {
                running.Add(await house.BuyAsync());
                await house.ReportAsync(running[^1].Id, WorkloadPhase.Ready, readyAt: house.Now);
            }
            var ends = running.Select(c => house.ReportAsync(c.Id, WorkloadPhase.Terminated, completed: true, endedAt: house.Now));
            var orders = Enumerable.Range(0, 6).Select(_ => house.PlaceAsync(house.Request()));
            await Task.WhenAll([.. ends, .. orders.Select(async order => Ok(await order))]);
            foreach (
                var order in (
                    await house.As<IContracts, Page<ContractView>>(house.Customer, c => c.ListAsync(new() { Open = true }, default))
                ).Items
            )
                await house.ReportAsync(order.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        }
        Assert.Equal(16, (await house.ListingAsync()).FreeCards);
        // A deadlock would be retried and stay unseen but for the time it takes: the server has counted them.
        Assert.Equal(before, await db.DeadlocksAsync());
    }

    [Fact]
    public async Task Every_message_delivered_again_and_out_of_its_time_changes_nothing()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync();
        DateTimeOffset ready = house.Now;
        var readyMessage = house.Phase(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        await house.RelayAsync(readyMessage);
        house.Time.Advance(TimeSpan.FromMinutes(30));
        var usage = house.Usage(contract, ready, 0.5m, final: true);
        var ended = house.Phase(contract.Id, WorkloadPhase.Terminated, completed: true, endedAt: house.Now);
        await house.RelayAsync(readyMessage);
        await house.RelayAsync(usage);
        await house.RelayAsync(usage);
        Assert.Equal(0.5m * Retail * 1.06m, (await house.ContractAsync(contract.Id)).Spent.Amount);
        await house.RelayAsync(ended);
        var settled = await house.ContractAsync(contract.Id);
        var wallet = await house.WalletAsync();
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.RelayAsync(ended);
        await house.RelayAsync(usage);
        await house.RelayAsync(readyMessage);
        await house.ReportAsync(contract.Id, WorkloadPhase.Error, failure: "late");
        await house.RelayAsync(new HoldExhausted(contract.Id, $"contract:{contract.Id}"));
        await house.RelayAsync(new ClusterStateChanged(house.ClusterId, ClusterState.Suspect, ClusterState.Lost));
        await house.TickAsync();
        var after = await house.ContractAsync(contract.Id);
        Assert.Equal(
            (settled.State, settled.Spent, settled.EndedAt, settled.Reason),
            (after.State, after.Spent, after.EndedAt, after.Reason)
        );
        Assert.Equal(wallet, await house.WalletAsync());
        Assert.Equal(1, await house.CountAsync("billing.invoice", "party_id", house.Customer.PartyId));
    }

    [Fact]
    public async Task A_message_about_no_contract_of_ours_is_ignored()
    {
        await using var house = await OpenAsync(db);
        await house.ReportAsync("con_nobody", WorkloadPhase.Ready);
        await house.RelayAsync(new HoldExhausted("con_nobody", "contract:con_nobody"));
        Assert.Equal(0, await house.CountAsync("orders.contract", "customer_id", house.Customer.PartyId));
    }

    [Fact]
    public async Task At_the_end_of_the_bought_time_the_workload_is_stopped_and_the_line_completes()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 1, product: ProductKind.Endpoint));
        DateTimeOffset ready = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        house.Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        await house.TickAsync();
        Assert.False(await StopRequestedAsync(house, contract.Id));
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await house.TickAsync();
        Assert.True(await StopRequestedAsync(house, contract.Id));
        // Still running there: the contract ends when the cluster says so.
        Assert.Equal(ContractState.Active, (await house.ContractAsync(contract.Id)).State);
        await house.RelayAsync(house.Usage(contract, ready, 1m, final: true));
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 1002), (settled.State, settled.Reason!.Number));
        Assert.Equal(settled.Held, settled.Spent);
        Assert.Equal(LineState.Completed, (await house.OrderAsync(contract.OrderId)).State);
    }

    [Fact]
    public async Task Stopping_ends_it_when_the_cluster_has_stopped_and_the_rest_comes_back()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 10));
        DateTimeOffset ready = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        house.Time.Advance(TimeSpan.FromHours(1));
        Ok(await StopAsync(house, contract.Id));
        Ok(await StopAsync(house, contract.Id));
        Assert.True(await StopRequestedAsync(house, contract.Id));
        await house.RelayAsync(house.Usage(contract, ready, 1m, final: true));
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 1001), (settled.State, settled.Reason!.Number));
        Assert.Equal(Retail * 1.06m, settled.Spent.Amount);
        Assert.Equal(LineState.Partial, (await house.OrderAsync(contract.OrderId)).State);
        Assert.Equal(0, (await house.WalletAsync()).Held.Micros);
        Assert.Equal("contract-ended", Refused(await StopAsync(house, contract.Id)).Code);
    }

    [Fact]
    public async Task Stopped_before_it_ran_it_is_cancelled_and_costs_nothing()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync();
        Ok(await StopAsync(house, contract.Id));
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 0L), (settled.State, settled.Spent.Micros));
        Assert.Equal(LineState.Cancelled, (await house.OrderAsync(contract.OrderId)).State);
        Assert.Equal(10_000m, (await house.WalletAsync()).Available.Amount);
        Assert.Equal(0, await house.CountAsync("billing.invoice", "party_id", house.Customer.PartyId));
    }

    [Theory]
    [InlineData(false, 2004)]
    [InlineData(true, 1005)]
    public async Task A_failed_workload_fails_the_line_and_says_whose_fault_it_is(bool ran, int reason)
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync();
        if (ran)
            await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        await house.ReportAsync(contract.Id, WorkloadPhase.Error, endedAt: house.Now, failure: "exit code 137");
        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, reason), (settled.State, settled.Reason!.Number));
        Assert.Contains("exit code 137", settled.Reason.Text, StringComparison.Ordinal);
        Assert.Equal(LineState.Failed, (await house.OrderAsync(contract.OrderId)).State);
        Assert.True(await StopRequestedAsync(house, contract.Id));
        Assert.Equal(0, (await house.WalletAsync()).Held.Micros);
    }

    [Fact]
    public async Task An_end_that_nobody_asked_for_is_not_called_the_customers()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(product: ProductKind.Endpoint));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        Assert.Equal(2005, (await house.ContractAsync(contract.Id)).Reason!.Number);
    }

    [Fact]
    public async Task Extending_holds_more_money_and_moves_the_end_once_per_key()
    {
        await using var house = await OpenAsync(db, credit: 100);
        var contract = await house.BuyAsync(house.Request(hours: 2));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        string key = house.NewKey();
        var extended = Ok(await ExtendAsync(house, contract.Id, 3, key));
        Assert.Equal((house.Now.AddHours(5), 5 * Retail * 1.06m), (extended.EndsAt, extended.Held.Amount));
        Assert.Equal(extended.EndsAt, Ok(await ExtendAsync(house, contract.Id, 3, key)).EndsAt);
        Assert.Equal("idempotency-key-reused", Refused(await ExtendAsync(house, contract.Id, 4, key)).Code);
        Assert.Equal("insufficient-funds", Refused(await ExtendAsync(house, contract.Id, 100, house.NewKey())).Code);
        Assert.Equal("/hours", Refused(await ExtendAsync(house, contract.Id, 0, house.NewKey())).Errors[0].Pointer);
        Assert.Equal(5 * Retail * 1.06m, (await house.WalletAsync()).Held.Amount);
        house.Time.Advance(TimeSpan.FromHours(3));
        await house.TickAsync();
        Assert.False(await StopRequestedAsync(house, contract.Id));
        Ok(await StopAsync(house, contract.Id));
        Assert.Equal("contract-ended", Refused(await ExtendAsync(house, contract.Id, 1, house.NewKey())).Code);
    }

    [Fact]
    public async Task An_exhausted_hold_stops_the_workload()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 2));
        DateTimeOffset ready = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        house.Time.Advance(TimeSpan.FromHours(1));
        // Twice the bought cards: more than the hold covers, before its time.
        await house.RelayAsync(house.Usage(contract, ready, 2m));
        Assert.Single(await house.DeliverAsync<HoldExhausted>(), m => m.ContractId == contract.Id);
        Assert.True(await StopRequestedAsync(house, contract.Id));
        await house.ReportAsync(contract.Id, WorkloadPhase.Terminated, endedAt: house.Now);
        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((1004, LineState.Partial), (settled.Reason!.Number, (await house.OrderAsync(contract.OrderId)).State));
    }

    [Fact]
    public async Task A_lost_cluster_degrades_then_the_grace_ends_the_contract()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 10));
        DateTimeOffset ready = house.Now;
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        house.Time.Advance(TimeSpan.FromHours(1));
        await house.RelayAsync(house.Usage(contract, ready, 1m));
        await LoseAsync(house);
        var degraded = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Degraded, 2001), (degraded.State, degraded.Reason!.Number));
        house.Time.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(1));
        await house.TickAsync();
        Assert.Equal(ContractState.Degraded, (await house.ContractAsync(contract.Id)).State);
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await house.TickAsync();
        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 2002), (settled.State, settled.Reason!.Number));
        Assert.Equal(Retail * 1.06m, settled.Spent.Amount);
        Assert.Equal(LineState.Failed, (await house.OrderAsync(contract.OrderId)).State);
        Assert.True(await StopRequestedAsync(house, contract.Id));
        Assert.Equal(0, (await house.WalletAsync()).Held.Micros);
        // Back at last: too late.
        await house.RelayAsync(new ClusterStateChanged(house.ClusterId, ClusterState.Lost, ClusterState.Connected));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: ready);
        Assert.Equal(ContractState.Settled, (await house.ContractAsync(contract.Id)).State);
    }

    [Fact]
    public async Task A_cluster_that_comes_back_inside_the_grace_goes_on_as_before()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 10));
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        await LoseAsync(house);
        house.Time.Advance(TimeSpan.FromMinutes(14));
        await house.RelayAsync(new ClusterStateChanged(house.ClusterId, ClusterState.Lost, ClusterState.Connected));
        Assert.Equal(ContractState.Active, (await house.ContractAsync(contract.Id)).State);
        // A second silence starts a grace of its own.
        house.Time.Advance(TimeSpan.FromMinutes(10));
        await LoseAsync(house);
        house.Time.Advance(TimeSpan.FromMinutes(14));
        await house.TickAsync();
        Assert.Equal(ContractState.Degraded, (await house.ContractAsync(contract.Id)).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_contract_that_never_started_on_a_lost_cluster_gives_the_money_back(bool told)
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 10));
        if (told)
            await LoseAsync(house);
        else
            house.Clusters.SetState(house.ClusterId, ClusterState.Lost);
        house.Time.Advance(TimeSpan.FromMinutes(1));
        await house.TickAsync();
        house.Time.Advance(TimeSpan.FromMinutes(15));
        await house.TickAsync();
        var settled = await house.ContractAsync(contract.Id);
        Assert.Equal((ContractState.Settled, 2002), (settled.State, settled.Reason!.Number));
        Assert.Equal(10_000m, (await house.WalletAsync()).Available.Amount);
        Assert.Equal(LineState.Failed, (await house.OrderAsync(contract.OrderId)).State);
    }

    private static Task LoseAsync(OrdersHouse house) =>
        house.RelayAsync(new ClusterStateChanged(house.ClusterId, ClusterState.Suspect, ClusterState.Lost));

    private static Task<Outcome<ContractView>> StopAsync(OrdersHouse house, string contractId) =>
        house.As<IContracts, Outcome<ContractView>>(house.Customer, c => c.StopAsync(contractId, default));

    private static Task<Outcome<ContractView>> ExtendAsync(OrdersHouse house, string contractId, decimal hours, string key) =>
        house.As<IContracts, Outcome<ContractView>>(house.Customer, c => c.ExtendAsync(contractId, hours, key, default));

    private static async Task<bool> StopRequestedAsync(OrdersHouse house, string contractId) =>
        await house.CountAsync("provisioning.workload", "stop_requested and contract_id", contractId) == 1;

    private static async Task<StatementView> StatementAsync(OrdersHouse house, Actor who, string role) =>
        Ok(
            await house.As<IInvoices, Outcome<StatementView>>(
                who,
                i =>
                    i.StatementAsync(
                        who.PartyId,
                        role,
                        Currency.Cny,
                        ManualTimeProvider.DefaultStart.AddDays(-1),
                        house.Now.AddDays(1),
                        default
                    )
            )
        );
}

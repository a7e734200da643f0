using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>Fifty copies of one request or message, at once, are one. What the faults suite does to billing, for what begins with an order.</summary>
public sealed class CopiesTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const int Copies = 50;

    [Fact]
    [Trait("Category", "Faults")]
    public async Task Of_one_accepted_quote_and_of_the_messages_that_follow()
    {
        await using OrdersHouse house = await OrdersHouse.OpenAsync(db, cards: 8);
        var quote = Ok(await house.QuoteAsync(house.Request(hours: 2)));
        string key = house.NewKey();
        var orders = await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => Task.Run(() => house.AcceptAsync(quote.Id, key))));
        OrderView order = Assert.Single(orders.Select(Ok).DistinctBy(o => o.Id));
        string contractId = order.Lines[0].ContractId!;
        // One card for two hours, tax included, is held once.
        Money held = (await house.WalletAsync()).Held;
        Assert.True(held > Money.Zero(Currency.Cny));
        Assert.Equal(held, order.Held);

        // The cluster's reports, each fifty times and without the inbox that would sort them out.
        await CopiesAsync(() => house.ReportAsync(contractId, WorkloadPhase.Ready, readyAt: house.Now));
        DateTimeOffset began = house.Now;
        house.Time.Advance(TimeSpan.FromHours(1));
        ContractView contract = await house.ContractAsync(contractId);
        await CopiesAsync(() => house.RelayAsync(house.Usage(contract, began, contract.Cards)));
        ContractCost cost = (await house.As<IRating, ContractCost?>(Actor.System, r => r.CostAsync(contractId, default)))!;
        Assert.Equal(contract.Cards * 3600m, cost.CardSeconds);
        Assert.Equal(held - cost.Total, (await house.WalletAsync()).Held);
        await BooksBalance.AssertAsync(house.Services);
    }

    private static Task CopiesAsync(Func<Task> deliver) => Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => Task.Run(deliver)));
}

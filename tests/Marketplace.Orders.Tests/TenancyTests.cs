using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>Who sees and commands what of a trade.</summary>
public sealed class TenancyTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Strangers_of_every_kind_see_and_command_nothing()
    {
        await using var house = await OpenAsync(db);
        var open = Ok(await house.QuoteAsync(house.Request()));
        var contract = await house.BuyAsync();
        Actor[] strangers =
        [
            await house.PartyAsync(PartyKinds.Customer, "Other Customer"),
            await house.PartyAsync(PartyKinds.Center, "Other Center"),
            await house.PartyAsync(PartyKinds.Operator, "Other Operator"),
            await house.PartyAsync(PartyKinds.Customer | PartyKinds.Center | PartyKinds.Operator, "Other Everything"),
        ];
        foreach (Actor who in strangers)
        {
            Assert.Null(await house.As<IQuotes, QuoteView?>(who, q => q.FindAsync(open.Id, default)));
            Assert.Null(await house.As<IOrders, OrderView?>(who, o => o.FindAsync(contract.OrderId, default)));
            Assert.Null(await house.As<IContracts, ContractView?>(who, c => c.FindAsync(contract.Id, default)));
            Assert.Null(await house.As<IContracts, WorkloadView?>(who, c => c.WorkloadAsync(contract.Id, default)));
            Assert.Empty((await house.As<IQuotes, Page<QuoteView>>(who, q => q.ListAsync(new QuoteQuery(), default))).Items);
            Assert.Empty((await house.As<IOrders, Page<OrderView>>(who, o => o.ListAsync(new OrderQuery(), default))).Items);
            Assert.Empty((await house.As<IContracts, Page<ContractView>>(who, c => c.ListAsync(new ContractQuery(), default))).Items);
            await AssertCommandsNothingAsync(house, who, open.Id, contract.Id);
        }
    }

    [Fact]
    public async Task Center_and_operator_see_their_trade_but_do_not_command_it()
    {
        await using var house = await OpenAsync(db);
        var open = Ok(await house.QuoteAsync(house.Request()));
        var contract = await house.BuyAsync();
        foreach (Actor who in new[] { house.Center, house.Operator })
        {
            Assert.NotNull(await house.As<IContracts, ContractView?>(who, c => c.FindAsync(contract.Id, default)));
            Assert.Null(await house.As<IQuotes, QuoteView?>(who, q => q.FindAsync(open.Id, default)));
            Assert.Null(await house.As<IOrders, OrderView?>(who, o => o.FindAsync(contract.OrderId, default)));
            await AssertCommandsNothingAsync(house, who, open.Id, contract.Id);
            // Even with a customer's rights they do not command another customer's contract.
            await AssertCommandsNothingAsync(house, who with { Kinds = who.Kinds | PartyKinds.Customer }, open.Id, contract.Id);
        }
    }

    [Fact]
    public async Task The_center_does_not_learn_the_customer_nor_the_retail_price()
    {
        await using var house = await OpenAsync(db);
        var bought = await house.BuyAsync();
        var seen = await house.ContractAsync(bought.Id, house.Center);
        Assert.Equal(("", null, 0m), (seen.CustomerId, seen.CustomerName, seen.UnitPricePerCardHour));
        Assert.Equal((0L, 0L, Wholesale), (seen.Held.Micros, seen.Spent.Micros, seen.PerHour.Amount));
        Assert.Equal(Wholesale, seen.WholesalePerCardHour);
        Assert.Null(seen.Explanation);
        string everything = System.Text.Json.JsonSerializer.Serialize(seen);
        Assert.DoesNotContain(house.Customer.PartyId, everything, StringComparison.Ordinal);
        Assert.DoesNotContain(house.Customer.Name, everything, StringComparison.Ordinal);
        Assert.DoesNotContain(bought.Held.ToString(), everything, StringComparison.Ordinal);
        // The same words do stand in what the customer sees: the check above can fail.
        string own = System.Text.Json.JsonSerializer.Serialize(bought);
        Assert.Contains(house.Customer.Name, own, StringComparison.Ordinal);
        Assert.Contains(bought.Held.ToString(), own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_customer_does_not_learn_the_wholesale_price_and_the_operator_learns_both()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync();
        Assert.Null(contract.WholesalePerCardHour);
        var sold = await house.ContractAsync(contract.Id, house.Operator);
        Assert.Equal((Retail, Wholesale), (sold.UnitPricePerCardHour, sold.WholesalePerCardHour));
    }

    [Fact]
    public async Task Roles_and_approval_are_asked_for()
    {
        await using var house = await OpenAsync(db);
        var viewer = house.Customer with { Role = MemberRole.Viewer };
        Assert.Equal(ProblemKind.Forbidden, Refused(await house.QuoteAsync(house.Request(), who: viewer)).Kind);
        Assert.Equal(ProblemKind.Forbidden, Refused(await house.PlaceAsync(house.Request(), who: viewer)).Kind);
        var narrow = house.Customer with { Scopes = new HashSet<string> { "orders-read" } };
        Assert.Equal(ProblemKind.Forbidden, Refused(await house.QuoteAsync(house.Request(), who: narrow)).Kind);
    }

    private static async Task AssertCommandsNothingAsync(OrdersHouse house, Actor who, string quoteId, string contractId)
    {
        ProblemKind[] no = [ProblemKind.NotFound, ProblemKind.Forbidden];
        Assert.Contains(Refused(await house.AcceptAsync(quoteId, who: who)).Kind, no);
        Assert.Contains(Refused(await house.As<IQuotes, Outcome<QuoteView>>(who, q => q.WithdrawAsync(quoteId, default))).Kind, no);
        Assert.Contains(Refused(await house.As<IContracts, Outcome<ContractView>>(who, c => c.StopAsync(contractId, default))).Kind, no);
        Assert.Contains(
            Refused(
                await house.As<IContracts, Outcome<ContractView>>(who, c => c.ExtendAsync(contractId, 1, house.NewKey(), default))
            ).Kind,
            no
        );
        Assert.Contains(Refused(await house.As<IContracts, Outcome<string>>(who, c => c.KubeconfigAsync(contractId, default))).Kind, no);
        Assert.Empty(
            await house.As<IContracts, List<LogLine>>(who, c => c.LogsAsync(contractId, null, 10, false, default).ToListAsync().AsTask())
        );
    }
}

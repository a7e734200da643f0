using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>From a quote to an order: once, whole or not at all.</summary>
public sealed class PurchaseTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Accepting_holds_the_money_sells_the_capacity_and_writes_the_desired_state()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request(4, hours: 3)));
        var order = Ok(await house.AcceptAsync(quote.Id));
        Assert.Equal((LineState.Scheduled, quote.Total), (order.State, order.Held));
        var wallet = await house.WalletAsync();
        Assert.Equal((quote.Total.Micros, 10_000_000_000 - quote.Total.Micros), (wallet.Held.Micros, wallet.Available.Micros));
        Assert.Equal((4, 0), ((await house.ListingAsync()).SoldCards, (await house.ListingAsync()).HeldCards));
        var contract = await house.ContractAsync(order.Lines[0].ContractId!);
        Assert.Equal((ContractState.Scheduled, 4m, quote.Total), (contract.State, contract.Cards, contract.Held));
        Assert.Equal(quote.Explanation.ToEnglish(), contract.Explanation!.ToEnglish());
        var workload = await house.WorkloadAsync(contract.Id);
        Assert.Equal((WorkloadPhase.Pending, 4), (workload.Phase, workload.DesiredReplicas));
    }

    [Fact]
    public async Task Accepted_twice_is_one_order_under_one_key_and_a_conflict_under_another()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request()));
        string key = house.NewKey();
        var first = Ok(await house.AcceptAsync(quote.Id, key));
        Assert.Equal(first.Id, Ok(await house.AcceptAsync(quote.Id, key)).Id);
        var problem = Refused(await house.AcceptAsync(quote.Id));
        Assert.Equal((ProblemKind.Conflict, "quote-accepted"), (problem.Kind, problem.Code));
        Assert.Contains(first.Id, problem.Detail, StringComparison.Ordinal);
        var other = Ok(await house.QuoteAsync(house.Request()));
        Assert.Equal("idempotency-key-reused", Refused(await house.AcceptAsync(other.Id, key)).Code);
        Assert.Equal(quote.Total, (await house.WalletAsync()).Held);
    }

    [Fact]
    public async Task A_quote_and_its_order_take_few_round_trips()
    {
        await using var house = await OpenAsync(db);
        int quoted = 0;
        int accepted = 0;
        // The first one fills the caches.
        foreach (int _ in new[] { 1, 2 })
        {
            string quoteId;
            using (var trips = new RoundTrips())
            {
                quoteId = Ok(await house.QuoteAsync(house.Request(2))).Id;
                quoted = trips.Count;
            }
            using (var trips = new RoundTrips())
            {
                Ok(await house.AcceptAsync(quoteId));
                accepted = trips.Count;
            }
        }
        Assert.InRange(quoted, 1, QuoteTrips);
        Assert.InRange(accepted, 1, AcceptTrips);
    }

    // One of them is what the customer has past due, which a quote says.
    private const int QuoteTrips = 15;
    private const int AcceptTrips = 15;

    [Fact]
    public async Task Twenty_accepts_at_once_are_one_order()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request()));
        string key = house.NewKey();
        var same = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.AcceptAsync(quote.Id, key)));
        Assert.Single(same.Select(o => Ok(o).Id).Distinct());
        var second = Ok(await house.QuoteAsync(house.Request()));
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.AcceptAsync(second.Id)));
        Assert.Single(others, o => o.IsOk);
        Assert.All(others.Where(o => !o.IsOk), o => Assert.Equal("quote-accepted", o.Problem!.Code));
        Assert.Equal(2, await house.CountAsync("orders.\"order\"", "party_id", house.Customer.PartyId));
        Assert.Equal(quote.Total + second.Total, (await house.WalletAsync()).Held);
    }

    [Fact]
    public async Task One_key_for_two_quotes_at_once_gives_one_order_and_no_crash()
    {
        await using var house = await OpenAsync(db);
        var quotes = new[] { Ok(await house.QuoteAsync(house.Request())), Ok(await house.QuoteAsync(house.Request())) };
        string key = house.NewKey();
        var outcomes = await Task.WhenAll(quotes.Select(q => house.AcceptAsync(q.Id, key)));
        Assert.Equal("idempotency-key-reused", Assert.Single(outcomes, o => !o.IsOk).Problem!.Code);
        Assert.Equal(1, await house.CountAsync("orders.\"order\"", "party_id", house.Customer.PartyId));
    }

    [Fact]
    public async Task An_empty_balance_is_payment_required_and_leaves_nothing_half_done()
    {
        await using var house = await OpenAsync(db, credit: 1);
        var quote = Ok(await house.QuoteAsync(house.Request(4)));
        var problem = Refused(await house.AcceptAsync(quote.Id));
        Assert.Equal((ProblemKind.PaymentRequired, "insufficient-funds"), (problem.Kind, problem.Code));
        Assert.Equal(0, await house.CountAsync("orders.\"order\"", "party_id", house.Customer.PartyId));
        Assert.Equal(0, await house.CountAsync("orders.contract", "customer_id", house.Customer.PartyId));
        Assert.Equal(0, await house.CountAsync("provisioning.workload", "customer_id", house.Customer.PartyId));
        var listing = await house.ListingAsync();
        Assert.Equal((4, 0), (listing.HeldCards, listing.SoldCards));
        Assert.Equal(1_000_000, (await house.WalletAsync()).Available.Micros);
        // The quote is still firm: with credit it can be accepted.
        await house.TopUpAsync(house.Customer, 1_000);
        Ok(await house.AcceptAsync(quote.Id));
    }

    [Fact]
    public async Task An_order_without_a_quote_leaves_neither_quote_nor_hold_when_the_money_is_missing()
    {
        await using var house = await OpenAsync(db, credit: 0);
        Assert.Equal("insufficient-funds", Refused(await house.PlaceAsync(house.Request(4))).Code);
        Assert.Equal(0, await house.CountAsync("orders.quote", "party_id", house.Customer.PartyId));
        Assert.Equal(16, (await house.ListingAsync()).FreeCards);
    }

    [Fact]
    public async Task Placing_is_idempotent_per_key()
    {
        await using var house = await OpenAsync(db);
        string key = house.NewKey();
        var all = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => house.PlaceAsync(house.Request(2), key)));
        Assert.Single(all.Select(o => Ok(o).Id).Distinct());
        Assert.Equal("idempotency-key-reused", Refused(await house.PlaceAsync(house.Request(3), key)).Code);
        Assert.Equal(2, (await house.ListingAsync()).SoldCards);
    }

    [Fact]
    public async Task Orders_at_once_never_spend_more_than_there_is()
    {
        await using var house = await OpenAsync(db, credit: 100);
        decimal each = Ok(
            await house.As<IQuotes, Outcome<QuoteView>>(house.Customer, q => q.PreviewAsync(house.Request(), default))
        ).Total.Amount;
        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => house.PlaceAsync(house.Request())));
        int affordable = (int)(100m / each);
        Assert.Equal(affordable, all.Count(o => o.IsOk));
        Assert.All(all.Where(o => !o.IsOk), o => Assert.Equal("insufficient-funds", o.Problem!.Code));
        var listing = await house.ListingAsync();
        Assert.Equal((affordable, 0), (listing.SoldCards, listing.HeldCards));
    }
}

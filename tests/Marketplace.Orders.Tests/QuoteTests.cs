using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>A firm quote: what it holds, what it promises, and everything that can become of it.</summary>
public sealed class QuoteTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_quote_holds_capacity_and_price_and_explains_itself()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request(replicas: 4, hours: 3)));
        Assert.Equal(QuoteState.Issued, quote.State);
        Assert.Equal(4 * 3 * Retail, quote.Net.Amount);
        Assert.Equal(quote.Net.Amount * quote.TaxRate, quote.Tax.Amount);
        Assert.Equal(quote.Net + quote.Tax, quote.Total);
        Assert.Equal(house.Now.AddMinutes(10), quote.ExpiresAt);
        var line = Assert.Single(quote.Lines);
        Assert.Equal((FakeInventories.Model, 4m, 12m, Retail), (line.DeviceModel, line.Cards, line.Quantity, line.UnitPrice));
        Assert.NotEmpty(quote.Explanation.ToEnglish());
        var listing = await house.ListingAsync();
        Assert.Equal((4, 0, 12), (listing.HeldCards, listing.SoldCards, listing.FreeCards));
        // No money yet: the price is held, the credit is not.
        Assert.Equal(0, (await house.WalletAsync()).Held.Micros);
    }

    [Fact]
    public async Task The_same_key_is_the_same_quote_and_another_request_under_it_is_refused()
    {
        await using var house = await OpenAsync(db);
        string key = house.NewKey();
        var first = Ok(await house.QuoteAsync(house.Request(2), key));
        Assert.Equal(first.Id, Ok(await house.QuoteAsync(house.Request(2), key)).Id);
        Assert.Equal("idempotency-key-reused", Refused(await house.QuoteAsync(house.Request(3), key)).Code);
        Assert.Equal(2, (await house.ListingAsync()).HeldCards);
    }

    [Fact]
    public async Task The_same_key_sent_twenty_times_at_once_is_one_quote()
    {
        await using var house = await OpenAsync(db);
        string key = house.NewKey();
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.QuoteAsync(house.Request(), key)));
        Assert.Single(all.Select(q => Ok(q).Id).Distinct());
        Assert.Equal(1, (await house.ListingAsync()).HeldCards);
    }

    [Fact]
    public async Task A_preview_decides_and_prices_the_same_and_holds_nothing()
    {
        await using var house = await OpenAsync(db);
        var preview = Ok(await house.As<IQuotes, Outcome<QuoteView>>(house.Customer, q => q.PreviewAsync(house.Request(4), default)));
        Assert.Equal(0, (await house.ListingAsync()).HeldCards);
        Assert.Equal(preview.Total, Ok(await house.QuoteAsync(house.Request(4))).Total);
        Assert.Null(await house.As<IQuotes, QuoteView?>(house.Customer, q => q.FindAsync(preview.Id, default)));
    }

    [Fact]
    public async Task An_expired_quote_is_gone_and_leaves_nothing_half_done()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request(16)));
        house.Time.Advance(TimeSpan.FromMinutes(10));
        var problem = Refused(await house.AcceptAsync(quote.Id));
        Assert.Equal((ProblemKind.Gone, "quote-expired"), (problem.Kind, problem.Code));
        Assert.Equal("/quoteId", Assert.Single(problem.Errors).Pointer);
        Assert.NotEmpty(problem.Errors[0].Fix);
        await AssertNothingBoughtAsync(house);
        var seen = (await house.As<IQuotes, QuoteView?>(house.Customer, q => q.FindAsync(quote.Id, default)))!;
        Assert.Equal(QuoteState.Expired, seen.State);
        await house.TickAsync();
        Assert.Equal(16, (await house.ListingAsync()).FreeCards);
        // The capacity is really back: the next customer gets all of it.
        Ok(await house.QuoteAsync(house.Request(16)));
        Assert.Equal("quote-expired", Refused(await house.AcceptAsync(quote.Id)).Code);
    }

    [Fact]
    public async Task A_quote_can_be_accepted_until_its_last_moment()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request()));
        house.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        await house.TickAsync();
        Ok(await house.AcceptAsync(quote.Id));
    }

    [Fact]
    public async Task A_withdrawn_quote_frees_its_capacity_and_cannot_be_accepted()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request(16)));
        var withdrawn = Ok(await house.As<IQuotes, Outcome<QuoteView>>(house.Customer, q => q.WithdrawAsync(quote.Id, default)));
        Assert.Equal(QuoteState.Withdrawn, withdrawn.State);
        Assert.Equal(16, (await house.ListingAsync()).FreeCards);
        Assert.Equal("quote-withdrawn", Refused(await house.AcceptAsync(quote.Id)).Code);
        var again = Refused(await house.As<IQuotes, Outcome<QuoteView>>(house.Customer, q => q.WithdrawAsync(quote.Id, default)));
        Assert.Equal(ProblemKind.Conflict, again.Kind);
        await AssertNothingBoughtAsync(house);
    }

    [Fact]
    public async Task The_quote_wins_over_a_price_change()
    {
        await using var house = await OpenAsync(db);
        var quote = Ok(await house.QuoteAsync(house.Request(2, hours: 1)));
        house.Time.Advance(TimeSpan.FromMinutes(1));
        Ok(
            await house.As<ISupply, Outcome<ListingView>>(
                house.Center,
                s => s.ChangePriceAsync(house.ListingId, Wholesale * 3, effectiveFrom: null, default)
            )
        );
        var order = Ok(await house.AcceptAsync(quote.Id));
        Assert.Equal(quote.Total, order.Held);
        var contract = await house.ContractAsync(order.Lines[0].ContractId!);
        Assert.Equal(Retail, contract.UnitPricePerCardHour);
        // A new quote pays the new price: the change did happen.
        Assert.Equal(3 * Retail, Assert.Single(Ok(await house.QuoteAsync(house.Request())).Lines).UnitPrice);
    }

    [Fact]
    public async Task A_refusal_says_which_rule_and_what_would_fit()
    {
        await using var house = await OpenAsync(db, cards: 8);
        var problem = Refused(await house.QuoteAsync(house.Request(9)));
        Assert.Equal((ProblemKind.Conflict, "no-placement"), (problem.Kind, problem.Code));
        Assert.NotEmpty(problem.Detail);
        Assert.All(problem.Errors, e => Assert.NotEmpty(e.Fix));
        Assert.Equal(8, (await house.ListingAsync()).FreeCards);
        var region = Refused(await house.QuoteAsync(house.Request() with { Regions = ["mars-1"] }));
        Assert.Equal("/regions", region.Errors[0].Pointer);
        var budget = Refused(await house.QuoteAsync(house.Request(8) with { MaxTotal = 1 }));
        Assert.Equal(("over-budget", "/maxTotal"), (budget.Code, budget.Errors[0].Pointer));
    }

    [Fact]
    public async Task Wrong_fields_are_named_with_their_fix()
    {
        await using var house = await OpenAsync(db);
        var problem = Refused(
            await house.QuoteAsync(house.Request() with { Name = "Not A Name", Image = null, Hours = 0, Replicas = 0, Currency = "DOGE" })
        );
        Assert.Equal(ProblemKind.Invalid, problem.Kind);
        Assert.Equal(
            ["/currency", "/hours", "/image", "/name", "/replicas"],
            problem.Errors.Select(e => e.Pointer).Order(StringComparer.Ordinal)
        );
        Assert.All(problem.Errors, e => Assert.NotEmpty(e.Fix));
        Assert.Equal(
            "/variants/0",
            Assert.Single(Refused(await house.QuoteAsync(house.Request() with { Variants = [null!] })).Errors).Pointer
        );
    }

    [Fact]
    public async Task Fifty_quotes_at_once_on_eight_cards_never_hold_more_than_eight()
    {
        await using var house = await OpenAsync(db, cards: 8);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => house.QuoteAsync(house.Request())));
        Assert.Equal(8, outcomes.Count(o => o.IsOk));
        Assert.All(outcomes.Where(o => !o.IsOk), o => Assert.Equal("no-placement", o.Problem!.Code));
        var listing = await house.ListingAsync();
        Assert.Equal((8, 0), (listing.HeldCards, listing.FreeCards));
        var orders = await Task.WhenAll(outcomes.Where(o => o.IsOk).Select(o => house.AcceptAsync(o.Value.Id)));
        Assert.All(orders, o => Ok(o));
        listing = await house.ListingAsync();
        Assert.Equal((8, 0, 0), (listing.SoldCards, listing.HeldCards, listing.FreeCards));
        var devices = (
            await house.As<ICapacity, IReadOnlyList<ClaimView>>(
                Platform.Parties.Actor.System,
                c => c.ActiveOfClusterAsync(house.ClusterId, default)
            )
        )
            .SelectMany(c => c.Grants)
            .Select(g => (g.NodeId, g.DeviceId))
            .ToList();
        Assert.Equal(8, devices.Distinct().Count());
    }

    [Fact]
    public async Task Quotes_are_listed_by_what_they_are_now()
    {
        await using var house = await OpenAsync(db);
        var old = Ok(await house.QuoteAsync(house.Request()));
        house.Time.Advance(TimeSpan.FromMinutes(10));
        var fresh = Ok(await house.QuoteAsync(house.Request()));
        async Task<IEnumerable<string>> List(QuoteState state) =>
            (
                await house.As<IQuotes, Page<QuoteView>>(house.Customer, q => q.ListAsync(new QuoteQuery { State = state }, default))
            ).Items.Select(q => q.Id);
        Assert.Equal([fresh.Id], await List(QuoteState.Issued));
        Assert.Equal([old.Id], await List(QuoteState.Expired));
    }

    private static async Task AssertNothingBoughtAsync(OrdersHouse house)
    {
        Assert.Equal(0, (await house.WalletAsync()).Held.Micros);
        Assert.Equal(0, (await house.ListingAsync()).SoldCards);
        Assert.Equal(0, await house.CountAsync("orders.\"order\"", "party_id", house.Customer.PartyId));
        Assert.Equal(0, await house.CountAsync("orders.contract", "customer_id", house.Customer.PartyId));
        Assert.Equal(0, await house.CountAsync("provisioning.workload", "customer_id", house.Customer.PartyId));
    }
}

using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>An offer's price plan on its way through quote, contract and bill.</summary>
public sealed class PricePlanTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly PricePlan Plan = new()
    {
        Tiers = [new PriceTier(2, 0.5m)],
        Prepaid = new PrepaidPrice(0.8m, Days: 30, MinUnits: 2),
    };

    [Fact]
    public async Task What_was_quoted_is_billed_and_a_change_of_the_offer_never_touches_what_was_sold()
    {
        await using var house = await OpenAsync(db);
        Ok(await PriceAsync(house, null, Plan));
        var quote = Ok(await house.QuoteAsync(house.Request(replicas: 2, hours: 2)));
        // Two of the four card-hours at half the price.
        Assert.Equal(37.5m, quote.Net.Amount);
        Assert.Equal(Plan with { Prepaid = null }, quote.Lines[0].Plan);
        var contract = await house.ContractAsync(Ok(await house.AcceptAsync(quote.Id)).Lines[0].ContractId!);

        Ok(await PriceAsync(house, 0.4m, PricePlan.Plain));
        Assert.Null(Ok(await house.QuoteAsync(house.Request(replicas: 2, hours: 2))).Lines[0].Plan);
        await house.As<IRating, int>(
            Platform.Parties.Actor.System,
            async r =>
            {
                foreach (int pod in new[] { 1, 2 })
                    await r.RecordAsync(
                        [
                            new UsageReading(
                                "test",
                                $"{contract.Id}/{pod}",
                                contract.Id,
                                $"pod-{pod}",
                                "card-seconds",
                                2 * 3600,
                                house.Now,
                                house.Now.AddHours(2),
                                Final: true
                            ),
                        ],
                        default
                    );
                return 0;
            }
        );
        var billing = (await house.As<IContracts, ContractBillingView?>(house.Customer, c => c.BillingAsync(contract.Id, default)))!;
        Assert.Equal(quote.Total, billing.Quoted.Total);
        Assert.Equal(quote.Total, billing.Billed.Total);
        Assert.True(billing.Proof.Holds);
        Assert.NotNull(await house.As<IContracts, ContractBillingView?>(house.Operator, c => c.BillingAsync(contract.Id, default)));
        Assert.Null(await house.As<IContracts, ContractBillingView?>(house.Center, c => c.BillingAsync(contract.Id, default)));
    }

    [Fact]
    public async Task Card_hours_are_bought_ahead_from_an_offer_that_sells_them()
    {
        await using var house = await OpenAsync(db);
        Task<Outcome<ReservationView>> Buy(decimal hours, string key) =>
            house.As<IReservationDesk, Outcome<ReservationView>>(
                house.Customer,
                d => d.BuyAsync(new BuyReservation(house.OfferId, hours), key, default)
            );
        Assert.Equal("not-prepaid", Refused(await Buy(4, "k")).Code);
        Ok(await PriceAsync(house, null, Plan));
        Assert.Equal("/cardHours", Refused(await Buy(1, "k")).Errors[0].Pointer);
        var bought = Ok(await Buy(4, "k"));
        Assert.Equal((40m, 4m), (bought.Net.Amount, bought.RemainingCardHours));
        Assert.Equal(bought.Id, Ok(await Buy(4, "k")).Id);
    }

    [Fact]
    public async Task An_offer_in_another_currency_is_refused_by_name_and_nothing_is_converted()
    {
        await using var house = await OpenAsync(db);
        var refused = Refused(await house.QuoteAsync(house.Request() with { OfferId = house.OfferId, Currency = "EUR" }));
        Assert.Equal("/currency", refused.Errors[0].Pointer);
        Assert.Contains("priced in CNY", refused.Errors[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 50_000, "/plan/tiers/0/fromUnits")]
    [InlineData(2, 0, "/plan/tiers/0/factor")]
    [InlineData(2, 12_345, "/plan/tiers/0/factor")]
    public async Task A_plan_that_cannot_be_sold_is_refused_at_its_field(int from, int hundredThousandths, string pointer)
    {
        await using var house = await OpenAsync(db);
        var refused = Refused(
            await PriceAsync(house, null, new PricePlan { Tiers = [new PriceTier(from, hundredThousandths / 100_000m)] })
        );
        Assert.Equal(pointer, refused.Errors[0].Pointer);
    }

    private static Task<Outcome<OfferView>> PriceAsync(OrdersHouse house, decimal? markup, PricePlan plan) =>
        house.As<IOffers, Outcome<OfferView>>(house.Operator, o => o.ChangePriceAsync(house.OfferId, markup, plan, default));
}

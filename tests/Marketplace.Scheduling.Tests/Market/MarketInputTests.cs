using Marketplace.Scheduling.Market;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests.Market;

public sealed class MarketInputTests
{
    [Theory]
    [InlineData(0, 0, 1, "orders[1].cards")]
    [InlineData(-1, 0, 1, "orders[1].cards")]
    [InlineData(10_000_001, 0, 1, "orders[1].cards")]
    [InlineData(1, 2, 1, "orders[1].candidates[0].offer")]
    [InlineData(1, -1, 1, "orders[1].candidates[0].offer")]
    [InlineData(1, 0, long.MaxValue, "orders[1].candidates[0].utilityMicros")]
    [InlineData(1, 0, long.MinValue, "orders[1].candidates[0].utilityMicros")]
    public void An_order_that_cannot_be_is_refused_by_field(int cards, int offer, long utility, string field) =>
        Refused(() => new MarketBook([1, 1], [MarketTests.Order(1, (0, 1)), MarketTests.Order(cards, (offer, utility))]), field);

    [Theory]
    [InlineData(-1)]
    [InlineData(InputBounds.MaxCards + 1)]
    public void An_offer_that_cannot_be_is_refused_by_field(int cards) => Refused(() => new MarketBook([1, cards], []), "offerCards[1]");

    [Fact]
    public void An_offer_named_twice_is_refused() =>
        Refused(() => new MarketBook([1], [MarketTests.Order(1, (0, 1), (0, 2))]), "orders[0].candidates[1].offer");

    [Fact]
    public void A_missing_list_is_refused() => Refused(() => new MarketBook([1], [new MarketOrder(1, null!)]), "orders[0].candidates");

    [Fact]
    public void A_batch_that_is_too_large_is_refused_before_it_is_copied()
    {
        Refused(() => new MarketBook(new int[MarketBounds.MaxOffers + 1], []), "offerCards");
        Refused(() => new MarketBook([1], new MarketOrder[MarketBounds.MaxOrders + 1]), "orders");
        var many = new MarketOrder(1, new MarketCandidate[MarketBounds.MaxCandidates + 1]);
        Refused(() => new MarketBook([1], [many]), "orders[].candidates");
    }

    [Fact]
    public void Problems_are_listed_up_to_fifty() =>
        Assert.Equal(50, Assert.Throws<InvalidSupplyException>(() => new MarketBook([.. Enumerable.Repeat(-1, 1000)], [])).Problems.Count);

    [Fact]
    public void A_matching_that_is_none_is_refused()
    {
        var book = new MarketBook([1, 1], [MarketTests.Order(1, (0, 1)), MarketTests.Order(1, (0, 1))]);
        Assert.Throws<ArgumentException>(() => ArrivalMatching.Value(book, [0]));
        Assert.Throws<ArgumentException>(() => ArrivalMatching.Value(book, [0, 0]));
        Assert.Throws<ArgumentException>(() => ArrivalMatching.Value(book, [1, -1]));
        Assert.Throws<ArgumentException>(() => DualBound.Of(book, [1]));
        Assert.Throws<ArgumentException>(() => DualBound.Of(book, [1, -1]));
    }

    private static void Refused(Action build, string field)
    {
        var problem = Assert.Single(Assert.Throws<InvalidSupplyException>(build).Problems);
        Assert.Equal(field, problem.Field);
        Assert.NotEmpty(problem.Fix);
    }
}

using Marketplace.Scheduling.Market;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests.Market;

public sealed class MarketTests
{
    [Fact]
    public void A_batch_does_better_than_arrival_order()
    {
        // The first order is a little better off on offer 0, which is all the second can use.
        var book = new MarketBook([1, 1], [Order(1, (0, 10), (1, 9)), Order(1, (0, 10))]);
        Assert.Equal([0, -1], ArrivalMatching.Match(book));
        var outcome = BatchMarket.Match(book);
        Assert.Equal([1, 0], outcome.OfferOf);
        Assert.Equal(19, outcome.ValueMicros);
        Assert.InRange(outcome.ValueOverBound, 0.85, 1);
    }

    [Fact]
    public void All_cards_of_an_order_come_from_one_offer_or_none_do()
    {
        var outcome = BatchMarket.Match(new MarketBook([2, 2], [Order(3, (0, 900), (1, 900)), Order(2, (0, 10), (1, 20))]));
        Assert.Equal([-1, 1], outcome.OfferOf);
        // Two cards and one: cutting the first order would give 750, which is what the bound allows.
        outcome = BatchMarket.Match(new MarketBook([3], [Order(2, (0, 1000)), Order(2, (0, 500))]));
        Assert.Equal([0, -1], outcome.OfferOf);
        Assert.InRange((double)outcome.BoundMicros, 1250, 1260);
    }

    [Fact]
    public void Ties_go_to_the_earlier_order_and_the_lower_offer()
    {
        Assert.Equal([0, -1, -1], BatchMarket.Match(new MarketBook([1], [Order(1, (0, 5)), Order(1, (0, 5)), Order(1, (0, 5))])).OfferOf);
        Assert.Equal([1], BatchMarket.Match(new MarketBook([0, 1, 1], [Order(1, (2, 5), (1, 5), (0, 5))])).OfferOf);
        Assert.Equal([1], ArrivalMatching.Match(new MarketBook([0, 1, 1], [Order(1, (2, 5), (1, 5), (0, 5))])));
    }

    [Fact]
    public void Nothing_is_matched_that_is_not_worth_its_price()
    {
        var outcome = BatchMarket.Match(new MarketBook([5], [Order(1, (0, 0)), Order(1, (0, -3)), Order(1)]));
        Assert.Equal([-1, -1, -1], outcome.OfferOf);
        Assert.Equal((0, 0, 1), ((int)outcome.ValueMicros, (int)outcome.BoundMicros, outcome.ValueOverBound));
        Assert.Empty(BatchMarket.Match(new MarketBook([], [])).OfferOf);
    }

    [Fact]
    public void The_largest_amounts_do_not_overflow()
    {
        var order = Order(InputBounds.MaxCards, (0, MarketBounds.MaxUtility), (1, MarketBounds.MaxUtility));
        var outcome = BatchMarket.Match(new MarketBook([InputBounds.MaxCards, 1], [order, order, order]));
        Assert.Equal([0, -1, -1], outcome.OfferOf);
        Assert.Equal(MarketBounds.MaxUtility, outcome.ValueMicros);
        Assert.InRange(outcome.ValueOverBound, 0.99, 1);
    }

    [Fact]
    public void A_price_war_ends_and_the_bound_still_holds()
    {
        // Three orders and two cards, all alike: each bid raises a price by ε only.
        var order = Order(1, (0, MarketBounds.MaxUtility), (1, MarketBounds.MaxUtility));
        var outcome = BatchMarket.Match(new MarketBook([1, 1], [order, order, order]), 1e-12);
        Assert.False(outcome.Finished);
        Assert.Equal(MarketBounds.BidsPerEntry * (6 + 3), outcome.Bids);
        Assert.Equal(2 * (Int128)MarketBounds.MaxUtility, outcome.ValueMicros);
        Assert.True(outcome.BoundMicros >= outcome.ValueMicros);
    }

    [Fact]
    public void A_million_candidates_stay_within_the_documented_time_and_memory()
    {
        const int Orders = 50_000,
            Each = 20;
        var random = new Random(3);
        int[] offers = [.. Enumerable.Range(0, Orders).Select(_ => random.Next(0, 3))];
        MarketOrder[] orders =
        [
            .. Enumerable
                .Range(0, Orders)
                .Select(_ => new MarketOrder(
                    1,
                    [
                        .. Enumerable
                            .Range(0, Each)
                            .Select(c => new MarketCandidate(
                                ((random.Next(Orders / Each) * Each) + c) % Orders,
                                random.Next(1, 1_000_000)
                            )),
                    ]
                )),
        ];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var book = new MarketBook(offers, orders);
        var outcome = BatchMarket.Match(book);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200L << 20);
        Assert.True(outcome.Finished);
        Assert.InRange(outcome.Bids, Orders / 2, 40L * Orders);
        Assert.InRange(outcome.ValueOverBound, 0.999, 1);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.6)]
    [InlineData(double.PositiveInfinity)]
    public void A_tolerance_that_cannot_be_is_refused(double tolerance) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchMarket.Match(new MarketBook([1], []), tolerance));

    internal static MarketOrder Order(int cards, params (int Offer, long Utility)[] candidates) =>
        new(cards, [.. candidates.Select(each => new MarketCandidate(each.Offer, each.Utility))]);

    [Fact]
    public void Whole_orders_are_exchanged_only_so_long_where_all_candidates_are_alike()
    {
        // Orders of four and five cards want the same 40 offers of six: the auction splits them, and chains could be tried for ever.
        const int offers = 40;
        MarketOrder[] orders =
        [
            .. Enumerable
                .Range(0, 3 * offers)
                .Select(i => new MarketOrder(
                    4 + (i % 2),
                    [.. Enumerable.Range(0, offers).Select(o => new MarketCandidate(o, 1_000_000 + o))]
                )),
        ];
        var book = new MarketBook([.. Enumerable.Repeat(6, offers)], orders);
        var auction = new CardAuction(book, 0.002);
        auction.Run();
        var whole = new WholeOrders(book, auction);
        whole.Run();
        var most = (long)MarketBounds.LooksPerEntry * (book.Candidates + book.Orders);
        Assert.True(whole.Looks > most, $"Only {whole.Looks} looks: the bound of {most} was not reached.");
        // One order's chain ends after the bound was passed: candidates to the power of its depth, and no more.
        Assert.True(whole.Looks < 2 * most, $"{whole.Looks} looks are far beyond {most}.");
        Assert.Equal(whole.Places.Value, ArrivalMatching.Value(book, whole.Places.OfferOf()));
    }
}

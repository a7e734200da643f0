using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Market;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Market;

public sealed class MarketProperties
{
    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    [Fact]
    public void The_value_is_real_and_the_bound_holds()
    {
        var best = 0;
        Properties.Check(
            Numbers,
            number =>
            {
                var batch = new MarketBatch(number);
                var outcome = BatchMarket.Match(batch.Book);
                var optimum = batch.Best();
                best += outcome.ValueMicros == optimum ? 1 : 0;
                // Counting again refuses a full offer and an offer that is no candidate.
                return ArrivalMatching.Value(batch.Book, outcome.OfferOf) == outcome.ValueMicros
                    && outcome.ValueMicros <= optimum
                    && optimum <= outcome.BoundMicros
                    && outcome.Finished;
            },
            500
        );
        Assert.True(best > 450, $"Only {best} of 500 are the best matching.");
    }

    [Fact]
    public void With_one_card_each_the_gap_is_at_most_epsilon_per_order_served() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var batch = new MarketBatch(number, oneCard: true);
                var epsilon = new CardAuction(batch.Book, 0.001).Epsilon;
                var outcome = BatchMarket.Match(batch.Book, 0.001);
                return outcome.BoundMicros - outcome.ValueMicros <= (Int128)epsilon * outcome.OfferOf.Count(offer => offer >= 0)
                    && outcome.ValueMicros >= batch.Best() - ((Int128)epsilon * batch.Book.Orders);
            },
            500
        );

    [Fact]
    public void With_one_card_each_prices_and_matching_fit_together() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var batch = new MarketBatch(number, oneCard: true);
                var auction = new CardAuction(batch.Book, 0.001);
                auction.Run();
                var offerOf = auction.WholeOffers();
                return Enumerable.Range(0, batch.Orders.Length).All(i => IsContent(batch, auction, i, offerOf[i]))
                    && Enumerable
                        .Range(0, batch.Offers.Length)
                        .All(o => auction.Prices[o] == 0 || offerOf.Count(offer => offer == o) == batch.Offers[o]);
            },
            500
        );

    [Fact]
    public void Any_prices_give_a_bound() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var batch = new MarketBatch(number);
                var random = new Random(number);
                long[] prices = [.. batch.Offers.Select(_ => random.NextInt64(10_000_000))];
                return batch.Best() <= DualBound.Of(batch.Book, prices);
            },
            200
        );

    [Fact]
    public void The_same_batch_is_matched_the_same_way() =>
        Properties.Check(
            Numbers,
            number =>
                BatchMarket
                    .Match(new MarketBatch(number).Book)
                    .OfferOf.SequenceEqual(BatchMarket.Match(new MarketBatch(number).Book).OfferOf),
            50
        );

    /// <summary>Within ε of the best there is at these prices; who has nothing finds nothing worth its price.</summary>
    private static bool IsContent(MarketBatch batch, CardAuction auction, int order, int offer)
    {
        long best = 0,
            mine = 0;
        foreach (var (candidate, utility) in batch.Orders[order].Candidates.Where(each => batch.Offers[each.Offer] > 0))
        {
            best = Math.Max(best, utility - auction.Prices[candidate]);
            mine = candidate == offer ? utility - auction.Prices[candidate] : mine;
        }

        return mine >= best - (offer < 0 ? 0 : auction.Epsilon);
    }
}

using Marketplace.Scheduling.Market;

namespace Marketplace.Scheduling.Tests.Market;

/// <summary>A small random batch, and its best matching found by trying all.</summary>
internal sealed class MarketBatch
{
    public MarketBatch(int number, bool oneCard = false)
    {
        var random = new Random(number);
        Offers = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(0, 5))];
        // Few different utilities in half of the batches, so that ties are common.
        var most = random.Next(2) == 0 ? 4 : 10_000_000;
        Orders =
        [
            .. Enumerable
                .Range(0, random.Next(0, 8))
                .Select(_ => new MarketOrder(
                    oneCard ? 1 : random.Next(1, 5),
                    [
                        .. Enumerable
                            .Range(0, Offers.Length)
                            .Where(_ => random.Next(4) > 0)
                            .Select(offer => new MarketCandidate(offer, random.Next(-most / 4, most + 1))),
                    ]
                )),
        ];
        Book = new MarketBook(Offers, Orders);
    }

    public int[] Offers { get; }
    public MarketOrder[] Orders { get; }
    public MarketBook Book { get; }

    public Int128 Best() => Best(0, [.. Offers]);

    private Int128 Best(int order, int[] free)
    {
        if (order == Orders.Length)
        {
            return 0;
        }

        var best = Best(order + 1, free);
        foreach (var (offer, utility) in Orders[order].Candidates)
        {
            if (utility > 0 && free[offer] >= Orders[order].Cards)
            {
                free[offer] -= Orders[order].Cards;
                best = Int128.Max(best, utility + Best(order + 1, free));
                free[offer] += Orders[order].Cards;
            }
        }

        return best;
    }
}

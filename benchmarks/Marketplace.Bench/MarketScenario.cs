using Marketplace.Scheduling.Market;

namespace Marketplace.Bench;

/// <summary>A made-up batch, drawn from a seed.</summary>
/// <param name="Name">The case.</param>
/// <param name="Orders">How many orders, and as many offers.</param>
/// <param name="Each">Candidates per order.</param>
/// <param name="OneCard">Every order wants one card; otherwise 1, 2, 4 or 8.</param>
/// <param name="Aim">What value over bound is held against.</param>
internal sealed record MarketScenario(string Name, int Orders, int Each, bool OneCard, string? Aim)
{
    public static readonly IReadOnlyList<MarketScenario> All =
    [
        new("one-card", 10_000, 20, OneCard: true, "≥ 0.999"),
        new("gangs", 10_000, 20, OneCard: false, null),
        new("million-candidates", 50_000, 20, OneCard: false, null),
    ];

    public int Candidates => Orders * Each;

    /// <summary>
    /// An offer asks a price per card around that of its kind and an order values a card by its kind of work, so orders agree in part on what
    /// is good; its candidates are drawn at random, the better offers more often.
    /// </summary>
    public (int[] Offers, MarketOrder[] Orders) Draw(int seed)
    {
        var random = new Random(seed);
        var offers = new int[Orders];
        var quality = new double[Orders];
        for (var o = 0; o < Orders; o++)
        {
            // 8,000 cards for 10,000 orders; or 20,000 for the 25,000 that gangs ask for.
            offers[o] = OneCard ? (random.NextDouble() < 0.8 ? 1 : 0) : Pick(random, 0.62, 0.21, 0.11, 0.06);
            quality[o] = random.NextDouble();
        }
        var orders = new MarketOrder[Orders];
        for (var i = 0; i < Orders; i++)
        {
            int cards = OneCard ? 1 : Pick(random, 0.5, 0.2, 0.2, 0.1);
            double worth = 1 + (2 * random.NextDouble());
            var chosen = new Dictionary<int, long>();
            while (chosen.Count < Each)
            {
                int offer = random.Next(Orders);
                if ((!OneCard && offers[offer] < cards) || random.NextDouble() > 0.25 + (0.75 * quality[offer]))
                    continue;
                double perCard = worth * (0.4 + (0.4 * quality[offer]) + (0.6 * random.NextDouble()));
                chosen[offer] = (long)(1_000_000 * perCard * cards);
            }
            orders[i] = new MarketOrder(cards, [.. chosen.Select(each => new MarketCandidate(each.Key, each.Value))]);
        }
        return (offers, orders);
    }

    private static int Pick(Random random, double one, double two, double four, double eight)
    {
        double at = random.NextDouble() * (one + two + four + eight);
        return at < one ? 1
            : at < one + two ? 2
            : at < one + two + four ? 4
            : 8;
    }
}

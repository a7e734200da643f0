namespace Marketplace.Scheduling.Market;

/// <summary>
/// From a relaxed matching to one of whole orders. Orders whose cards the auction split start without a place; each order that is not where
/// the auction's prices want it then tries to get there, if need be by putting out orders that lose less.
/// </summary>
/// <remarks>
/// Ejection chains (Glover, "Ejection chains, reference structures and alternating path methods", 1996): who is put out enters elsewhere by
/// the same rule, <see cref="Depth"/> times in a row. A chain is kept only when the total grows, so the search ends; at most
/// <see cref="MostPasses"/> passes. Which orders go: those that lose least per card, then the ones that turn out not to be needed stay (a
/// reprieve in reverse). Offers with more than <see cref="MostHolders"/> orders are entered only where cards are free: a split order is a
/// small part of such an offer anyway. A chain only uses candidates whose margin is within <see cref="Reach"/> ε of the order's best: in a
/// matching near the bound no others are used, because every micro-unit below the best margin is one below the bound. Where many candidates are
/// equally good a chain looks at powers of them, so the search stops after <see cref="MarketBounds.LooksPerEntry"/>; the matching it has
/// stands.
/// </remarks>
internal sealed class WholeOrders
{
    private const int Depth = 3;
    private const int Reach = 100;
    private const int MostPasses = 6;
    private const int MostHolders = 32;

    private readonly MarketBook book;
    private readonly long[] prices;
    private readonly long unhappy;
    private readonly List<Leaver>[] leavers = [.. Enumerable.Range(0, Depth + 1).Select(_ => new List<Leaver>())];
    private readonly List<(int Order, int Arc)> log = [];
    private readonly bool[] near;

    public WholeOrders(MarketBook book, CardAuction auction)
    {
        this.book = book;
        prices = auction.Prices;
        unhappy = 2 * auction.Epsilon;
        Places = new Placements(book);
        near = Near(auction.Epsilon * Reach);
        var offerOf = auction.WholeOffers();
        for (var i = 0; i < book.Orders; i++)
        {
            if (offerOf[i] >= 0)
            {
                Places.Put(i, Array.IndexOf(book.Offer, offerOf[i], book.Start[i], book.Start[i + 1] - book.Start[i]));
            }
        }
    }

    public Placements Places { get; }

    /// <summary>Candidates looked at: the work done, whatever the machine.</summary>
    public long Looks { get; private set; }

    public void Run()
    {
        var most = (long)MarketBounds.LooksPerEntry * (book.Candidates + book.Orders);
        for (var pass = 0; pass < MostPasses; pass++)
        {
            var value = Places.Value;
            foreach (var order in Unhappy())
            {
                if (Looks > most)
                {
                    return;
                }

                Improve(order);
            }

            if (Places.Value == value)
            {
                return;
            }
        }
    }

    /// <summary>Orders that the prices want elsewhere, or that have no place, the one that gains most first, then by arrival.</summary>
    private List<int> Unhappy() =>
        [
            .. Enumerable
                .Range(0, book.Orders)
                .Select(order => (Order: order, Gain: Gain(order)))
                .Where(each =>
                    Places.ArcOf(each.Order) < 0 ? each.Gain > Int128.MinValue : each.Gain > (Int128)unhappy * book.Cards[each.Order]
                )
                .OrderByDescending(each => each.Gain)
                .ThenBy(each => each.Order)
                .Select(each => each.Order),
        ];

    /// <summary>What an order's best margin at the prices is above the one it has.</summary>
    private Int128 Gain(int order)
    {
        var best = Int128.MinValue;
        for (var a = book.Start[order]; a < book.Start[order + 1]; a++)
        {
            best = Int128.Max(best, Margin(order, a));
        }

        return Places.ArcOf(order) is >= 0 and var arc ? best - Margin(order, arc) : best;
    }

    /// <summary>Candidates within reach of their order's best margin per card: a good matching uses no others but free ones.</summary>
    private bool[] Near(long reach)
    {
        var within = new bool[book.Candidates];
        for (var i = 0; i < book.Orders; i++)
        {
            Int128 best = 0;
            for (var a = book.Start[i]; a < book.Start[i + 1]; a++)
            {
                best = Int128.Max(best, Margin(i, a));
            }

            for (var a = book.Start[i]; a < book.Start[i + 1]; a++)
            {
                within[a] = best - Margin(i, a) <= (Int128)reach * book.Cards[i];
            }
        }

        return within;
    }

    private Int128 Margin(int order, int arc) => book.Utility[arc] - ((Int128)book.Cards[order] * prices[book.Offer[arc]]);

    private void Improve(int order)
    {
        log.Clear();
        var value = Places.Value;
        if (Places.ArcOf(order) >= 0)
        {
            Out(order);
        }

        Enter(order, -1, Depth);
        if (Places.Value > value)
        {
            return;
        }

        for (var each = log.Count - 1; each >= 0; each--)
        {
            var (moved, arc) = log[each];
            if (Places.ArcOf(moved) >= 0)
            {
                Places.Take(moved);
            }

            if (arc >= 0)
            {
                Places.Put(moved, arc);
            }
        }
    }

    /// <summary>Takes the place that is best after what others lose, and lets them look for another.</summary>
    private void Enter(int order, int except, int depth)
    {
        var (arc, _) = Best(order, except, depth);
        if (arc < 0)
        {
            return;
        }

        Loss(order, arc, depth);
        int[] going = [.. leavers[depth].OrderByDescending(each => each.Cards).Select(each => each.Order)];
        foreach (var leaver in going)
        {
            Out(leaver);
        }

        log.Add((order, -1));
        Places.Put(order, arc);
        foreach (var leaver in going)
        {
            Enter(leaver, book.Offer[arc], depth - 1);
        }
    }

    /// <summary>The candidate with the largest gain after what others lose, and that gain; −1 and 0 when none gains.</summary>
    private (int Arc, long Gain) Best(int order, int except, int depth)
    {
        var arc = Places.BestFree(order, except);
        var gain = arc < 0 ? 0 : book.Utility[arc];
        Looks += book.Start[order + 1] - book.Start[order];
        if (depth == 0)
        {
            return (arc, gain);
        }

        for (var a = book.Start[order]; a < book.Start[order + 1]; a++)
        {
            // Nothing is gained by putting others out where less is left than is had already.
            if (
                near[a]
                && book.Utility[a] > gain
                && book.Offer[a] != except
                && Loss(order, a, depth) is { } loss
                && book.Utility[a] - loss > gain
            )
            {
                (arc, gain) = (a, book.Utility[a] - loss);
            }
        }

        return (arc, gain);
    }

    /// <summary>What others lose when the order enters there, leaving the ones who go in the list of this depth; null when they cannot go.</summary>
    private long? Loss(int order, int arc, int depth)
    {
        var offer = book.Offer[arc];
        var going = leavers[depth];
        going.Clear();
        var lacking = book.Cards[order] - Places.Free[offer];
        var holders = Places.HoldersOf(offer);
        if (lacking <= 0)
        {
            return 0;
        }

        if (holders.Count > MostHolders)
        {
            return null;
        }

        foreach (var holder in holders)
        {
            going.Add(new Leaver(holder, book.Cards[holder], Places.UtilityOf(holder) - Best(holder, offer, depth - 1).Gain));
        }

        going.Sort();
        var go = 0;
        for (; lacking > 0 && go < going.Count; go++)
        {
            lacking -= going[go].Cards;
        }

        going.RemoveRange(go, going.Count - go);
        for (var each = go - 1; each >= 0; each--)
        {
            if (lacking + going[each].Cards <= 0)
            {
                lacking += going[each].Cards;
                going.RemoveAt(each);
            }
        }

        long loss = 0;
        foreach (var each in going)
        {
            loss += each.Loss;
        }

        return loss;
    }

    private void Out(int order)
    {
        log.Add((order, Places.ArcOf(order)));
        Places.Take(order);
    }

    /// <summary>An order that would have to go: least loss per card first, then the later arrival.</summary>
    private readonly record struct Leaver(int Order, int Cards, long Loss) : IComparable<Leaver>
    {
        public int CompareTo(Leaver other)
        {
            var perCard = ((Int128)Loss * other.Cards).CompareTo((Int128)other.Loss * Cards);
            return perCard != 0 ? perCard : other.Order.CompareTo(Order);
        }
    }
}

namespace Marketplace.Scheduling.Market;

/// <summary>
/// Bertsekas' auction for the relaxation in which an order's cards may come from several offers: the transportation problem.
/// </summary>
/// <remarks>
/// An order with cards to find bids for the offer with its largest margin v − p per card, raising the price by the margin's lead over its
/// second best (or over going without) plus ε: Bertsekas, "The auction algorithm", Annals of Operations Research 14 (1988); several cards
/// of an offer as in Bertsekas and Castañón, "The auction algorithm for the transportation problem", 20 (1989). The price of an offer is
/// its lowest bid, and 0 while cards are free. Prices only rise, so whoever holds cards stays within ε of his best choice, and
/// dual − primal ≤ ε · cards held. Every price starts at 0: an offer nobody wants must end at 0 for the bound to be tight, and prices kept
/// from a run with a larger ε would not. Orders take turns in the order of arrival, then in the order they lost cards.
/// </remarks>
internal sealed class CardAuction
{
    private readonly MarketBook book;
    private readonly long[] value;
    private readonly BidHeap[] heaps;
    private readonly int[] free;
    private readonly int[] missing;
    private readonly Queue<int> turns = new();
    private readonly bool[] waiting;

    public CardAuction(MarketBook book, double tolerance)
    {
        this.book = book;
        Prices = new long[book.Offers];
        heaps = new BidHeap[book.Offers];
        free = [.. book.Capacity];
        missing = [.. book.Cards];
        waiting = new bool[book.Orders];
        value = new long[book.Candidates];
        double best = 0,
            cards = 0;
        for (var i = 0; i < book.Orders; i++)
        {
            long most = 0;
            for (var a = book.Start[i]; a < book.Start[i + 1]; a++)
            {
                value[a] = book.Utility[a] / book.Cards[i];
                most = Math.Max(most, value[a]);
            }

            if (most > 0)
            {
                best += (double)most * book.Cards[i];
                cards += book.Cards[i];
                Wait(i);
            }
        }

        Epsilon = Math.Max(1, (long)(tolerance * best / Math.Max(1, cards)));
    }

    /// <summary>Least rise of a price, in micro-units per card: the tolerance times the mean of what a card is worth at best.</summary>
    public long Epsilon { get; }

    public long[] Prices { get; }

    public long Bids { get; private set; }

    public bool Finished => turns.Count == 0;

    public void Run()
    {
        var most = (long)MarketBounds.BidsPerEntry * (book.Candidates + book.Orders);
        while (Bids < most && turns.TryDequeue(out var order))
        {
            waiting[order] = false;
            Offer(order);
        }
    }

    /// <summary>The offer of each order that holds all its cards in one place; −1 for the others.</summary>
    public int[] WholeOffers()
    {
        var offerOf = new int[book.Orders];
        Array.Fill(offerOf, -1);
        var held = new Dictionary<int, int>();
        for (var o = 0; o < book.Offers; o++)
        {
            held.Clear();
            foreach (var bid in heaps[o].All)
            {
                held[bid.Order] = held.GetValueOrDefault(bid.Order) + bid.Cards;
            }

            foreach (var (order, cards) in held)
            {
                offerOf[order] = cards == book.Cards[order] ? o : offerOf[order];
            }
        }

        return offerOf;
    }

    /// <summary>One turn of an order: it bids, or leaves when nothing is worth its price.</summary>
    private void Offer(int order)
    {
        long best = 0,
            second = 0;
        var at = -1;
        for (var a = book.Start[order]; a < book.Start[order + 1]; a++)
        {
            var margin = value[a] - Prices[book.Offer[a]];
            if (margin > best)
            {
                (second, best, at) = (best, margin, a);
            }
            else if (margin > second)
            {
                second = margin;
            }
        }

        if (at < 0)
        {
            return;
        }

        Bids++;
        var offer = book.Offer[at];
        Grant(order, offer, Prices[offer] + best - second + Epsilon);
        if (missing[order] > 0)
        {
            Wait(order);
        }
    }

    /// <summary>Free cards first, then those of the lowest bids below this one, as many as are needed.</summary>
    private void Grant(int order, int offer, long perCard)
    {
        ref var heap = ref heaps[offer];
        var cards = Math.Min(free[offer], missing[order]);
        free[offer] -= cards;
        missing[order] -= cards;
        while (missing[order] > 0 && heap.Count > 0 && heap.Lowest.PerCard < perCard)
        {
            var lowest = heap.Pop();
            if (lowest.Order == order)
            {
                // Its own cards: it cannot outbid itself, but it holds all of them at the new price.
                cards += lowest.Cards;
                continue;
            }

            var taken = Math.Min(missing[order], lowest.Cards);
            missing[order] -= taken;
            cards += taken;
            missing[lowest.Order] += taken;
            Wait(lowest.Order);
            if (taken < lowest.Cards)
            {
                heap.Push(lowest with { Cards = lowest.Cards - taken });
            }
        }

        heap.Push(new Bid(perCard, order, cards));
        Prices[offer] = free[offer] > 0 ? 0 : heap.Lowest.PerCard;
    }

    private void Wait(int order)
    {
        if (!waiting[order])
        {
            waiting[order] = true;
            turns.Enqueue(order);
        }
    }
}

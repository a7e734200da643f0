namespace Marketplace.Scheduling.Market;

/// <summary>The bids that hold an offer's cards, the lowest on top; of equal ones that of the latest order, which yields first.</summary>
internal struct BidHeap
{
    private Bid[]? bids;

    public int Count { get; private set; }

    public readonly Bid Lowest => bids![0];

    public readonly ReadOnlySpan<Bid> All => bids.AsSpan(0, Count);

    public void Push(Bid bid)
    {
        bids ??= new Bid[1];
        if (Count == bids.Length)
        {
            Array.Resize(ref bids, 2 * Count);
        }

        var at = Count++;
        while (at > 0 && bid.Before(bids[(at - 1) / 2]))
        {
            bids[at] = bids[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        bids[at] = bid;
    }

    public Bid Pop()
    {
        var top = bids![0];
        var last = bids[--Count];
        var at = 0;
        for (var child = 1; child < Count; child = (2 * at) + 1)
        {
            child += child + 1 < Count && bids[child + 1].Before(bids[child]) ? 1 : 0;
            if (!bids[child].Before(last))
            {
                break;
            }

            bids[at] = bids[child];
            at = child;
        }

        bids[at] = last;
        return top;
    }
}

/// <summary>So many cards of an offer, held by an order at a price per card.</summary>
internal readonly record struct Bid(long PerCard, int Order, int Cards)
{
    public bool Before(in Bid other) => PerCard < other.PerCard || (PerCard == other.PerCard && Order > other.Order);
}

namespace Marketplace.Scheduling.Market;

/// <summary>Whole orders on offers: what is free, who holds what, what it is worth.</summary>
internal sealed class Placements
{
    private readonly MarketBook book;
    private readonly int[] arcOf;
    private readonly List<int>?[] holders;

    public Placements(MarketBook book)
    {
        this.book = book;
        Free = [.. book.Capacity];
        arcOf = new int[book.Orders];
        Array.Fill(arcOf, -1);
        holders = new List<int>?[book.Offers];
    }

    public int[] Free { get; }

    public Int128 Value { get; private set; }

    /// <summary>The candidate an order sits on, or −1.</summary>
    public int ArcOf(int order) => arcOf[order];

    /// <summary>What an order is worth where it is; 0 when it is nowhere.</summary>
    public long UtilityOf(int order) => arcOf[order] < 0 ? 0 : book.Utility[arcOf[order]];

    public IReadOnlyList<int> HoldersOf(int offer) => holders[offer] ?? (IReadOnlyList<int>)[];

    /// <summary>An order's best candidate with enough free cards, or −1.</summary>
    public int BestFree(int order, int except = -1)
    {
        var best = -1;
        for (var a = book.Start[order]; a < book.Start[order + 1]; a++)
        {
            if (Free[book.Offer[a]] >= book.Cards[order] && book.Offer[a] != except && (best < 0 || book.Utility[a] > book.Utility[best]))
            {
                best = a;
            }
        }

        return best;
    }

    public void Put(int order, int arc)
    {
        arcOf[order] = arc;
        Free[book.Offer[arc]] -= book.Cards[order];
        Value += book.Utility[arc];
        (holders[book.Offer[arc]] ??= []).Add(order);
    }

    public void Take(int order)
    {
        var arc = arcOf[order];
        arcOf[order] = -1;
        Free[book.Offer[arc]] += book.Cards[order];
        Value -= book.Utility[arc];
        holders[book.Offer[arc]]!.Remove(order);
    }

    public int[] OfferOf() => [.. arcOf.Select(arc => arc < 0 ? -1 : book.Offer[arc])];
}

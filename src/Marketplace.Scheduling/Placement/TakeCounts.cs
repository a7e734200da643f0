using Marketplace.Scheduling.Filters;

namespace Marketplace.Scheduling.Placement;

/// <summary>Offers and cards left after each look at what a role takes of an offer; an offer counts once for all variants.</summary>
internal sealed class TakeCounts(OfferIndex index)
{
    private readonly Bitset withDevices = new(index.All.Length);
    private readonly Bitset aboveMinimum = new(index.All.Length);
    private readonly Bitset forSale = new(index.All.Length);
    private long milliWithDevices;
    private long milliAboveMinimum;
    private long milliForSale;

    public int WithDevices { get; private set; }
    public int AboveMinimum { get; private set; }
    public int Available { get; private set; }
    public long CardsWithDevices => milliWithDevices / 1000;
    public long CardsAboveMinimum => milliAboveMinimum / 1000;
    public long CardsAvailable => milliForSale / 1000;

    public bool WasForSale(int offer) => forSale[offer];

    public void Add(int offer, bool reachesMinimum, bool isForSale)
    {
        var milli = index.AvailableMilli[offer];
        if (!withDevices[offer])
        {
            withDevices.Add(offer);
            WithDevices++;
            milliWithDevices += milli;
        }

        if (reachesMinimum && !aboveMinimum[offer])
        {
            aboveMinimum.Add(offer);
            AboveMinimum++;
            milliAboveMinimum += milli;
        }

        if (isForSale && !forSale[offer])
        {
            forSale.Add(offer);
            Available++;
            milliForSale += milli;
        }
    }
}

using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Filters;

/// <summary>
/// The order in which offers stand in the columns: model, precedence, region, verification, price. Offers that answer the same request then
/// stand together, so a block of 64 is mostly all or nothing for a filter and its best possible score says much. The order decides
/// nothing: ties still go to the offer that was listed first.
/// </summary>
internal static class OfferOrder
{
    private const int PlaceBits = 10;

    /// <summary>Positions of the offers as listed, in the order of the columns.</summary>
    /// <param name="models">Interned model of each offer, −1 for processors; 20 bits hold one more, as <see cref="InputBounds.MaxOffers"/> ensures.</param>
    /// <param name="places">Interned place of each offer.</param>
    public static int[] Of(IReadOnlyList<Offer> offers, int[] models, int[] places)
    {
        var keys = new ulong[offers.Count];
        var listed = new int[offers.Count];
        for (var o = 0; o < keys.Length; o++)
        {
            listed[o] = o;
            var key = (ulong)(models[o] + 1);
            key = (key << 8) | (uint)offers[o].Precedence;
            key = (key << PlaceBits) | (uint)Math.Min(places[o], (1 << PlaceBits) - 1);
            key = (key << 2) | (uint)offers[o].VerificationLevel;
            // The bits of a positive float sort like its value; the upper 24 tell prices apart well enough.
            keys[o] = (key << 24) | (BitConverter.SingleToUInt32Bits(offers[o].PricePerCardHour) >> 8);
        }

        Array.Sort(keys, listed);
        return listed;
    }
}

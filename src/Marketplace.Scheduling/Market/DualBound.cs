namespace Marketplace.Scheduling.Market;

/// <summary>
/// The largest total any matching could have, from prices: weak duality of linear programming.
/// </summary>
/// <remarks>
/// For any prices p ≥ 0 per card, bound(p) = Σ over orders of max(0, max over their offers of u − q · p) + Σ over offers of cards · p. Proof: a
/// matching pays Σ q · p ≤ Σ cards · p for what it takes, and each order it serves keeps at most its max. For orders of one card the least
/// bound is the best matching's value (the assignment polytope is integral). With orders of several cards, which are all or nothing, it is
/// the value of the relaxation that may cut orders, so a gap may remain that no matching closes. Integers of 128 bits: no rounding.
/// </remarks>
public static class DualBound
{
    /// <summary>The bound in micro-units.</summary>
    /// <param name="book">The batch.</param>
    /// <param name="priceMicros">A price per card of each offer, 0 or more.</param>
    /// <exception cref="ArgumentException">There is not one price per offer, or one is negative.</exception>
    public static Int128 Of(MarketBook book, IReadOnlyList<long> priceMicros)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentNullException.ThrowIfNull(priceMicros);
        if (priceMicros.Count != book.Offers || priceMicros.Any(price => price < 0))
        {
            throw new ArgumentException($"Give {book.Offers} prices of 0 or more, one per offer.", nameof(priceMicros));
        }

        Int128 bound = 0;
        for (var o = 0; o < book.Offers; o++)
        {
            bound += (Int128)book.Capacity[o] * priceMicros[o];
        }

        for (var i = 0; i < book.Orders; i++)
        {
            Int128 most = 0;
            for (var a = book.Start[i]; a < book.Start[i + 1]; a++)
            {
                most = Int128.Max(most, book.Utility[a] - ((Int128)book.Cards[i] * priceMicros[book.Offer[a]]));
            }

            bound += most;
        }

        return bound;
    }
}

namespace Marketplace.Scheduling.Market;

/// <summary>What a market does without batches: each order takes the best offer that still has its cards. With plenty of supply this is enough.</summary>
public static class ArrivalMatching
{
    /// <summary>The offer of each order in the order of arrival, or −1; of equally good offers the lowest.</summary>
    public static IReadOnlyList<int> Match(MarketBook book)
    {
        ArgumentNullException.ThrowIfNull(book);
        var places = new Placements(book);
        for (var i = 0; i < book.Orders; i++)
        {
            if (places.BestFree(i) is >= 0 and var arc)
            {
                places.Put(i, arc);
            }
        }

        return places.OfferOf();
    }

    /// <summary>Total utility of a matching, in micro-units.</summary>
    /// <exception cref="ArgumentException">It is no matching of this batch: the message says where.</exception>
    public static Int128 Value(MarketBook book, IReadOnlyList<int> offerOf)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentNullException.ThrowIfNull(offerOf);
        if (offerOf.Count != book.Orders)
        {
            throw new ArgumentException($"Give {book.Orders} offers, one per order, −1 for none.", nameof(offerOf));
        }

        var places = new Placements(book);
        for (var i = 0; i < book.Orders; i++)
        {
            if (offerOf[i] < 0)
            {
                continue;
            }

            var arc = Array.IndexOf(book.Offer, offerOf[i], book.Start[i], book.Start[i + 1] - book.Start[i]);
            if (arc < 0 || places.Free[offerOf[i]] < book.Cards[i])
            {
                throw new ArgumentException(
                    $"orders[{i}] cannot have offer {offerOf[i]}: it is no candidate, or it is full.",
                    nameof(offerOf)
                );
            }

            places.Put(i, arc);
        }

        return places.Value;
    }
}

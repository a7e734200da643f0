using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Market;

/// <summary>A checked batch of orders and the offers they compete for, in columns. It never changes.</summary>
public sealed class MarketBook
{
    /// <param name="offerCards">Free cards of each offer; 0 for one that is sold out.</param>
    /// <param name="orders">The orders, in the order of arrival: ties go to the earlier one, then to the lower offer.</param>
    /// <exception cref="InvalidSupplyException">Something cannot be true; the problems name the fields, the first 50 of them.</exception>
    public MarketBook(IReadOnlyList<int> offerCards, IReadOnlyList<MarketOrder> orders)
    {
        ArgumentNullException.ThrowIfNull(offerCards);
        ArgumentNullException.ThrowIfNull(orders);
        MarketValidation.Check(offerCards, orders);
        Capacity = [.. offerCards];
        Orders = orders.Count;
        Cards = new int[Orders];
        Start = new int[Orders + 1];
        var candidates = new List<MarketCandidate>(orders.Sum(order => order.Candidates.Count));
        var row = new List<MarketCandidate>();
        for (var i = 0; i < Orders; i++)
        {
            Cards[i] = orders[i].Cards;
            row.Clear();
            foreach (var candidate in orders[i].Candidates)
            {
                if (candidate.UtilityMicros > 0 && Capacity[candidate.Offer] >= Cards[i])
                {
                    row.Add(candidate);
                }
            }

            // By offer, so that the first of several equal ones is the lowest offer.
            row.Sort((a, b) => a.Offer.CompareTo(b.Offer));
            candidates.AddRange(row);
            Start[i + 1] = candidates.Count;
        }

        Offer = new int[candidates.Count];
        Utility = new long[candidates.Count];
        for (var a = 0; a < candidates.Count; a++)
        {
            (Offer[a], Utility[a]) = (candidates[a].Offer, candidates[a].UtilityMicros);
        }
    }

    /// <summary>How many orders.</summary>
    public int Orders { get; }

    /// <summary>How many offers.</summary>
    public int Offers => Capacity.Length;

    /// <summary>How many candidates an order could really get: with a positive utility, on an offer with enough cards.</summary>
    public int Candidates => Offer.Length;

    /// <summary>Cards of each offer.</summary>
    internal int[] Capacity { get; }

    /// <summary>Cards of each order.</summary>
    internal int[] Cards { get; }

    /// <summary>Where an order's candidates begin; the next one's beginning is their end.</summary>
    internal int[] Start { get; }

    /// <summary>Offer of each candidate.</summary>
    internal int[] Offer { get; }

    /// <summary>Utility of each candidate, for all cards of its order.</summary>
    internal long[] Utility { get; }
}

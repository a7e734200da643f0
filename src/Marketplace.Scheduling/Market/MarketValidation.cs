using System.Globalization;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Market;

/// <summary>Refuses a batch that cannot be true, before any of it is copied.</summary>
internal static class MarketValidation
{
    private const int MostProblems = 50;

    public static void Check(IReadOnlyList<int> offerCards, IReadOnlyList<MarketOrder> orders)
    {
        var problems = new ProblemList(MostProblems);
        AtMost(problems, "offerCards", offerCards.Count, MarketBounds.MaxOffers, "offers");
        AtMost(problems, "orders", orders.Count, MarketBounds.MaxOrders, "orders");
        if (problems.Problems.Count == 0)
        {
            Offers(problems, offerCards);
            Orders(problems, orders, offerCards.Count);
        }

        if (problems.Problems.Count > 0)
        {
            throw new InvalidSupplyException(problems.Problems);
        }
    }

    private static void Offers(ProblemList problems, IReadOnlyList<int> offerCards)
    {
        for (var o = 0; o < offerCards.Count && !problems.Full; o++)
        {
            if (offerCards[o] is < 0 or > InputBounds.MaxCards)
            {
                problems.Between(Path($"offerCards[{o}]"), offerCards[o], 0, InputBounds.MaxCards);
            }
        }
    }

    private static void Orders(ProblemList problems, IReadOnlyList<MarketOrder> orders, int offers)
    {
        // Which order named an offer last: a duplicate is seen without a set per order.
        var named = new int[offers];
        long candidates = 0;
        for (var i = 0; i < orders.Count && !problems.Full; i++)
        {
            if (orders[i]?.Candidates is not { } list)
            {
                problems.Add("missing", Path($"orders[{i}].candidates"), "There is no list.", "Give a list; an empty one is possible.");
                continue;
            }

            candidates += list.Count;
            if (candidates > MarketBounds.MaxCandidates)
            {
                AtMost(problems, "orders[].candidates", candidates, MarketBounds.MaxCandidates, "candidates");
                return;
            }

            if (orders[i].Cards is < 1 or > InputBounds.MaxCards)
            {
                problems.Between(Path($"orders[{i}].cards"), orders[i].Cards, 1, InputBounds.MaxCards);
            }

            for (var c = 0; c < list.Count && !problems.Full; c++)
            {
                Candidate(problems, list[c], named, i, c);
            }
        }
    }

    private static void Candidate(ProblemList problems, in MarketCandidate candidate, int[] named, int order, int at)
    {
        if (candidate.Offer < 0 || candidate.Offer >= named.Length)
        {
            problems.Add(
                "unknown-id",
                Path($"orders[{order}].candidates[{at}].offer"),
                Path($"There is no offer {candidate.Offer}."),
                Path($"Use a place in the list of offers, 0 to {named.Length - 1}.")
            );
            return;
        }

        if (named[candidate.Offer] == order + 1)
        {
            problems.Add(
                "duplicate",
                Path($"orders[{order}].candidates[{at}].offer"),
                Path($"Offer {candidate.Offer} is named twice."),
                "Keep the better one."
            );
        }

        named[candidate.Offer] = order + 1;
        if (candidate.UtilityMicros is < -MarketBounds.MaxUtility or > MarketBounds.MaxUtility)
        {
            problems.Between(
                Path($"orders[{order}].candidates[{at}].utilityMicros"),
                candidate.UtilityMicros,
                -MarketBounds.MaxUtility,
                MarketBounds.MaxUtility
            );
        }
    }

    private static void AtMost(ProblemList problems, string field, long count, int most, string what)
    {
        if (count > most)
        {
            problems.Add("too-many", field, Path($"{count} {what} are more than a batch holds."), Path($"Split it; {most} fit one batch."));
        }
    }

    private static string Path(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

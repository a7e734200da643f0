using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Batch;

/// <summary>
/// Places several requests on one supply. In the order of arrival first, which is enough while supply is plentiful. Only when a request got no
/// place that would have one alone, and the bound says that more of them can be placed, the market looks at all of them together; the better
/// of both ways counts (<see cref="Valuation"/>), so the answer is never worse than arrival order.
/// </summary>
internal static class BatchDecider
{
    /// <summary>Trial placements on untouched supply over all groups.</summary>
    private const int MostTrials = 200_000;

    private const int MostPoolsPerGroup = 4096;

    public static BatchDecision Decide(SupplySnapshot snapshot, IReadOnlyList<PlacementRequest> requests, bool atomic)
    {
        var lines = new BatchLines(snapshot, requests);
        using var arrival = new BatchPass(lines);
        for (var line = 0; line < requests.Count; line++)
        {
            if (!arrival.TryPlace(line) && atomic)
            {
                break;
            }
        }

        var atMost = requests.Count;
        if (arrival.Placed < requests.Count)
        {
            lines.Group();
            using var market = Market(lines, arrival, out atMost);
            if (
                market is not null
                && (!atomic || market.Placed == requests.Count)
                && Valuation.IsBetter(requests, market.Decisions, arrival.Decisions, id => PrecedenceOf(snapshot, id))
            )
            {
                return Answer(market, BatchOrder.Market, arrival.Placed, atMost);
            }
        }

        return atomic && arrival.Placed < requests.Count
            ? RolledBack(requests, arrival, atMost)
            : Answer(arrival, BatchOrder.Arrival, arrival.Placed, atMost);
    }

    private static BatchDecision Answer(BatchPass pass, BatchOrder order, int byArrival, int atMost)
    {
        pass.ExplainRefusals();
        return new BatchDecision([.. pass.Decisions.Select(decision => decision!)], pass.Placed == pass.Decisions.Count)
        {
            Order = order,
            Placed = pass.Placed,
            PlacedByArrival = byArrival,
            AtMost = Math.Max(atMost, pass.Placed),
        };
    }

    /// <summary>The first request without a place is refused for its own reason, the others because of it.</summary>
    private static BatchDecision RolledBack(IReadOnlyList<PlacementRequest> requests, BatchPass arrival, int atMost)
    {
        var first = arrival.Placed;
        var refused = arrival.Decide(first);
        return new BatchDecision(
            [
                .. requests.Select(
                    (request, line) =>
                        line == first ? refused : new Refused(request.Id, new Explanation()) { Code = RefusalCodes.AtomicRollback }
                ),
            ],
            false
        )
        {
            Placed = first,
            PlacedByArrival = first,
            AtMost = Math.Max(atMost, first),
        };
    }

    /// <summary>The market's way, or null when it cannot be better.</summary>
    private static BatchPass? Market(BatchLines lines, BatchPass arrival, out int atMost)
    {
        var columns = lines.Columns;
        var pools = new OfferPools(columns);
        var untouched = columns.Current.Rent();
        var possible = Possible(lines, arrival, pools, untouched);
        columns.Current.Return(untouched);
        atMost = possible.Count(each => each);
        if (atMost <= arrival.Placed)
        {
            return null;
        }

        List<LineGroup> groups = [.. lines.Groups.Where(group => group.Choices.Count > 0)];
        var others = Enumerable
            .Range(0, possible.Length)
            .Count(line => possible[line] && lines.GroupOf(line) is not { Choices.Count: > 0 });
        var bound = new BatchBound(columns, pools, groups, others);
        var book = new MatchingBook(pools, groups, bound);
        atMost = Math.Min(atMost, bound.AtMost(book.Prices, book.UnitMilli));
        return atMost <= arrival.Placed ? null : Place(lines, possible, pools, book);
    }

    /// <summary>Which lines could be placed if each were alone.</summary>
    private static bool[] Possible(BatchLines lines, BatchPass arrival, OfferPools pools, WorkingState untouched)
    {
        var possible = new bool[lines.Requests.Count];
        var most = Math.Clamp(MostTrials / Math.Max(1, lines.Groups.Count), MatchingBook.MostChoices, MostPoolsPerGroup);
        var wanted = lines.Groups.Sum(group =>
            group.Lines.Count * lines.ReplicaMilli(group.Lines[0]) * lines.Requests[group.Lines[0]].Roles[0].Replicas
        );
        foreach (var group in lines.Groups)
        {
            group.Look(untouched, pools, most, 2 * wanted);
            foreach (var line in group.Lines)
            {
                possible[line] = !group.FitsNowhere;
            }
        }

        for (var line = 0; line < possible.Length; line++)
        {
            if (lines.Requests[line].Roles.Count > 1 && lines.CanBeDecided(line))
            {
                possible[line] =
                    arrival.Decisions[line] is Placed || Decider.TryPlace(untouched, lines.Requests[line], lines.Scope) is not null;
                untouched.RollbackTo(0);
            }
        }

        return possible;
    }

    /// <summary>
    /// The matched lines in their pools, and those of several roles by the joint search between them. Whoever needs most on one node comes
    /// first, because small ones fit beside large ones and not the other way round; among equal ones whoever has most roles, because the
    /// market knows another place for the others. Then whoever has no place yet, the smallest first: it counts as much as a large one.
    /// </summary>
    private static BatchPass Place(BatchLines lines, bool[] possible, OfferPools pools, MatchingBook book)
    {
        var pass = new BatchPass(lines);
        var poolOf = book.Matched().ToDictionary(each => each.Line, each => each.Pool);
        foreach (
            var line in Enumerable
                .Range(0, possible.Length)
                .Where(line => poolOf.ContainsKey(line) || (possible[line] && lines.Requests[line].Roles.Count > 1))
                .OrderByDescending(lines.ReplicaMilli)
                .ThenByDescending(line => lines.Requests[line].Roles.Count)
                .ThenBy(line => line)
        )
        {
            pass.TryPlace(line, poolOf.TryGetValue(line, out var pool) ? pools.Offers[pool] : null);
        }

        foreach (
            var line in Enumerable
                .Range(0, possible.Length)
                .Where(line => possible[line] && pass.Decisions[line] is null)
                .OrderBy(line => lines.Requests[line].FirstChoiceCards)
                .ThenBy(line => line)
        )
        {
            pass.TryPlace(line);
        }

        return pass;
    }

    private static int PrecedenceOf(SupplySnapshot snapshot, string offerId)
    {
        var index = snapshot.Columns.Index;
        return index.Precedence[index.PositionOf(offerId)];
    }
}

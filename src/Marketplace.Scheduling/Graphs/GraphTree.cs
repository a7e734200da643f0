namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// Branch and bound over all candidates of all roles (Land and Doig, 1960), depth first, the heaviest edge first and the cheapest candidate
/// first. A branch is left when the cheapest that each remaining role could have beside those placed adds up to no less than the best found,
/// or when one of them has nothing left. It finds the first placement, or the cheapest one, or proves that there is none.
/// </summary>
internal sealed class GraphTree(GraphProblem problem, ClusterRoom room, double[] bounds, long budget, int maxSteps)
{
    /// <summary>Most candidates tried to decide a request. Each takes O(candidates · edges of a role).</summary>
    public const int MaxSteps = 50_000;

    /// <summary>Most candidates tried to find a cheaper placement than the one at hand: enough for small graphs, little for large ones.</summary>
    public const int MaxStepsToImprove = 2_000;

    /// <summary>Most candidates tried to prove one piece of advice.</summary>
    public const int MaxStepsForAdvice = 5_000;

    private readonly int roles = problem.Roles.Length;

    /// <summary>By role and candidate: its cost beside the roles placed; null when an edge does not tolerate it.</summary>
    private readonly Int128?[][] costs = [.. problem.Own.Select(own => own.Select(cost => (Int128?)cost).ToArray())];
    private readonly long[] leastPrice = [.. problem.Candidates.Select(list => list.Length == 0 ? 0 : list.Min(each => each.PricePerHour))];
    private readonly int[] chosen = [.. problem.Roles.Select(_ => -1)];
    private int[]? best;
    private Int128? lowest;

    public int Steps { get; private set; }

    /// <summary>True when the answer is proven: that there is none, or that none is cheaper.</summary>
    public bool Complete => Steps < maxSteps && !room.Unproven && !problem.Shortened;

    /// <summary>The first placement found; null when there is none or the steps are used up.</summary>
    public int[]? First() => Run(first: true);

    /// <summary>The cheapest placement found.</summary>
    /// <param name="known">One that is known; only cheaper ones are looked for.</param>
    public int[]? Cheapest(int[]? known = null)
    {
        best = known;
        lowest = known is null ? null : problem.CostOf(known);
        return Run(first: false);
    }

    private int[]? Run(bool first)
    {
        Int128 spent = 0;
        foreach (var price in leastPrice)
        {
            spent += price;
        }

        Descend(0, 0, spent, first);
        return best;
    }

    private void Descend(int depth, Int128 cost, Int128 spent, bool first)
    {
        if (spent > budget)
        {
            return;
        }

        if (depth == roles)
        {
            (best, lowest) = ([.. chosen], cost);
            return;
        }

        var role = problem.Order[depth];
        foreach (var candidate in InOrder(role))
        {
            if (Steps++ >= maxSteps || (first && best is not null))
            {
                return;
            }

            chosen[role] = candidate;
            var reached = cost + costs[role][candidate]!.Value;
            if (room.Fits(problem.Candidates[role][candidate].Cluster, chosen))
            {
                var saved = Narrow(role, candidate);
                if (Rest() is { } rest && !(reached + rest >= lowest))
                {
                    Descend(depth + 1, reached, spent - leastPrice[role] + problem.Candidates[role][candidate].PricePerHour, first);
                }

                foreach (var (other, before) in saved)
                {
                    costs[other] = before;
                }
            }

            chosen[role] = -1;
        }
    }

    private List<int> InOrder(int role) =>
        [
            .. Enumerable
                .Range(0, costs[role].Length)
                .Where(candidate => costs[role][candidate] is not null)
                .OrderBy(candidate => costs[role][candidate]!.Value)
                .ThenBy(candidate => candidate),
        ];

    /// <summary>Adds the edges of a role just placed to the costs of those to come; returns what it changed, to be put back.</summary>
    private List<(int Role, Int128?[] Before)> Narrow(int role, int candidate)
    {
        var saved = new List<(int Role, Int128?[] Before)>();
        foreach (var edge in problem.EdgesOf[role])
        {
            var other = problem.Other(edge, role);
            if (chosen[other] >= 0)
            {
                continue;
            }

            if (!saved.Exists(entry => entry.Role == other))
            {
                saved.Add((other, costs[other]));
                costs[other] = [.. costs[other]];
            }

            for (var each = 0; each < costs[other].Length; each++)
            {
                costs[other][each] = problem.Holds(bounds, edge, role, candidate, each)
                    ? costs[other][each] + problem.EdgeCost(edge, role, candidate, each)
                    : null;
            }
        }

        return saved;
    }

    /// <summary>The least that the roles to come cost; null when one of them has nothing left.</summary>
    private Int128? Rest()
    {
        Int128 rest = 0;
        for (var role = 0; role < roles; role++)
        {
            if (chosen[role] >= 0)
            {
                continue;
            }

            Int128? least = null;
            foreach (var cost in costs[role])
            {
                least = least is null || cost < least ? cost ?? least : least;
            }

            if (least is null)
            {
                return null;
            }

            rest += least.Value;
        }

        return rest;
    }
}

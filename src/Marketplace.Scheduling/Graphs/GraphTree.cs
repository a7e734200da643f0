namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// Branch and bound over all candidates of all roles (Land and Doig, 1960), depth first, the heaviest edge first and the most promising candidate
/// first. A branch is left when <see cref="GraphBound"/> says that the rest cannot be had for less than the best found, or not at all. It
/// finds the first placement, or the cheapest one, or proves that there is none.
/// </summary>
internal sealed class GraphTree
{
    /// <summary>Most candidates tried to decide a request. Each takes one <see cref="GraphBound.Look"/>.</summary>
    public const int MaxSteps = 50_000;

    /// <summary>Most candidates tried to find a cheaper placement than the one at hand.</summary>
    public const int MaxStepsToImprove = 2_000;

    /// <summary>Most candidates tried to prove one piece of advice.</summary>
    public const int MaxStepsForAdvice = 5_000;

    private readonly GraphProblem problem;
    private readonly ClusterRoom room;
    private readonly GraphBound bound;
    private readonly long budget;
    private readonly int maxSteps;
    private readonly long[] leastPrice;
    private readonly int[] chosen;
    private int[]? best;
    private Int128? lowest;

    /// <summary>Whether a branch was left for want of room or money, and not of reach.</summary>
    private bool lackedRoom;

    /// <param name="bounds">Longest round trip by edge, in milliseconds.</param>
    /// <param name="budget">Most the offers may cost per hour, in micro-units.</param>
    public GraphTree(GraphProblem problem, ClusterRoom room, double[] bounds, long budget, int maxSteps)
    {
        (this.problem, this.room, this.budget, this.maxSteps) = (problem, room, budget, maxSteps);
        bound = new GraphBound(problem, bounds);
        leastPrice = [.. problem.Candidates.Select(list => list.Length == 0 ? 0 : list.Min(each => each.PricePerHour))];
        chosen = [.. problem.Roles.Select(_ => -1)];
    }

    public int Steps { get; private set; }

    /// <summary>True when the answer is proven: that there is none, or that none is cheaper.</summary>
    public bool Complete => Steps < maxSteps && !problem.LacksSites && !(lackedRoom && (room.Unproven || problem.Shortened));

    /// <summary>True when the bounds alone leave some role without any candidate: nothing needs to be tried.</summary>
    public bool IsHopeless => bound.Look(0) is null;

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
            lackedRoom = true;
            return;
        }

        if (depth == chosen.Length)
        {
            (best, lowest) = ([.. chosen], cost);
            return;
        }

        if (bound.Look(depth) is not { } others)
        {
            return;
        }

        var role = problem.Order[depth];
        foreach (var (candidate, promise) in bound.InOrder(depth))
        {
            // The others are no more promising either.
            if (cost + others + promise >= lowest || Steps++ >= maxSteps || (first && best is not null))
            {
                return;
            }

            chosen[role] = candidate;
            if (room.Fits(problem.Candidates[role][candidate].Cluster, chosen))
            {
                var reached = cost + bound.CostOf(role, candidate);
                var saved = bound.Place(role, candidate, depth);
                Descend(depth + 1, reached, spent - leastPrice[role] + problem.Candidates[role][candidate].PricePerHour, first);
                bound.Restore(saved);
            }
            else
            {
                lackedRoom = true;
            }

            chosen[role] = -1;
        }
    }
}

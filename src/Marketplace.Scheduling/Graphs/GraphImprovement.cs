namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// Places a service graph: the roles of the heaviest edge first, each where it costs least beside those placed before; then improves it. A change
/// moves one role, or moves one and makes another give way: one whose edge would not tolerate the move, one that stands in its room (a
/// swap), or a neighbour that follows. A change is kept when it places a role more, or the same roles at less cost.
/// </summary>
internal sealed class GraphImprovement(GraphProblem problem, GraphDraft draft)
{
    /// <summary>
    /// Beginnings tried at most: a role with heavy edges holds the others where it is, so the first role begins at its cheapest place, and
    /// then at the best of other sites.
    /// </summary>
    public const int MaxStarts = 8;

    /// <summary>Most changes looked at from one beginning. Each takes O(candidates · edges of a role) besides the rooms that are not yet known.</summary>
    public const int MaxSteps = 5_000;

    public int Steps { get; private set; }

    /// <summary>Gives every role its cheapest place in turn; what has none is left without.</summary>
    /// <param name="first">The candidate of the first role, or -1 for its cheapest.</param>
    public void Build(int first = -1)
    {
        foreach (var role in problem.Order)
        {
            draft.Set(role, first >= 0 && role == problem.Order[0] ? first : draft.Cheapest(role));
        }
    }

    /// <summary>Improves until no change helps or the steps are used up.</summary>
    public void Improve()
    {
        for (var found = true; found && Steps < MaxSteps; )
        {
            found = false;
            foreach (var role in problem.Order)
            {
                found |= ImproveRole(role);
            }
        }
    }

    /// <summary>The best of several beginnings, improved; null when each leaves a role without a place.</summary>
    public static int[]? Best(GraphProblem problem, Func<GraphDraft> begin, int starts = MaxStarts)
    {
        int[]? best = null;
        Int128 lowest = 0;
        var first = problem.Order[0];
        var others = Enumerable.Range(0, problem.Site[first].Length).DistinctBy(candidate => problem.Site[first][candidate]);
        foreach (var start in others.Take(starts - 1).Prepend(-1))
        {
            var draft = begin();
            if (!draft.Affordable)
            {
                return null;
            }

            var improvement = new GraphImprovement(problem, draft);
            improvement.Build(start);
            improvement.Improve();
            if (draft.Affordable && draft.Unplaced == 0 && problem.CostOf(draft.Chosen) is var cost && (best is null || cost < lowest))
            {
                (best, lowest) = (draft.Chosen, cost);
            }
        }

        return best;
    }

    private bool ImproveRole(int role)
    {
        var found = false;
        for (var candidate = 0; candidate < problem.Candidates[role].Length && Steps < MaxSteps; candidate++)
        {
            if (candidate != draft.Chosen[role])
            {
                found |= TryMove(role, candidate);
            }
        }

        return found;
    }

    private bool TryMove(int role, int candidate)
    {
        Steps++;
        var before = draft.Chosen[role];
        var costBefore = before < 0 ? null : draft.Cost(role, before);
        var conflict = draft.Conflict(role, candidate);
        if (conflict == -1 && draft.Cost(role, candidate) is { } cost && (before < 0 || cost < costBefore))
        {
            draft.Set(role, candidate);
            if (draft.HasRoom(role))
            {
                return true;
            }

            draft.Set(role, before);
        }

        if (conflict == -2)
        {
            return false;
        }

        foreach (var other in conflict >= 0 ? [conflict] : MayGiveWay(role, candidate))
        {
            if (Steps++ < MaxSteps && TryPair(role, candidate, other))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Moves a role, and another one to where it costs least then.</summary>
    private bool TryPair(int role, int candidate, int other)
    {
        int before = draft.Chosen[role],
            otherBefore = draft.Chosen[other];
        var otherCost = draft.Cost(other, otherBefore)!.Value;
        var roleCost = before < 0 ? 0 : draft.Cost(role, before, ignoring: other)!.Value;
        if (before >= 0 && problem.Own[role][candidate] >= roleCost + otherCost)
        {
            return false;
        }

        draft.Set(other, -1);
        draft.Set(role, candidate);
        if (draft.Cost(role, candidate) is { } cost && draft.HasRoom(role))
        {
            // Both costs before, less the one of the role now, is what the other one may cost at most; a role more is worth any price.
            var moved = draft.Cheapest(other, before < 0 ? null : roleCost + otherCost - cost);
            if (moved >= 0)
            {
                draft.Set(other, moved);
                return true;
            }
        }

        draft.Set(role, before);
        draft.Set(other, otherBefore);
        return false;
    }

    /// <summary>Neighbours, which may follow, and whoever is in the cluster, in order.</summary>
    private List<int> MayGiveWay(int role, int candidate)
    {
        var cluster = problem.Candidates[role][candidate].Cluster;
        return
        [
            .. Enumerable
                .Range(0, draft.Chosen.Length)
                .Where(other =>
                    other != role
                    && draft.Chosen[other] >= 0
                    && (
                        draft.ClusterOf(other) == cluster || Array.Exists(problem.EdgesOf[role], edge => problem.Other(edge, role) == other)
                    )
                ),
        ];
    }
}

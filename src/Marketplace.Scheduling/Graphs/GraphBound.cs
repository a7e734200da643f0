namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// What the roles without a place cost at least, beside those that have one. Each of them but some has one edge to a role before it in the order;
/// over this forest the least sum is worked out exactly, from the leaves up (dynamic programming on a tree, as in belief propagation: Pearl,
/// 1982). Other edges between roles without a place, rooms and budgets are left out, so it is never too much.
/// </summary>
internal sealed class GraphBound
{
    /// <summary>More than any cost, and small enough to be added up.</summary>
    private static readonly Int128 Never = Int128.One << 120;

    /// <summary>Most pairs of candidates of an edge of the forest; larger ones are left out of it, so that a look takes at most 32 · 4,096 steps.</summary>
    private const int MaxPairs = 4_096;

    private readonly GraphProblem problem;
    private readonly double[] bounds;
    private readonly int[] placeInOrder;

    /// <summary>By role and candidate: its cost beside the roles placed, or <see cref="Never"/> when an edge does not tolerate it.</summary>
    private readonly Int128[][] costs;

    /// <summary>By role: the role before it that it hangs on in the forest, or -1.</summary>
    private readonly int[] parent;

    /// <summary>By role, its candidate and the parent's: cost of the edges between them.</summary>
    private readonly Int128[][] pairs;

    /// <summary>By depth and role: the least cost of a candidate with all that hangs on it.</summary>
    private readonly Int128[][][] promises;

    public GraphBound(GraphProblem problem, double[] bounds)
    {
        (this.problem, this.bounds) = (problem, bounds);
        costs = [.. problem.Own.Select(own => (Int128[])own.Clone())];
        placeInOrder = new int[costs.Length];
        for (var at = 0; at < costs.Length; at++)
        {
            placeInOrder[problem.Order[at]] = at;
        }

        DropOutOfReach();
        parent = [.. costs.Select((_, role) => ParentOf(role))];
        pairs = [.. costs.Select((_, role) => PairsOf(role))];
        promises = [.. costs.Select(_ => costs.Select(list => new Int128[list.Length]).ToArray())];
    }

    public Int128 CostOf(int role, int candidate) => costs[role][candidate];

    /// <summary>
    /// Works out the promises from a depth of the order on. Returns the least that all roles cost which do not hang on the role at this depth;
    /// null when one of them, or it, has nothing left.
    /// </summary>
    public Int128? Look(int depth)
    {
        var promise = promises[depth];
        for (var at = depth; at < costs.Length; at++)
        {
            costs[problem.Order[at]].CopyTo(promise[problem.Order[at]], 0);
        }

        Int128 others = 0;
        for (var at = costs.Length - 1; at > depth; at--)
        {
            var role = problem.Order[at];
            if (parent[role] >= 0 && placeInOrder[parent[role]] >= depth)
            {
                Tell(promise, role, parent[role]);
                continue;
            }

            var least = Least(promise[role]);
            if (least >= Never)
            {
                return null;
            }

            others += least;
        }

        return Least(promise[problem.Order[depth]]) >= Never ? null : others;
    }

    /// <summary>The candidates of the role at a depth with their promises, the best first, without those that are out of the question.</summary>
    public IReadOnlyList<(int Candidate, Int128 Promise)> InOrder(int depth) =>
        [
            .. promises[depth]
                [problem.Order[depth]]
                .Select((promise, candidate) => (Candidate: candidate, Promise: promise))
                .Where(entry => entry.Promise < Never)
                .OrderBy(entry => entry.Promise)
                .ThenBy(entry => entry.Candidate),
        ];

    /// <summary>Adds the edges of a role just placed to the costs of those behind it in the order; returns what to put back.</summary>
    public List<(int Role, Int128[] Before)> Place(int role, int candidate, int depth)
    {
        var saved = new List<(int Role, Int128[] Before)>();
        foreach (var edge in problem.EdgesOf[role])
        {
            var other = problem.Other(edge, role);
            if (placeInOrder[other] <= depth)
            {
                continue;
            }

            if (!saved.Exists(entry => entry.Role == other))
            {
                saved.Add((other, costs[other]));
                costs[other] = (Int128[])costs[other].Clone();
            }

            for (var each = 0; each < costs[other].Length; each++)
            {
                costs[other][each] = Sum(costs[other][each], Between(edge, role, candidate, each));
            }
        }

        return saved;
    }

    public void Restore(List<(int Role, Int128[] Before)> saved)
    {
        foreach (var (role, before) in saved)
        {
            costs[role] = before;
        }
    }

    /// <summary>
    /// Takes out whole regions of a role from where no region of a neighbour is near enough, until nothing changes (arc consistency: Mackworth,
    /// 1977). Inside one region something is taken to be near enough.
    /// </summary>
    private void DropOutOfReach()
    {
        var regions = costs.Select(
            (list, role) => Enumerable.Range(0, list.Length).DistinctBy(each => problem.RegionOf(role, each)).ToList()
        );
        List<int>[] reachable = [.. regions];
        for (var changed = true; changed; )
        {
            changed = false;
            foreach (var edge in Enumerable.Range(0, bounds.Length).Where(edge => double.IsFinite(bounds[edge])))
            {
                changed |= DropOutOfReach(edge, problem.From[edge], reachable) | DropOutOfReach(edge, problem.To[edge], reachable);
            }
        }

        for (var role = 0; role < costs.Length; role++)
        {
            var left = reachable[role].Select(each => problem.RegionOf(role, each)).ToHashSet();
            for (var candidate = 0; candidate < costs[role].Length; candidate++)
            {
                costs[role][candidate] = left.Contains(problem.RegionOf(role, candidate)) ? costs[role][candidate] : Never;
            }
        }
    }

    private bool DropOutOfReach(int edge, int role, List<int>[] reachable)
    {
        var other = problem.Other(edge, role);
        var dropped = reachable[role]
            .RemoveAll(candidate =>
                !reachable[other]
                    .Exists(each =>
                        problem.RegionOf(role, candidate) == problem.RegionOf(other, each)
                        || problem.Holds(bounds, edge, role, candidate, each)
                    )
            );
        return dropped > 0;
    }

    private void Tell(Int128[][] promise, int role, int to)
    {
        var (own, theirs) = (promise[role], promise[to]);
        for (var candidate = 0; candidate < theirs.Length; candidate++)
        {
            var least = Never;
            for (var each = 0; each < own.Length; each++)
            {
                var cost = Sum(own[each], pairs[role][(each * theirs.Length) + candidate]);
                least = cost < least ? cost : least;
            }

            theirs[candidate] = Sum(theirs[candidate], least);
        }
    }

    private int ParentOf(int role)
    {
        var best = -1;
        foreach (var edge in problem.EdgesOf[role])
        {
            var other = problem.Other(edge, role);
            var fits = problem.Candidates[role].Length * problem.Candidates[other].Length <= MaxPairs;
            if (placeInOrder[other] < placeInOrder[role] && fits && (best < 0 || placeInOrder[other] > placeInOrder[best]))
            {
                best = other;
            }
        }

        return best;
    }

    private Int128[] PairsOf(int role)
    {
        if (parent[role] < 0)
        {
            return [];
        }

        var others = problem.Candidates[parent[role]].Length;
        var table = new Int128[problem.Candidates[role].Length * others];
        foreach (var edge in problem.EdgesOf[role])
        {
            for (var pair = 0; pair < table.Length && problem.Other(edge, role) == parent[role]; pair++)
            {
                table[pair] = Sum(table[pair], Between(edge, role, pair / others, pair % others));
            }
        }

        return table;
    }

    private Int128 Between(int edge, int role, int candidate, int other) =>
        problem.Holds(bounds, edge, role, candidate, other) ? problem.EdgeCost(edge, role, candidate, other) : Never;

    private static Int128 Sum(Int128 left, Int128 right) => left >= Never || right >= Never ? Never : left + right;

    private static Int128 Least(Int128[] values)
    {
        var least = Never;
        foreach (var value in values)
        {
            least = value < least ? value : least;
        }

        return least;
    }
}

using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// Places the roles of a service graph, or says which bounds cannot be kept. First <see cref="GraphImprovement"/>; when that leaves a role
/// without a place, the first placement that <see cref="GraphTree"/> finds, improved in its turn. What is found is checked against the same tree within
/// a few steps, which makes small graphs exact.
/// </summary>
internal sealed class GraphSearch(WorkingState state, PlacementRequest request, GraphProblem problem, bool explain)
{
    private readonly ClusterRoom room = new(state, problem, explain ? JointSearch.MaxSteps : JointSearch.MaxStepsForAdvice);
    private readonly long budget = request.BudgetPerHour ?? long.MaxValue;
    private readonly int maxSteps = explain ? GraphTree.MaxSteps : GraphTree.MaxStepsForAdvice;

    /// <summary>Placements tried on nodes.</summary>
    public int Trials => room.Trials;

    /// <summary>Places the roles and leaves them on the state; null when they fit, else the code of the refusal.</summary>
    public string? Place(RoleChoice[] choices)
    {
        if (Array.Exists(problem.Candidates, list => list.Length == 0))
        {
            return RefusalCodes.RolesDoNotFitTogether;
        }

        var (found, certain) = Solve(problem.Bounds, budget);
        if (found is not null)
        {
            found = explain ? new GraphTree(problem, room, problem.Bounds, budget, GraphTree.MaxStepsToImprove).Cheapest(found)! : found;
            return room.Commit(found, choices) ? null : RefusalCodes.SearchLimit;
        }

        return !certain ? RefusalCodes.SearchLimit
            : CanPlace(Unbounded(), budget) ? RefusalCodes.EdgeLatency
            : budget == long.MaxValue ? RefusalCodes.RolesDoNotFitTogether
            : CanPlace(problem.Bounds, long.MaxValue) ? RefusalCodes.OverBudget
            : CanPlace(Unbounded(), long.MaxValue) ? RefusalCodes.EdgeLatency
            : RefusalCodes.RolesDoNotFitTogether;
    }

    /// <summary>Bounds that cannot all hold and of which none is superfluous, each with the least that would do.</summary>
    public IReadOnlyList<LatencyMiss> Misses() =>
        [
            .. Conflict()
                .Select(edge => new LatencyMiss(
                    request.Edges[edge].From,
                    request.Edges[edge].To,
                    problem.Bounds[edge],
                    LeastThatFits(edge)
                )),
        ];

    /// <summary>
    /// Changes of bounds that make it fit: one edge each, the least raise first; or, when no single one is enough, several at once. Only
    /// edges of a conflict are of use: without them it would remain.
    /// </summary>
    public IEnumerable<(IReadOnlyList<int> Edges, IReadOnlyList<RoleEdge> Changed)> Raises()
    {
        var single = Conflict()
            .Select(edge => (Edge: edge, Least: LeastThatFits(edge)))
            .Where(entry => entry.Least is not null)
            .OrderBy(entry => entry.Least - problem.Bounds[entry.Edge])
            .ToList();
        foreach (var (edge, least) in single)
        {
            yield return ([edge], Changed([(edge, least!.Value)]));
        }

        if (single.Count > 0 || Solve(Unbounded(), budget).Found is not { } found)
        {
            yield break;
        }

        var broken = Enumerable
            .Range(0, problem.Bounds.Length)
            .Where(edge => !problem.Holds(problem.Bounds, edge, problem.From[edge], found[problem.From[edge]], found[problem.To[edge]]))
            .Select(edge =>
                (Edge: edge, Ms: problem.RoundTripMs(edge, problem.From[edge], found[problem.From[edge]], found[problem.To[edge]]))
            )
            .ToList();
        if (broken.TrueForAll(entry => entry.Ms is not null))
        {
            yield return ([.. broken.Select(entry => entry.Edge)], Changed([.. broken.Select(entry => (entry.Edge, entry.Ms!.Value))]));
        }
    }

    /// <summary>
    /// A least set of bounds that cannot hold together, by halving (QuickXplain: Junker, AAAI 2004): O(k · log(edges / k)) proofs for k bounds.
    /// </summary>
    private List<int> Conflict()
    {
        var most = CanPlace(Unbounded(), budget) ? budget : long.MaxValue;
        var edges = Enumerable.Range(0, problem.Bounds.Length).Where(edge => double.IsFinite(problem.Bounds[edge])).ToList();
        List<int> found = [.. Explain([], edges, false)];
        found.Sort();
        return found;

        List<int> Explain(List<int> kept, List<int> among, bool grown)
        {
            if (grown && IsImpossible(Only(kept), most))
            {
                return [];
            }

            if (among.Count <= 1)
            {
                return among;
            }

            var (left, right) = (among[..(among.Count / 2)], among[(among.Count / 2)..]);
            var ofRight = Explain([.. kept, .. left], right, left.Count > 0);
            var ofLeft = Explain([.. kept, .. ofRight], left, ofRight.Count > 0);
            return [.. ofLeft, .. ofRight];
        }
    }

    /// <summary>The bounds of these edges only.</summary>
    private double[] Only(List<int> edges)
    {
        var bounds = Unbounded();
        foreach (var edge in edges)
        {
            bounds[edge] = problem.Bounds[edge];
        }

        return bounds;
    }

    /// <summary>The least bound of an edge with which the graph fits while nothing else changes, or null: by bisection over the distances there are.</summary>
    private double? LeastThatFits(int edge)
    {
        var bounds = (double[])problem.Bounds.Clone();
        var distances = Distances(edge).Where(ms => ms > problem.Bounds[edge]).Distinct().Order().ToArray();
        if (distances.Length == 0 || !Fits(distances.Length - 1))
        {
            return null;
        }

        int low = 0,
            high = distances.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Fits(middle) ? (low, middle) : (middle + 1, high);
        }

        return distances[low];

        bool Fits(int position)
        {
            bounds[edge] = distances[position];
            return CanPlace(bounds, budget);
        }
    }

    private IEnumerable<double> Distances(int edge)
    {
        var (from, to) = (problem.From[edge], problem.To[edge]);
        var sites = problem.Site[to].Select((site, candidate) => (site, candidate)).DistinctBy(entry => entry.site).ToList();
        foreach (var (_, candidate) in problem.Site[from].Select((site, candidate) => (site, candidate)).DistinctBy(entry => entry.site))
        {
            foreach (var (_, other) in sites)
            {
                if (problem.RoundTripMs(edge, from, candidate, other) is { } ms)
                {
                    yield return ms;
                }
            }
        }
    }

    private List<RoleEdge> Changed(IReadOnlyList<(int Edge, double Ms)> raised)
    {
        var edges = request.Edges.ToList();
        foreach (var (edge, ms) in raised)
        {
            edges[edge] = edges[edge] with { MaxRoundTripMs = ms };
        }

        return edges;
    }

    private double[] Unbounded() => [.. problem.Bounds.Select(_ => double.PositiveInfinity)];

    private bool CanPlace(double[] bounds, long most) => Prove(bounds, most) == true;

    private bool IsImpossible(double[] bounds, long most) => Prove(bounds, most) == false;

    /// <summary>Whether anything fits, by the tree and then from one beginning; null when neither knows.</summary>
    private bool? Prove(double[] bounds, long most)
    {
        var tree = new GraphTree(problem, room, bounds, most, GraphTree.MaxStepsForAdvice);
        return tree.First() is not null ? true
            : tree.Complete ? false
            : GraphImprovement.Best(problem, () => new GraphDraft(problem, room, bounds, most), starts: 1) is not null ? true
            : null;
    }

    private (int[]? Found, bool Certain) Solve(double[] bounds, long most)
    {
        var tree = new GraphTree(problem, room, bounds, most, maxSteps);
        if (tree.IsHopeless)
        {
            return (null, tree.Complete);
        }

        if (GraphImprovement.Best(problem, Begin, explain ? GraphImprovement.MaxStarts : 1) is { } found)
        {
            return (found, true);
        }

        if (tree.First() is not { } first)
        {
            return (null, tree.Complete);
        }

        var draft = Begin();
        for (var role = 0; role < first.Length; role++)
        {
            draft.Set(role, first[role]);
        }

        new GraphImprovement(problem, draft).Improve();
        return (draft.Chosen, true);

        GraphDraft Begin() => new(problem, room, bounds, most);
    }
}

namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// A placement in the making: which candidate each role has, or none. It never breaks a bound, a budget or the room of a cluster; what it may
/// lack is roles.
/// </summary>
internal sealed class GraphDraft
{
    private readonly GraphProblem problem;
    private readonly ClusterRoom room;
    private readonly double[] bounds;
    private readonly long budget;
    private readonly long[] least;
    private Int128 spent;

    /// <param name="bounds">Longest round trip by edge, in milliseconds.</param>
    /// <param name="budget">Most the offers may cost per hour, in micro-units.</param>
    public GraphDraft(GraphProblem problem, ClusterRoom room, double[] bounds, long budget)
    {
        (this.problem, this.room, this.bounds, this.budget) = (problem, room, bounds, budget);
        Chosen = [.. problem.Roles.Select(_ => -1)];
        least = [.. problem.Candidates.Select(list => list.Length == 0 ? 0 : list.Min(candidate => candidate.PricePerHour))];
        foreach (var price in least)
        {
            spent += price;
        }
    }

    /// <summary>By role: position of its candidate, or -1.</summary>
    public int[] Chosen { get; }

    /// <summary>How many roles have no place.</summary>
    public int Unplaced => Chosen.Count(candidate => candidate < 0);

    /// <summary>Whether what is spent, with the least for roles without a place, stays within the budget.</summary>
    public bool Affordable => spent <= budget;

    public int ClusterOf(int role) => problem.Candidates[role][Chosen[role]].Cluster;

    /// <summary>Gives a role a candidate, or takes it away (-1), unchecked.</summary>
    public void Set(int role, int candidate)
    {
        spent += PriceOf(role, candidate) - PriceOf(role, Chosen[role]);
        Chosen[role] = candidate;
    }

    /// <summary>Cost of a role with the edges to roles that have a place, or null when an edge does not tolerate it.</summary>
    /// <param name="ignoring">A role whose edges do not count.</param>
    public Int128? Cost(int role, int candidate, int ignoring = -1)
    {
        var cost = problem.Own[role][candidate];
        foreach (var edge in problem.EdgesOf[role])
        {
            var other = problem.Other(edge, role);
            if (other == ignoring || Chosen[other] < 0)
            {
                continue;
            }

            if (!problem.Holds(bounds, edge, role, candidate, Chosen[other]))
            {
                return null;
            }

            cost += problem.EdgeCost(edge, role, candidate, Chosen[other]);
        }

        return cost;
    }

    /// <summary>The only role with a place that an edge of this role does not tolerate; -1 when there is none, -2 when there are several.</summary>
    public int Conflict(int role, int candidate)
    {
        var conflict = -1;
        foreach (var edge in problem.EdgesOf[role])
        {
            var other = problem.Other(edge, role);
            if (Chosen[other] >= 0 && other != conflict && !problem.Holds(bounds, edge, role, candidate, Chosen[other]))
            {
                if (conflict >= 0)
                {
                    return -2;
                }

                conflict = other;
            }
        }

        return conflict;
    }

    /// <summary>Whether the cluster of a role holds all that is there now, and the budget all that is spent.</summary>
    public bool HasRoom(int role) => Affordable && room.Fits(ClusterOf(role), Chosen);

    /// <summary>The cheapest candidate of a role that keeps the bounds and has room, or -1. The first wins a tie. The draft does not change.</summary>
    /// <param name="below">What it must cost less than, or null.</param>
    public int Cheapest(int role, Int128? below = null)
    {
        var before = Chosen[role];
        var best = -1;
        var lowest = below;
        for (var candidate = 0; candidate < problem.Candidates[role].Length; candidate++)
        {
            // Candidates are in the order of their own cost, and edges only add to it.
            if (problem.Own[role][candidate] >= lowest)
            {
                break;
            }

            if (Cost(role, candidate) is not { } cost || cost >= lowest)
            {
                continue;
            }

            Set(role, candidate);
            if (HasRoom(role))
            {
                (best, lowest) = (candidate, cost);
            }
        }

        Set(role, before);
        return best;
    }

    private long PriceOf(int role, int candidate) => candidate < 0 ? least[role] : problem.Candidates[role][candidate].PricePerHour;
}

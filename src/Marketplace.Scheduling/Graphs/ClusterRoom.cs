using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// Whether the roles sent to one cluster fit there together, on real nodes and from what the offers have left. Clusters share nothing, so each
/// is asked by itself; answers are remembered. The roles are placed one after another, and when that fails by the complete search.
/// </summary>
/// <param name="maxSteps">Replica placements the complete search may try, over all questions.</param>
internal sealed class ClusterRoom(WorkingState state, GraphProblem problem, int maxSteps)
{
    /// <summary>Replica placements tried for one question: there are many, and hard ones must not use up all steps.</summary>
    private const int MaxStepsAtOnce = 500;

    private readonly Dictionary<string, bool> known = new(StringComparer.Ordinal);
    private readonly RoleChoice[] scratch = new RoleChoice[problem.Roles.Length];

    private int steps = maxSteps;

    /// <summary>Sets of roles tried on nodes.</summary>
    public int Trials { get; private set; }

    /// <summary>True when some "no" was not proven within the bound on steps.</summary>
    public bool Unproven { get; private set; }

    /// <summary>Whether the roles chosen for a cluster fit there; an unplaced role is -1.</summary>
    public bool Fits(int cluster, int[] chosen)
    {
        Span<char> key = stackalloc char[chosen.Length * 2];
        var length = 0;
        for (var r = 0; r < chosen.Length; r++)
        {
            if (chosen[r] >= 0 && problem.Candidates[r][chosen[r]].Cluster == cluster)
            {
                key[length++] = (char)r;
                key[length++] = (char)chosen[r];
            }
        }

        // Every candidate fits alone.
        if (length <= 2)
        {
            return true;
        }

        var found = known.GetAlternateLookup<ReadOnlySpan<char>>();
        if (found.TryGetValue(key[..length], out var fits))
        {
            return fits;
        }

        var mark = state.Mark;
        fits = Place(cluster, chosen, scratch);
        state.RollbackTo(mark);
        known.Add(key[..length].ToString(), fits);
        return fits;
    }

    /// <summary>Places all roles and leaves them on the state; false, and the state as before, when a cluster has no room.</summary>
    public bool Commit(int[] chosen, RoleChoice[] choices)
    {
        var mark = state.Mark;
        foreach (var cluster in chosen.Select((candidate, role) => problem.Candidates[role][candidate].Cluster).Distinct())
        {
            if (!Place(cluster, chosen, choices))
            {
                state.RollbackTo(mark);
                return false;
            }
        }

        return true;
    }

    private bool Place(int cluster, int[] chosen, RoleChoice[] choices)
    {
        Trials++;
        var mark = state.Mark;
        int[] here = [.. problem.Order.Where(r => chosen[r] >= 0 && problem.Candidates[r][chosen[r]].Cluster == cluster)];
        if (IsTooMuch(cluster, here, chosen))
        {
            return false;
        }

        if (Array.TrueForAll(here, r => TryPlace(problem.Roles[r], problem.Candidates[r][chosen[r]], choices)))
        {
            return true;
        }

        state.RollbackTo(mark);
        var exact = new JointSearch(
            state,
            [.. here.Select(r => problem.Roles[r])],
            long.MaxValue,
            TopologyLevel.Anywhere,
            Math.Min(steps, MaxStepsAtOnce),
            [.. here.Select(r => problem.Candidates[r][chosen[r]])]
        );
        var fits = exact.Run(choices);
        steps -= Math.Min(steps, exact.Steps);
        Unproven |= !fits && !exact.Complete;
        return fits;
    }

    /// <summary>Whether the roles need more than the cluster or an offer has left over all: a no without a search.</summary>
    private bool IsTooMuch(int cluster, int[] here, int[] chosen)
    {
        long cpu = 0,
            memory = 0;
        var milli = new Dictionary<int, long>();
        foreach (var r in here)
        {
            var (candidate, replicas) = (problem.Candidates[r][chosen[r]], problem.Roles[r].Role.Replicas);
            cpu += (long)candidate.Plan.CpuMilli * replicas;
            memory += (long)candidate.Plan.MemoryMib * replicas;
            milli[candidate.Offer] = milli.GetValueOrDefault(candidate.Offer) + candidate.RoleMilli;
        }

        var range = problem.Roles[0].RangeOf(cluster);
        for (var node = range.From; node < range.To && (cpu > 0 || memory > 0); node++)
        {
            cpu -= state.FreeCpu[node];
            memory -= state.FreeMemory[node];
        }

        return cpu > 0 || memory > 0 || milli.Any(take => take.Value > state.OfferMilli[take.Key]);
    }

    private bool TryPlace(RoleSearch role, in Candidate candidate, RoleChoice[] choices)
    {
        if (candidate.RoleMilli > state.OfferMilli[candidate.Offer])
        {
            return false;
        }

        state.TakeOffer(candidate.Offer, candidate.RoleMilli);
        var from = state.Mark;
        var fit = RolePlacer.TryPlace(state, candidate.Plan, role.Role.Replicas, role.RangeOf(candidate.Cluster), role.Widest);
        choices[role.Position] = new RoleChoice(candidate, fit, role.Score(candidate, fit), from, state.Mark);
        return fit.Fits;
    }
}

using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// The complete search behind the greedy one: every candidate, node and distinct choice of devices for several roles, within
/// a bound on steps. It answers for small groups with certainty what the greedy order may miss.
/// </summary>
/// <param name="given">The one candidate of each role, when they are chosen already; else null.</param>
internal sealed class JointSearch(
    WorkingState state,
    RoleSearch[] roles,
    long most,
    TopologyLevel shared,
    int maxSteps,
    Candidate[]? given = null
)
{
    /// <summary>Most replica placements tried to decide a request.</summary>
    public const int MaxSteps = 100_000;

    /// <summary>Most replica placements tried to prove one piece of advice: a refusal makes many of these searches.</summary>
    public const int MaxStepsForAdvice = 5_000;

    /// <summary>Groups with more replicas than this are left to the greedy search: the tree would be hopeless and deep.</summary>
    public const int MaxReplicas = 64;

    private RoleChoice[] choices = [];

    /// <summary>Candidates of this precedence and behind are left alone.</summary>
    public int BeforePrecedence { get; init; } = int.MaxValue;

    public int Steps { get; private set; }

    /// <summary>True when the answer "no" is proven.</summary>
    public bool Complete { get; private set; }

    public bool Run(RoleChoice[] into)
    {
        choices = into;
        if (roles.Sum(role => (long)role.Role.Replicas) > MaxReplicas)
        {
            return false;
        }

        var found = PlaceRole(0, most, null);
        Complete = found || Steps < maxSteps;
        return found;
    }

    private bool PlaceRole(int depth, long budget, int? sharedDomain)
    {
        if (depth == roles.Length)
        {
            return true;
        }

        var role = roles[depth];
        for (var i = 0; TryCandidate(depth, i, out var candidate) && Steps < maxSteps; i++)
        {
            if (candidate.Order.Precedence >= BeforePrecedence)
            {
                break;
            }

            if (candidate.PricePerHour > budget || (candidate.Offer >= 0 && candidate.RoleMilli > state.OfferMilli[candidate.Offer]))
            {
                continue;
            }

            var mark = state.Mark;
            if (candidate.Offer >= 0)
            {
                state.TakeOffer(candidate.Offer, candidate.RoleMilli);
            }

            var path = new RolePath(depth, candidate, budget - candidate.PricePerHour, state.Mark, sharedDomain);
            if (PlaceReplica(path, 0, role.RangeOf(candidate.Cluster).From, null, 0))
            {
                return true;
            }

            state.RollbackTo(mark);
        }

        return false;
    }

    private bool TryCandidate(int depth, int position, out Candidate candidate)
    {
        if (given is null)
        {
            return roles[depth].TryCandidate(position, out candidate);
        }

        candidate = given[depth];
        return position == 0;
    }

    private bool PlaceReplica(RolePath path, int replica, int fromNode, int? roleDomain, double stranded)
    {
        var role = roles[path.Depth];
        if (replica == role.Role.Replicas)
        {
            var to = state.Mark;
            var fit = new RoleFit(true, TightestLevel(path.LogFrom, to), replica, stranded);
            choices[role.Position] = new RoleChoice(path.Candidate, fit, role.Score(path.Candidate, fit), path.LogFrom, to);
            return PlaceRole(path.Depth + 1, path.Budget, shared == TopologyLevel.Anywhere ? null : roleDomain ?? path.SharedDomain);
        }

        var plan = path.Candidate.Plan;
        for (var node = fromNode; node < role.RangeOf(path.Candidate.Cluster).To; node++)
        {
            var domain = role.Widest == TopologyLevel.Anywhere ? 0 : state.Columns.DomainOf(node, role.Widest);
            if (
                (roleDomain is { } own && own != domain)
                || (shared != TopologyLevel.Anywhere && path.SharedDomain is { } bound && bound != domain)
                || !plan.AllowsNode(node)
                || NodeFit.Count(state, plan, node, 1) == 0
            )
            {
                continue;
            }

            var mark = state.Mark;
            var before = NodeChoice.Fragmentation(state, node);
            state.TakeNode(node, plan.CpuMilli, plan.MemoryMib);
            var place = new ReplicaPath(path, replica, node, domain, stranded, before);
            if (PlaceCards(place, 0, state.Columns.DeviceStart[node], null))
            {
                return true;
            }

            state.RollbackTo(mark);
        }

        return false;
    }

    private bool PlaceCards(ReplicaPath place, int card, int fromDevice, string? model)
    {
        var plan = place.Role.Candidate.Plan;
        if (card == plan.Cards)
        {
            if (Steps++ >= maxSteps)
            {
                return false;
            }

            var stranded = place.Stranded + NodeChoice.Fragmentation(state, place.Node) - place.Before;
            return PlaceReplica(place.Role, place.Replica + 1, place.Node, place.Domain, stranded);
        }

        var columns = state.Columns;
        var tried = new HashSet<(int Class, int Compute, int Memory)>();
        for (var d = fromDevice; d < columns.DeviceStart[place.Node + 1]; d++)
        {
            // Devices in the same state are interchangeable: one of them stands for all.
            if (
                !DeviceChoice.OfModel(columns, d, model)
                || NodeFit.SharesLeft(state, plan, d) == 0
                || !tried.Add((columns.DeviceClass[d], state.FreeDeviceCompute[d], state.FreeDeviceMemory[d]))
            )
            {
                continue;
            }

            var mark = state.Mark;
            ref readonly var grant = ref plan.Grants[columns.DeviceClass[d]];
            state.TakeDevice(d, grant.ComputeMilli, grant.MemoryMib);
            if (PlaceCards(place, card + 1, d + 1, columns.DeviceClasses[columns.DeviceClass[d]].Model))
            {
                return true;
            }

            state.RollbackTo(mark);
        }

        return false;
    }

    private TopologyLevel TightestLevel(int from, int to)
    {
        var nodes = new SortedSet<int>();
        foreach (var entry in state.Log(from, to))
        {
            if (entry.Kind == LogKind.Node)
            {
                nodes.Add(entry.Index);
            }
        }

        for (var level = TopologyLevel.Node; level > TopologyLevel.Anywhere; level--)
        {
            if (nodes.Select(node => state.Columns.DomainOf(node, level)).Distinct().Count() <= 1)
            {
                return level;
            }
        }

        return TopologyLevel.Anywhere;
    }

    private sealed record RolePath(int Depth, Candidate Candidate, long Budget, int LogFrom, int? SharedDomain);

    private sealed record ReplicaPath(RolePath Role, int Replica, int Node, int Domain, double Stranded, double Before);
}

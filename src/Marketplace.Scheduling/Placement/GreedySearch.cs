using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// Several roles, the heaviest first, each on its best candidate that leaves room for the others, with a step back where it does not. Quick, and
/// usually enough; the complete search behind it is <see cref="JointSearch"/>.
/// </summary>
/// <param name="leastPriceAfter">By position in <paramref name="byWeight"/>: what the roles from there on cost at least.</param>
internal sealed class GreedySearch(WorkingState state, RoleSearch[] byWeight, long[] leastPriceAfter, TopologyLevel shared)
{
    /// <summary>Most role placements tried to bring several roles under one roof.</summary>
    public const int MaxTrials = 4096;

    private RoleChoice[] choices = [];

    /// <summary>Candidates of this precedence or a later one are not used.</summary>
    public required int BeforePrecedence { get; init; }

    /// <summary>Role placements tried.</summary>
    public int Trials { get; private set; }

    /// <summary>Leaves the placement on the state when there is one.</summary>
    public bool Run(long budget, RoleChoice[] into)
    {
        choices = into;
        return PlaceFrom(0, budget, null);
    }

    private bool PlaceFrom(int depth, long budget, int? domain)
    {
        if (depth == byWeight.Length)
        {
            return true;
        }

        var role = byWeight[depth];
        for (var i = 0; role.TryCandidate(i, out var candidate) && Trials < MaxTrials; i++)
        {
            if (candidate.Order.Precedence >= BeforePrecedence)
            {
                break;
            }

            if (
                (Int128)candidate.PricePerHour + leastPriceAfter[depth + 1] > budget
                || (candidate.Offer >= 0 && candidate.RoleMilli > state.OfferMilli[candidate.Offer])
                || (role.IsKnown(candidate) && !role.FitOf(candidate).Fits)
            )
            {
                continue;
            }

            foreach (var range in Domains(role, candidate, domain))
            {
                var mark = state.Mark;
                Trials++;
                if (
                    Commit(role, candidate, range)
                    && PlaceFrom(
                        depth + 1,
                        budget - candidate.PricePerHour,
                        shared == TopologyLevel.Anywhere ? null : DomainOf(range, candidate)
                    )
                )
                {
                    return true;
                }

                state.RollbackTo(mark);
            }
        }

        return false;
    }

    /// <summary>
    /// Where a role may go: everywhere in its cluster, or, when all roles share one domain, each domain of that level in turn
    /// (tightest first) until the first role has chosen it.
    /// </summary>
    private IEnumerable<NodeRange> Domains(RoleSearch role, Candidate candidate, int? domain)
    {
        var all = role.RangeOf(candidate.Cluster);
        if (shared == TopologyLevel.Anywhere)
        {
            return [all];
        }

        if (shared == TopologyLevel.Cluster)
        {
            return domain is null || domain == candidate.Cluster ? [all] : [];
        }

        if (domain is { } chosen)
        {
            return [all with { DomainLevel = shared, Domain = chosen }];
        }

        var columns = state.Columns;
        return Enumerable
            .Range(all.From, all.To - all.From)
            .Select(node => columns.DomainOf(node, shared))
            .Distinct()
            .Select(id => all with { DomainLevel = shared, Domain = id })
            .Select(range =>
                (Range: range, Most: RolePlacer.MostReplicas(state, candidate.Plan, InputBounds.MaxReplicas, range, TopologyLevel.Anywhere))
            )
            .Where(entry => entry.Most >= role.Role.Replicas)
            .OrderBy(entry => entry.Most)
            .Select(entry => entry.Range)
            .ToList();
    }

    private int DomainOf(NodeRange range, Candidate candidate) => shared == TopologyLevel.Cluster ? candidate.Cluster : range.Domain;

    private bool Commit(RoleSearch role, in Candidate candidate, NodeRange range)
    {
        var widest = range.DomainLevel == TopologyLevel.Anywhere ? role.Widest : TopologyLevel.Anywhere;
        var mark = state.Mark;
        if (candidate.Offer >= 0)
        {
            state.TakeOffer(candidate.Offer, candidate.RoleMilli);
        }

        var from = state.Mark;
        var fit = RolePlacer.TryPlace(state, candidate.Plan, role.Role.Replicas, range, widest);
        if (!fit.Fits)
        {
            state.RollbackTo(mark);
            return false;
        }

        choices[role.Position] = new RoleChoice(candidate, fit, role.Score(candidate, fit), from, state.Mark);
        return true;
    }
}

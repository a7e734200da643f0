using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>Where a request is decided: among the offers, or on the nodes of one cluster.</summary>
/// <param name="Cluster">Position of the cluster, or null for the offers.</param>
/// <param name="Excluded">Offers that must not be used, or null.</param>
/// <param name="Shapes">What is already known about requests on this snapshot.</param>
/// <param name="Within">The only offers that may be used, ascending, or null: where a market matched the request.</param>
internal readonly record struct DecisionScope(int? Cluster, Bitset? Excluded, ShapeCache Shapes, int[]? Within = null)
{
    public RequestSearch Search(WorkingState state, PlacementRequest request, bool explain) => new(state, request, this, explain);
}

/// <summary>Decides one request on a working state and explains it. A placement stays on the state; a refusal leaves it as it was.</summary>
internal static class Decider
{
    public static Decision Decide(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        var problems = Problems(state, request);
        if (problems.Count > 0)
        {
            return new Refused(request.Id, new Explanation { Problems = problems })
            {
                Code = RefusalCodes.InvalidRequest,
                NeverFits = true,
            };
        }

        var search = scope.Search(state, request, explain: true);
        var explanation = Explain(state, search);
        return search.Fits
            ? DecisionBuilder.Build(state, request, search, explanation)
            : Refuse(state, request, scope, search, explanation);
    }

    /// <summary>The same for callers to whom a refusal is no news: null, without the work of explaining it.</summary>
    public static Placed? TryPlace(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        if (Problems(state, request).Count > 0)
        {
            return null;
        }

        var search = scope.Search(state, request, explain: true);
        return search.Fits ? DecisionBuilder.Build(state, request, search, Explain(state, search)) : null;
    }

    private static IReadOnlyList<InputProblem> Problems(WorkingState state, PlacementRequest request) =>
        RequestValidation.Check(request) is { Count: > 0 } problems
            ? problems
            : EdgeValidation.CheckPlaces(request, state.Columns.Network.HasSite);

    private static Explanation Explain(WorkingState state, RequestSearch search)
    {
        if (!search.Later)
        {
            return Told(search);
        }

        var columns = state.Columns;
        return new Explanation(() =>
        {
            var later = columns.Current.Rent();
            search.Finish(later);
            columns.Current.Return(later);
            return Told(search);
        });
    }

    private static Explanation Told(RequestSearch search) =>
        new()
        {
            Funnel = [.. search.Roles.SelectMany(role => role.Funnel())],
            Candidates = search.Compare,
            ClosestMiss = search.Miss,
            LatencyMisses = search.LatencyMisses,
            PlacementsTried = search.Trials,
        };

    private static Refused Refuse(
        WorkingState state,
        PlacementRequest request,
        DecisionScope scope,
        RequestSearch search,
        Explanation explanation
    )
    {
        return new Refused(request.Id, explanation with { WouldFitIf = Advice(state, request, scope) })
        {
            Code = search.RefusalCode!,
            Rule = search.EmptiedBy ?? CapacityRule(state, request, search),
            NeverFits = search.NeverFits || (search.RefusalCode != RefusalCodes.CurrencyAmbiguous && NeverFits(state, request, scope)),
        };
    }

    /// <summary>
    /// Advice costs many searches, so it is worked out when it is read: on the supply as it was, unless earlier placements of a trial have
    /// changed it.
    /// </summary>
    private static IReadOnlyList<FitChange> Advice(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        if (state.Mark > 0)
        {
            return FitAdvice.Find(state, request, scope);
        }

        var columns = state.Columns;
        return new Deferred<FitChange>(() =>
        {
            var later = columns.Current.Rent();
            var found = FitAdvice.Find(later, request, scope with { Shapes = new ShapeCache(columns, scope.Shapes.Lookup) });
            columns.Current.Return(later);
            return found;
        });
    }

    private static bool NeverFits(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        var empty = state.Columns.Empty.Rent();
        if (request.Roles.Count == 1)
        {
            var fits = new RoleSearch(empty, request, 0, scope, explain: false).FitsSomewhere(request.BudgetPerHour ?? long.MaxValue);
            state.Columns.Empty.Return(empty);
            return !fits;
        }

        var onEmpty = scope.Search(empty, request, explain: false);
        state.Columns.Empty.Return(empty);
        return !onEmpty.Fits && onEmpty.RefusalCode is not (RefusalCodes.SearchLimit or RefusalCodes.CurrencyAmbiguous);
    }

    /// <summary>Which rule stopped the placement itself: the nodes' rules, one replica's size, what is free, or the gang's domain.</summary>
    private static string? CapacityRule(WorkingState state, PlacementRequest request, RequestSearch search)
    {
        if (search.RefusalCode == RefusalCodes.OverBudget)
        {
            return RuleCodes.Budget;
        }

        if (search.RefusalCode == RefusalCodes.EdgeLatency)
        {
            return RuleCodes.EdgeLatency;
        }

        if (search.RefusalCode != RefusalCodes.NotEnoughCapacity)
        {
            return search.RefusalCode == RefusalCodes.CurrencyAmbiguous ? RuleCodes.Currency : RuleCodes.Together;
        }

        var role = Array.Find(search.Roles, role => role.Role.Name == search.Miss?.Role);
        if (role is null)
        {
            return RuleCodes.FreeCapacity;
        }

        var empty = state.Columns.Empty.Rent();
        bool apart = false,
            replica = false,
            allowed = false;
        foreach (var candidate in role.LookAtAll().DistinctBy(candidate => (candidate.Cluster, candidate.Plan)))
        {
            var range = role.RangeOf(candidate.Cluster);
            apart |=
                RolePlacer.MostReplicas(state, candidate.Plan, role.Role.Replicas, range, TopologyLevel.Anywhere) >= role.Role.Replicas;
            replica |= RolePlacer.MostReplicas(empty, candidate.Plan, 1, range, TopologyLevel.Anywhere) > 0;
            for (var node = range.From; node < range.To && !allowed; node++)
            {
                allowed = candidate.Plan.AllowsNode(node);
            }
        }

        state.Columns.Empty.Return(empty);
        return apart ? RuleCodes.Together
            : replica ? RuleCodes.FreeCapacity
            : allowed ? RuleCodes.ReplicaSize
            : RuleCodes.NodeRules;
    }
}

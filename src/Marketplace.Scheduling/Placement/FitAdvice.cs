using System.Globalization;
using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Work;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// What would have to change for a refused request to fit. Every change is proven by deciding the changed request on the
/// same state before it is offered.
/// </summary>
internal static class FitAdvice
{
    /// <summary>Changes offered at most; each costs a search.</summary>
    private const int MaxChanges = 3;

    public static IReadOnlyList<FitChange> Find(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        var found = new List<FitChange>();
        foreach (var change in Single(state, request, scope))
        {
            if (Fits(state, change.Request, scope))
            {
                found.Add(change);
                if (found.Count == MaxChanges)
                {
                    return found;
                }
            }
        }

        if (found.Count == 0)
        {
            var bare = request with
            {
                Constraints = new Constraints { Tolerations = request.Constraints.Tolerations },
                MaxPricePerCardHour = null,
                BudgetPerHour = null,
                DeadlineHours = null,
                Policy = null,
                Edges = [.. request.Edges.Select(edge => edge with { MaxRoundTripMs = null })],
                Roles = GraphAdvice.Unbound(request.Roles),
            };
            if (Fits(state, bare, scope))
            {
                found.Add(new FitChange(ChangeCodes.DropAllConstraints, Args(), bare));
            }
        }

        return found;
    }

    /// <summary>Single changes worth trying, the mildest first. Lazy: a later one is only worked out when it is needed.</summary>
    private static IEnumerable<FitChange> Single(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        if (scope.Cluster is null)
        {
            foreach (
                var currency in request.Currency is null && state.Columns.Index.Currencies.Count > 1 ? state.Columns.Index.Currencies : []
            )
            {
                yield return new FitChange(ChangeCodes.ChooseCurrency, Args(("currency", currency)), request with { Currency = currency });
            }

            foreach (var change in OfTerms(state, request, scope).Concat(GraphAdvice.OfEdges(state, request, scope)))
            {
                yield return change;
            }
        }

        foreach (var change in WorkAdvice.OfDeadline(request))
        {
            yield return change;
        }

        foreach (var change in OfTopology(state, request, scope))
        {
            yield return change;
        }

        foreach (var (rule, without) in Droppable(request, scope))
        {
            yield return new FitChange(ChangeCodes.DropConstraint, Args(("rule", rule)), without);
        }

        foreach (var change in OfReplicas(state, request, scope))
        {
            yield return change;
        }

        foreach (var other in Enum.GetValues<ContractClass>().Where(other => scope.Cluster is null && other != request.ContractClass))
        {
            yield return new FitChange(
                ChangeCodes.ChangeContractClass,
                Args(("class", other.ToString())),
                request with
                {
                    ContractClass = other,
                }
            );
        }
    }

    /// <summary>Price, budget, verification and memory move to the exact value that the best placement without them needs.</summary>
    private static IEnumerable<FitChange> OfTerms(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        var constraints = request.Constraints;
        if (constraints.MinVerificationLevel > 0)
        {
            var without = request with { Constraints = constraints with { MinVerificationLevel = 0 } };
            if (Measure(state, without, scope, search => Offers(state, search).Min(offer => offer.VerificationLevel)) is { } level)
            {
                yield return new FitChange(
                    ChangeCodes.LowerVerification,
                    Args(("level", Text(level))),
                    request with
                    {
                        Constraints = constraints with { MinVerificationLevel = (int)level },
                    }
                );
            }
        }

        if (request.MaxPricePerCardHour is not null)
        {
            var without = request with { MaxPricePerCardHour = null };
            if (Measure(state, without, scope, search => Offers(state, search).Max(offer => offer.PricePerCardHour)) is { } price)
            {
                yield return new FitChange(
                    ChangeCodes.RaisePrice,
                    Args(("micros", Text(price))),
                    request with
                    {
                        MaxPricePerCardHour = price,
                    }
                );
            }
        }

        if (request.BudgetPerHour is not null)
        {
            var without = request with { BudgetPerHour = null };
            if (Measure(state, without, scope, search => search.Choices.Sum(choice => choice.Candidate.PricePerHour)) is { } price)
            {
                yield return new FitChange(ChangeCodes.RaiseBudget, Args(("micros", Text(price))), request with { BudgetPerHour = price });
            }
        }
    }

    private static IEnumerable<FitChange> OfTopology(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        var constraints = request.Constraints;
        if (constraints.MinDeviceMemoryMib > 0)
        {
            var without = request with { Constraints = constraints with { MinDeviceMemoryMib = 0 } };
            if (Measure(state, without, scope, search => LeastDeviceMemory(state, search)) is { } memoryMib)
            {
                yield return new FitChange(
                    ChangeCodes.LowerDeviceMemory,
                    Args(("memoryMib", Text(memoryMib))),
                    request with
                    {
                        Constraints = constraints with { MinDeviceMemoryMib = (int)memoryMib },
                    }
                );
            }
        }

        for (var level = constraints.Together - 1; level >= TopologyLevel.Anywhere; level--)
        {
            yield return new FitChange(
                ChangeCodes.LoosenTogether,
                Args(("level", level.ToString())),
                request with
                {
                    Constraints = constraints with { Together = level },
                }
            );
        }
    }

    private static IEnumerable<(string Rule, PlacementRequest Request)> Droppable(PlacementRequest request, DecisionScope scope)
    {
        var has = request.Constraints;
        var onOffers = scope.Cluster is null;
        (string Rule, bool Set, Constraints Without)[] all =
        [
            (RuleCodes.RoundTrip, onOffers && has.MaxRoundTripMs is not null, has with { MaxRoundTripMs = null }),
            (RuleCodes.Offer, onOffers && has.OfferIds.Count > 0, has with { OfferIds = [] }),
            (RuleCodes.Cluster, onOffers && has.ClusterIds.Count > 0, has with { ClusterIds = [] }),
            (RuleCodes.Site, onOffers && has.SiteIds.Count > 0, has with { SiteIds = [] }),
            (RuleCodes.Region, onOffers && has.Regions.Count > 0, has with { Regions = [] }),
            (RuleCodes.Tier, onOffers && has.Tiers.Count > 0, has with { Tiers = [] }),
            (RuleCodes.SupplierAllowed, onOffers && has.AllowedSuppliers.Count > 0, has with { AllowedSuppliers = [] }),
            (RuleCodes.SupplierDenied, onOffers && has.DeniedSuppliers.Count > 0, has with { DeniedSuppliers = [] }),
            (RuleCodes.Vendor, has.Vendors.Count > 0, has with { Vendors = [] }),
            (RuleCodes.Stack, has.Stacks.Count > 0, has with { Stacks = [] }),
            (RuleCodes.DeviceModel, has.DeviceModels.Count > 0, has with { DeviceModels = [] }),
            (
                RuleCodes.NodeRules,
                has.NodeLabels.Count > 0 || has.Architectures.Count > 0,
                has with
                {
                    NodeLabels = new Dictionary<string, string>(),
                    Architectures = [],
                }
            ),
            (RuleCodes.Country, onOffers && has.Countries.Count > 0, has with { Countries = [] }),
        ];
        return all.Where(rule => rule.Set)
            .Select(rule => (rule.Rule, request with { Constraints = rule.Without }))
            .Concat(onOffers ? GraphAdvice.Droppable(request) : []);
    }

    /// <summary>The largest number of replicas that fits, by bisection, for one role at a time; or the least an offer sells.</summary>
    private static IEnumerable<FitChange> OfReplicas(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        for (var r = 0; r < request.Roles.Count; r++)
        {
            int low = 0,
                high = request.Roles[r].Replicas - 1;
            while (low < high)
            {
                var middle = low + ((high - low + 1) / 2);
                (low, high) = Fits(state, WithReplicas(request, r, middle), scope) ? (middle, high) : (low, middle - 1);
            }

            if (low > 0)
            {
                yield return OfCount(ChangeCodes.FewerReplicas, request, r, low);
            }
            else if (scope.Cluster is null && state.Columns.Offers.Any(offer => offer.MinCards > 0))
            {
                // Too few for every minimum take: the next larger counts that some offer starts at.
                var role = request.Roles[r];
                var starts = state
                    .Columns.Offers.Select(offer => offer.MinCards)
                    .SelectMany(least => role.Variants.Select(variant => CeilingOf(least, Math.Max(1, variant.CardsPerReplica))))
                    .Where(replicas => replicas > role.Replicas && replicas <= InputBounds.MaxReplicas)
                    .Distinct()
                    .Order()
                    .Take(MaxChanges);
                foreach (var replicas in starts)
                {
                    yield return OfCount(ChangeCodes.MoreReplicas, request, r, replicas);
                }
            }
        }
    }

    private static FitChange OfCount(string code, PlacementRequest request, int role, int replicas) =>
        new(code, Args(("role", request.Roles[role].Name), ("replicas", Text(replicas))), WithReplicas(request, role, replicas));

    private static PlacementRequest WithReplicas(PlacementRequest request, int role, int replicas) =>
        request with
        {
            Roles = [.. request.Roles.Select((each, at) => at == role ? each with { Replicas = replicas } : each)],
        };

    private static bool Fits(WorkingState state, PlacementRequest request, DecisionScope scope)
    {
        var mark = state.Mark;
        var fits = scope.Search(state, request, explain: false).Fits;
        state.RollbackTo(mark);
        return fits;
    }

    /// <summary>Places the request and reads a number off the placement; null when it does not fit.</summary>
    private static long? Measure(WorkingState state, PlacementRequest request, DecisionScope scope, Func<RequestSearch, long> measure)
    {
        var mark = state.Mark;
        var search = scope.Search(state, request, explain: false);
        long? measured = search.Fits ? measure(search) : null;
        state.RollbackTo(mark);
        return measured;
    }

    private static IEnumerable<Offer> Offers(WorkingState state, RequestSearch search) =>
        search.Choices.Select(choice => state.Columns.Offers[choice.Candidate.Offer]);

    /// <summary>The least memory of the devices a placement uses; 0 when it uses none.</summary>
    private static int LeastDeviceMemory(WorkingState state, RequestSearch search)
    {
        var least = int.MaxValue;
        foreach (var choice in search.Choices)
        {
            foreach (var entry in state.Log(choice.LogFrom, choice.LogTo))
            {
                if (entry.Kind == LogKind.Device)
                {
                    least = Math.Min(least, state.Columns.DeviceClasses[state.Columns.DeviceClass[entry.Index]].MemoryMib);
                }
            }
        }

        return least == int.MaxValue ? 0 : least;
    }

    private static int CeilingOf(int amount, int unit) => (amount + unit - 1) / unit;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Args(params (string Name, string Value)[] args) =>
        args.ToDictionary(arg => arg.Name, arg => arg.Value, StringComparer.Ordinal);
}

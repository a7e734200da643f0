using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>One role of one request on a working state: which candidates are still for sale, and how they would sit.</summary>
internal sealed class RoleSearch
{
    /// <summary>A price per hour beyond 64 bits cannot be charged, so such a candidate is no candidate.</summary>
    private const double MaxMicrosTimesMilli = 9e21;

    private readonly WorkingState state;
    private readonly RoleShape shape;
    private readonly Bitset? excluded;
    private readonly List<Candidate> candidates = [];
    private readonly Dictionary<(int Cluster, VariantPlan Plan), RoleFit> fits = [];
    private readonly List<FunnelStep> funnel = [];
    private int looked;

    public RoleSearch(WorkingState state, PlacementRequest request, int position, DecisionScope scope, bool explain)
    {
        this.state = state;
        excluded = scope.Excluded;
        Position = position;
        Role = request.Roles[position];
        Widest = request.Constraints.Together;
        shape = scope.Shapes.Of(request, Role, scope.Cluster);
        EmptiedBy = shape.EmptiedBy;
        if (EmptiedBy is null && !TryCandidate(0, out _))
        {
            EmptiedBy = CountTakes().AboveMinimum == 0 ? RuleCodes.MinimumTake : RuleCodes.AvailableCards;
        }

        if (explain)
        {
            BeginFunnel(scope);
        }
    }

    public int Position { get; }
    public Role Role { get; }

    /// <summary>The rule that left no candidate, or null.</summary>
    public string? EmptiedBy { get; }

    /// <summary>The widest domain the replicas of this role may spread over.</summary>
    public TopologyLevel Widest { get; }

    /// <summary>The steps up to the trial placements.</summary>
    public IReadOnlyList<FunnelStep> Funnel => funnel;

    /// <summary>What the offers sold when the search began; null without an explanation or without offers.</summary>
    public TakeCounts? Takes { get; private set; }

    /// <summary>True once a cluster was found that cannot hold the role.</summary>
    public bool FoundFull { get; private set; }

    /// <summary>The candidate at a position of the order of trying, or false past the end.</summary>
    public bool TryCandidate(int position, out Candidate candidate)
    {
        while (candidates.Count <= position)
        {
            if (!shape.Queue.TryGet(looked, out var order))
            {
                candidate = default;
                return false;
            }

            looked++;
            if (IsForSale(order))
            {
                candidates.Add(Expand(order));
            }
        }

        candidate = candidates[position];
        return true;
    }

    /// <summary>
    /// Every candidate, in the order of trying. Called before roles compete: what one of them takes for a while must not hide
    /// a candidate from another for good.
    /// </summary>
    public IReadOnlyList<Candidate> LookAtAll()
    {
        TryCandidate(int.MaxValue, out _);
        return candidates;
    }

    /// <summary>Every cluster and variant of the shape.</summary>
    public IEnumerable<(int Cluster, VariantPlan Plan, int Offer)> Places() =>
        Enumerable
            .Range(0, shape.Queue.Count)
            .Select(number => shape.Queue[number])
            .Select(order => (shape.ClusterOf(order), shape.PlanOf(order), order.Offer));

    /// <summary>How the role would sit in the candidate's cluster on the state as it was when first asked.</summary>
    public RoleFit FitOf(in Candidate candidate)
    {
        if (fits.TryGetValue((candidate.Cluster, candidate.Plan), out var known))
        {
            return known;
        }

        var mark = state.Mark;
        var fit = RolePlacer.TryPlace(state, candidate.Plan, Role.Replicas, RangeOf(candidate.Cluster), Widest);
        state.RollbackTo(mark);
        fits.Add((candidate.Cluster, candidate.Plan), fit);
        FoundFull |= !fit.Fits;
        return fit;
    }

    /// <summary>Whether <see cref="FitOf"/> would answer without a trial placement.</summary>
    public bool IsKnown(in Candidate candidate) => fits.ContainsKey((candidate.Cluster, candidate.Plan));

    /// <summary>Whether the role was tried there and did not fit.</summary>
    public bool IsFull(int cluster, VariantPlan plan) => fits.TryGetValue((cluster, plan), out var fit) && !fit.Fits;

    public NodeRange RangeOf(int cluster) => new(state.Columns.NodeStart[cluster], state.Columns.NodeStart[cluster + 1]);

    public ScoreFractions Score(in Candidate candidate, RoleFit fit) => shape.Score.Of(candidate, fit, Role.Replicas);

    public int MicroPoints(in ScoreFractions fractions) => shape.Score.MicroPoints(fractions);

    public CandidateScore Explain(in Candidate candidate, ScoreFractions fractions)
    {
        var columns = state.Columns;
        return new CandidateScore(
            Role.Name,
            candidate.Offer < 0 ? null : columns.Offers[candidate.Offer].Id,
            Role.Variants[candidate.Variant].Name,
            columns.Clusters[candidate.Cluster].Id,
            shape.Score.Parts(fractions),
            MicroPoints(fractions) / 1e6,
            candidate.PricePerHour,
            Prices.PerUnit(candidate.PricePerHour, Prices.UnitsPerSecond(Role, candidate.Variant))
        );
    }

    private bool IsForSale(in CandidateOrder order)
    {
        if (order.Offer < 0)
        {
            return true;
        }

        var index = state.Columns.Index;
        var milli = order.PerReplicaMilli * Role.Replicas;
        return milli <= state.OfferMilli[order.Offer]
            && milli >= index.MinMilli[order.Offer]
            && (double)index.Price[order.Offer] * milli <= MaxMicrosTimesMilli
            && excluded?[order.Offer] != true;
    }

    private Candidate Expand(in CandidateOrder order)
    {
        var milli = order.PerReplicaMilli * Role.Replicas;
        var price = order.Offer < 0 ? 0 : Prices.PerHour(state.Columns.Index.Price[order.Offer], milli);
        return new Candidate(order.Offer, order.Variant, shape.ClusterOf(order), shape.PlanOf(order), milli, price, order);
    }

    private TakeCounts CountTakes()
    {
        var index = state.Columns.Index;
        var counts = new TakeCounts(index);
        for (var number = 0; number < shape.Queue.Count; number++)
        {
            var order = shape.Queue[number];
            counts.Add(order.Offer, order.PerReplicaMilli * Role.Replicas >= index.MinMilli[order.Offer], IsForSale(order));
        }

        return counts;
    }

    private void BeginFunnel(DecisionScope scope)
    {
        if (scope.Cluster is { } cluster)
        {
            var plans = Places().Select(place => place.Plan).ToArray();
            funnel.AddRange(CapacityFunnel.OfNodes(state, Role, RangeOf(cluster), plans));
            return;
        }

        // The shape may come from a role of another name.
        funnel.AddRange(shape.Funnel.Select(step => step.Role == Role.Name ? step : step with { Role = Role.Name }));
        if (shape.Offers > 0)
        {
            Takes = CountTakes();
            funnel.AddRange(CapacityFunnel.OfTakes(Role, Takes, shape.Offers, funnel[^1].CardsAfter));
        }
    }
}

/// <summary>Offers and cards left after each look at what a role takes of an offer; an offer counts once for all variants.</summary>
internal sealed class TakeCounts(OfferIndex index)
{
    private readonly Bitset withDevices = new(index.All.Length);
    private readonly Bitset aboveMinimum = new(index.All.Length);
    private readonly Bitset forSale = new(index.All.Length);
    private long milliWithDevices;
    private long milliAboveMinimum;
    private long milliForSale;

    public int WithDevices { get; private set; }
    public int AboveMinimum { get; private set; }
    public int Available { get; private set; }
    public long CardsWithDevices => milliWithDevices / 1000;
    public long CardsAboveMinimum => milliAboveMinimum / 1000;
    public long CardsAvailable => milliForSale / 1000;

    public bool WasForSale(int offer) => forSale[offer];

    public void Add(int offer, bool reachesMinimum, bool isForSale)
    {
        var milli = index.AvailableMilli[offer];
        if (!withDevices[offer])
        {
            withDevices.Add(offer);
            WithDevices++;
            milliWithDevices += milli;
        }

        if (reachesMinimum && !aboveMinimum[offer])
        {
            aboveMinimum.Add(offer);
            AboveMinimum++;
            milliAboveMinimum += milli;
        }

        if (isForSale && !forSale[offer])
        {
            forSale.Add(offer);
            Available++;
            milliForSale += milli;
        }
    }
}

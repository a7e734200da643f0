using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>One role of one request on a working state: which candidates are still for sale, and how they would sit.</summary>
internal sealed class RoleSearch
{
    private WorkingState state;
    private readonly RoleShape shape;
    private readonly Bitset? excluded;
    private readonly int[]? within;
    private readonly List<Candidate> candidates = [];
    private readonly Dictionary<(int Cluster, VariantPlan Plan), (RoleFit Fit, LogEntry[] Places)> fits = [];
    private readonly CandidateQueue queue;
    private readonly int sales;
    private readonly IReadOnlyList<FunnelStep> ofNodes = [];
    private readonly DataCosts? costs;
    private TakeCounts? takes;
    private int looked;

    public RoleSearch(WorkingState state, PlacementRequest request, int position, DecisionScope scope, bool explain)
    {
        this.state = state;
        // A copy: the explanation is read later, when others have been excluded too.
        excluded = explain ? scope.Excluded?.Copy() : scope.Excluded;
        Position = position;
        Role = request.Roles[position];
        Widest = request.Constraints.Together;
        shape = scope.Shapes.Of(request, Role, scope.Cluster);
        within = scope.Within;
        queue = within is null ? shape.Queue(Role.Replicas, state.AsIfEmpty) : shape.QueueWithin(Role.Replicas, within);
        sales = state.Sales;
        costs = DataCosts.Of(state.Columns, request, Role);
        if (!TryCandidate(0, out _))
        {
            FilteredBy = shape.EmptiedBy;
            EmptiedBy = FilteredBy ?? (ReachesMinimum() ? RuleCodes.AvailableCards : RuleCodes.MinimumTake);
        }

        if (explain && scope.Cluster is { } cluster)
        {
            ofNodes = [.. CapacityFunnel.OfNodes(state, Role, RangeOf(cluster), [.. shape.Each().Select(each => each.Plan)])];
        }
        else if (explain && !state.IsUntouched)
        {
            // Counted now: later nobody will know what the offers still sold.
            takes = CountTakes(state.OfferMilli);
        }
    }

    public int Position { get; }
    public Role Role { get; }

    /// <summary>The rule that left no candidate, or null.</summary>
    public string? EmptiedBy { get; }

    /// <summary>The widest domain the replicas of this role may spread over.</summary>
    public TopologyLevel Widest { get; }

    /// <summary>The filter that left nothing, whatever the role takes, or null.</summary>
    public string? FilteredBy { get; }

    /// <summary>True once a cluster was found that cannot hold the role.</summary>
    public bool FoundFull { get; private set; }

    /// <summary>The candidate at a position of the order of trying, or false past the end.</summary>
    public bool TryCandidate(int position, out Candidate candidate)
    {
        while (candidates.Count <= position)
        {
            if (!queue.TryGet(looked, out var order))
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

    /// <summary>Every candidate in no particular order, without the points that only an order needs.</summary>
    public IEnumerable<Candidate> Unordered()
    {
        foreach (var order in shape.Unordered(Role.Replicas, state.AsIfEmpty))
        {
            if (IsForSale(order))
            {
                yield return Expand(order);
            }
        }
    }

    /// <summary>Position of the policy's tier a candidate is of; null without a policy.</summary>
    public int? TierOf(in Candidate candidate) => shape.HasTiers ? shape.TierOf(candidate.Offer) : null;

    /// <summary>What moving the role's data to a candidate costs in an hour, in micro-units; 0 when that is unknown.</summary>
    public decimal DataPerHour(in Candidate candidate) =>
        costs is null || candidate.Offer < 0 ? 0 : (decimal)Math.Round(costs.PerHour(RegionOf(candidate), candidate.Variant));

    /// <summary>What moving the role's data to a candidate costs once, in micro-units.</summary>
    public Int128 DataOnce(in Candidate candidate) => costs is null || candidate.Offer < 0 ? 0 : costs.Once(RegionOf(candidate));

    /// <summary>Position of the site a candidate is at.</summary>
    public int SiteOf(in Candidate candidate) => state.Columns.ClusterSite[candidate.Cluster];

    /// <summary>How the role would sit in the candidate's cluster on the state as it was when first asked.</summary>
    public RoleFit FitOf(in Candidate candidate)
    {
        if (fits.TryGetValue((candidate.Cluster, candidate.Plan), out var known))
        {
            return known.Fit;
        }

        var mark = state.Mark;
        var fit = RolePlacer.TryPlace(state, candidate.Plan, Role.Replicas, RangeOf(candidate.Cluster), Widest);
        fits.Add((candidate.Cluster, candidate.Plan), (fit, state.Log(mark, state.Mark).ToArray()));
        state.RollbackTo(mark);
        FoundFull |= !fit.Fits;
        return fit;
    }

    /// <summary>Takes the places that <see cref="FitOf"/> found, on a state that equals the one it was asked on.</summary>
    public void Take(in Candidate candidate) => state.Repeat(fits[(candidate.Cluster, candidate.Plan)].Places);

    /// <summary>Goes on where the search stopped, on another state that equals the one it began on.</summary>
    public void Resume(WorkingState other) => state = other;

    /// <summary>Whether <see cref="FitOf"/> would answer without a trial placement.</summary>
    public bool IsKnown(in Candidate candidate) => fits.ContainsKey((candidate.Cluster, candidate.Plan));

    /// <summary>Whether the role was tried there and did not fit.</summary>
    private bool IsFull(int cluster, VariantPlan plan) => fits.TryGetValue((cluster, plan), out var known) && !known.Fit.Fits;

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
            Prices.PerUnit(candidate.PricePerHour + DataPerHour(candidate), Prices.UnitsPerSecond(Role, candidate.Variant))
        );
    }

    private bool IsForSale(in CandidateOrder order) =>
        order.Offer < 0
        || (order.PerReplicaMilli * Role.Replicas <= state.OfferMilliAt(sales, order.Offer) && excluded?[order.Offer] != true);

    private Candidate Expand(in CandidateOrder order)
    {
        var milli = order.PerReplicaMilli * Role.Replicas;
        var price = PriceOf(order.Offer, order.PerReplicaMilli);
        return new Candidate(order.Offer, order.Variant, shape.ClusterOf(order.Offer), shape.PlanOf(order), milli, price, order);
    }

    /// <summary>The filters, what the role takes, and what was seen when places were tried. May be read after the state has moved on.</summary>
    public IEnumerable<FunnelStep> Funnel()
    {
        if (ofNodes.Count > 0)
        {
            return ofNodes;
        }

        // The shape may come from a role of another name.
        List<FunnelStep> steps = [.. shape.Funnel.Select(step => step.Role == Role.Name ? step : step with { Role = Role.Name })];
        if (FilteredBy is { } rule && rule != RuleCodes.Variant)
        {
            return steps;
        }

        takes ??= CountTakes(state.Columns.Index.AvailableMilli);
        if (steps[^1].OffersAfter > 0)
        {
            steps.AddRange(CapacityFunnel.OfTakes(Role, takes, steps[^1].OffersAfter, steps[^1].CardsAfter));
        }

        if (within is not null)
        {
            steps.Add(CapacityFunnel.OfMatch(Role, takes, state.Columns.Index, within));
        }
        else if (EmptiedBy is null)
        {
            steps.Add(CapacityFunnel.OfOffers(this, takes));
        }

        return steps;
    }

    /// <summary>Offers that were for sale and whose cluster was not found too full, and their cards in thousandths.</summary>
    public (int Offers, long Milli) NotFull(TakeCounts counts)
    {
        var index = state.Columns.Index;
        var left = new Bitset(index.All.Length);
        long milli = 0;
        foreach (var (offer, plan, _) in shape.Each())
        {
            if (counts.WasForSale(offer) && !left[offer] && !IsFull(index.Cluster[offer], plan))
            {
                left.Add(offer);
                milli += index.AvailableMilli[offer];
            }
        }

        return (left.Count(), milli);
    }

    /// <summary>
    /// Whether any candidate fits, in no particular order and without a bound on trials: what is asked to tell "not now" from "never".
    /// </summary>
    public bool FitsSomewhere(long budget)
    {
        if (shape.IsLarger(Role.Replicas))
        {
            return false;
        }

        var search = shape.Search(Role.Replicas, state.AsIfEmpty);
        var full = new HashSet<(int Cluster, VariantPlan Plan)>();
        foreach (var (offer, plan, milli) in shape.Each())
        {
            var cluster = shape.ClusterOf(offer);
            if (
                (offer < 0 || (search.Takes(offer, milli).Sells && PriceOf(offer, milli) <= budget))
                && !plan.IsLarger(Role.Replicas, cluster)
                && full.Add((cluster, plan))
                && RolePlacer.Fits(state, plan, Role.Replicas, RangeOf(cluster), Widest)
            )
            {
                return true;
            }
        }

        return false;
    }

    private int RegionOf(in Candidate candidate) => state.Columns.Network.RegionOf(SiteOf(candidate));

    private long PriceOf(int offer, long perReplicaMilli) =>
        offer < 0 ? 0 : Prices.PerHour(state.Columns.Index.Price[offer], perReplicaMilli * Role.Replicas);

    private bool ReachesMinimum()
    {
        var search = shape.Search(Role.Replicas, state.AsIfEmpty);
        return shape.Each().Any(each => search.Takes(each.Offer, each.PerReplicaMilli).ReachesMinimum);
    }

    private TakeCounts CountTakes(long[] offerMilli)
    {
        var counts = new TakeCounts(state.Columns.Index);
        var search = shape.Search(Role.Replicas, state.AsIfEmpty);
        foreach (var (offer, _, milli) in shape.Each())
        {
            var (reaches, sells) = search.Takes(offer, milli);
            counts.Add(offer, reaches, sells && milli * Role.Replicas <= offerMilli[offer] && excluded?[offer] != true);
        }

        return counts;
    }
}

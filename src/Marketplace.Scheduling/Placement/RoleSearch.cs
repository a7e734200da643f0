using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>One role of a request: its offers after the filters, its candidates in order, and how they score.</summary>
internal sealed class RoleSearch
{
    private readonly WorkingState state;
    private readonly PlacementRequest request;
    private readonly ScoreWeights weights;
    private readonly VariantPlan?[] plans;
    private readonly double[] nearness;
    private readonly Variant? measured;
    private readonly Dictionary<(int Cluster, VariantPlan Plan), RoleFit> fits = [];

    public RoleSearch(WorkingState state, PlacementRequest request, int position)
    {
        this.state = state;
        this.request = request;
        Position = position;
        Role = request.Roles[position];
        weights = ScoreWeights.Of(request.Objective);
        measured = Role.Variants.FirstOrDefault(variant => variant.Throughput is not null);
        plans = new VariantPlan?[Role.Variants.Count * (state.Columns.Index.Models.Count + 1)];
        nearness = new double[state.Columns.Sites.Count];
        Array.Fill(nearness, -1);
        Widest = request.Constraints.Together;
    }

    public int Position { get; }
    public Role Role { get; }

    /// <summary>The candidates that pass every rule a single look can decide, in the order of trying.</summary>
    public CandidateQueue Candidates { get; } = new();
    public List<FunnelStep> Funnel { get; } = [];
    public string? EmptiedBy { get; private set; }

    /// <summary>The widest domain the replicas of this role may spread over.</summary>
    public TopologyLevel Widest { get; }

    /// <summary>Fills <see cref="Candidates"/> from the offers.</summary>
    public void CollectOffers(IReadOnlyList<OfferRule> commonRules, Bitset? excluded, bool explain)
    {
        var index = state.Columns.Index;
        var filtered = OfferFilter.Apply(index, Role, [.. commonRules, .. OfferFilter.RoleRules(index, request, Role)], excluded, explain);
        Funnel.AddRange(filtered.Funnel);
        EmptiedBy = filtered.EmptiedBy;
        if (EmptiedBy is not null)
        {
            return;
        }

        var counts = new TakeCounts();
        foreach (var offer in filtered.Offers.Members())
        {
            CollectOffer(offer, ref counts);
        }

        if (explain)
        {
            AddTakeSteps(filtered.Offers, counts);
        }

        EmptiedBy =
            Candidates.Count > 0 ? null
            : counts.WithDevices == 0 ? RuleCodes.Variant
            : counts.AboveMinimum == 0 ? RuleCodes.MinimumTake
            : RuleCodes.AvailableCards;
    }

    /// <summary>Fills <see cref="Candidates"/> with each variant on the cluster's own nodes, without offers and prices.</summary>
    public void CollectCluster(int cluster, bool explain)
    {
        for (var v = 0; v < Role.Variants.Count; v++)
        {
            var plan = Plan(v, -1);
            if (plan.BilledMilli(cluster, null) is { } milli)
            {
                var fractions = new ScoreFractions(1, Speed(Role.Variants[v]), 1, 1, 1);
                var order = new CandidateOrder(0, fractions.MicroPoints(weights), v);
                Candidates.Add(new Candidate(-1, v, cluster, plan, milli * Role.Replicas, 0, order));
            }
        }

        EmptiedBy = Candidates.Count == 0 ? RuleCodes.Variant : null;
        if (explain)
        {
            Funnel.AddRange(CapacityFunnel.OfNodes(state, this, cluster));
        }
    }

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
        return fit;
    }

    /// <summary>Whether this call would cost a trial placement.</summary>
    public bool IsKnown(in Candidate candidate) => fits.ContainsKey((candidate.Cluster, candidate.Plan));

    public NodeRange RangeOf(int cluster) => new(state.Columns.NodeStart[cluster], state.Columns.NodeStart[cluster + 1]);

    /// <summary>The parts of the score once it is known how the role sits.</summary>
    public ScoreFractions Score(in Candidate candidate, RoleFit fit)
    {
        var fractions = StaticScore(candidate.Offer, candidate.Variant, candidate.Cluster, candidate.RoleMilli);
        var taken = candidate.Plan.Cards == 0 ? 0 : candidate.RoleMilli;
        return fractions with
        {
            Locality = Locality(candidate.Offer, candidate.Cluster, Scales.Compactness(fit.Level)),
            Fragmentation = Scales.Fragmentation(fit.Stranded, taken),
        };
    }

    public int MicroPoints(ScoreFractions fractions) => fractions.MicroPoints(weights);

    public CandidateScore Explain(in Candidate candidate, ScoreFractions fractions)
    {
        var columns = state.Columns;
        return new CandidateScore(
            Role.Name,
            candidate.Offer < 0 ? null : columns.Offers[candidate.Offer].Id,
            Role.Variants[candidate.Variant].Name,
            columns.Clusters[candidate.Cluster].Id,
            fractions.Parts(weights),
            MicroPoints(fractions) / 1e6,
            candidate.PricePerHour,
            Prices.PerUnit(candidate.PricePerHour, Prices.UnitsPerSecond(Role, candidate.Variant))
        );
    }

    private void CollectOffer(int o, ref TakeCounts counts)
    {
        var columns = state.Columns;
        var index = columns.Index;
        var offer = columns.Offers[o];
        var cluster = index.Cluster[o];
        bool withDevices = false,
            aboveMinimum = false,
            available = false;
        for (var v = 0; v < Role.Variants.Count; v++)
        {
            var variant = Role.Variants[v];
            if (variant.IsCpuOnly != (index.Model[o] < 0) || (variant.DeviceModel is { } model && model != offer.DeviceModel))
            {
                continue;
            }

            var plan = Plan(v, index.Model[o]);
            if (plan.BilledMilli(cluster, offer) is not { } perReplica)
            {
                continue;
            }

            withDevices = true;
            var milli = perReplica * Role.Replicas;
            if (milli < offer.MinCards * 1000L)
            {
                continue;
            }

            aboveMinimum = true;
            if (milli > state.OfferMilli[o] || Prices.PerHour(index.Price[o], milli) is not { } price)
            {
                continue;
            }

            available = true;
            var best = StaticScore(o, v, cluster, milli) with { Locality = Locality(o, cluster, 1), Fragmentation = 1 };
            var order = new CandidateOrder(offer.Precedence, best.MicroPoints(weights), ((long)o * Role.Variants.Count) + v);
            Candidates.Add(new Candidate(o, v, cluster, plan, milli, price, order));
        }

        counts.Add(withDevices, aboveMinimum, available, index.AvailableMilli[o]);
    }

    private void AddTakeSteps(Bitset offers, TakeCounts counts)
    {
        var before = offers.Count();
        var cards = Funnel.Count == 0 ? 0 : Funnel[^1].CardsAfter;
        if (counts.WithDevices < before)
        {
            Funnel.Add(
                new(Role.Name, RuleCodes.Variant, OfferFilter.Wanted([]), before, counts.WithDevices, cards, counts.CardsWithDevices)
            );
            (before, cards) = (counts.WithDevices, counts.CardsWithDevices);
        }

        if (counts.AboveMinimum < before)
        {
            var args = OfferFilter.Number("replicas", Role.Replicas);
            Funnel.Add(new(Role.Name, RuleCodes.MinimumTake, args, before, counts.AboveMinimum, cards, counts.CardsAboveMinimum));
            (before, cards) = (counts.AboveMinimum, counts.CardsAboveMinimum);
        }

        if (before > 0)
        {
            var args = OfferFilter.Number("cards", (long)Role.Replicas * Role.Variants[0].CardsPerReplica);
            Funnel.Add(new(Role.Name, RuleCodes.AvailableCards, args, before, counts.Available, cards, counts.CardsAvailable));
        }
    }

    private VariantPlan Plan(int variant, int model)
    {
        var models = state.Columns.Index.Models;
        ref var plan = ref plans[(variant * (models.Count + 1)) + model + 1];
        return plan ??= new VariantPlan(state.Columns, request, Role.Variants[variant], model < 0 ? null : models[model]);
    }

    private ScoreFractions StaticScore(int offer, int variant, int cluster, long roleMilli)
    {
        var index = state.Columns.Index;
        var shape = Role.Variants[variant];
        var work = Work(shape);
        if (offer < 0)
        {
            return new ScoreFractions(1, Speed(shape), 0, 1, 0);
        }

        // Equivalent price: price of the replica divided by its work, times the reference work of one card. Its square root
        // is taken apart so that a scan over many offers needs no square root of its own.
        var perReplica = roleMilli / (1000.0 * Role.Replicas);
        var price = work > 0 ? Scales.Price(index.SqrtPrice[offer] * Math.Sqrt(perReplica / work)) : 0;
        return new ScoreFractions(price, Speed(shape), 0, index.Reliability[offer], 0);
    }

    /// <summary>
    /// Work of a replica relative to one card of the first measured variant. Without any measurement a card is a card. A
    /// variant without one beside measured ones scores nothing for price and speed: unknown work cannot be compared.
    /// </summary>
    private double Work(Variant variant)
    {
        double cards = Math.Max(1, variant.CardsPerReplica);
        if (measured is null)
        {
            return cards;
        }

        return variant.Throughput is { } throughput && variant.WorkUnit == measured.WorkUnit
            ? throughput * cards / measured.Throughput!.Value
            : 0;
    }

    private double Speed(Variant variant) =>
        measured is null ? Scales.Speed(1) : Scales.Speed(Work(variant) / Math.Max(1, measured.CardsPerReplica));

    private double Locality(int offer, int cluster, double compactness)
    {
        if (request.NearRegion is null || offer < 0)
        {
            return compactness;
        }

        return (0.8 * Near(state.Columns.ClusterSite[cluster])) + (0.2 * compactness);
    }

    private double Near(int site)
    {
        if (nearness[site] < 0)
        {
            var index = state.Columns.Index;
            var there = state.Columns.Sites[site];
            nearness[site] = Scales.Nearness(
                index.RoundTripMs(request.NearRegion!, there.Region),
                index.CountryOf(request.NearRegion!) == there.Country
            );
        }

        return nearness[site];
    }

    /// <summary>Offers and cards left after each look at what the role takes of an offer.</summary>
    private struct TakeCounts
    {
        public int WithDevices;
        public int AboveMinimum;
        public int Available;
        private long milliWithDevices;
        private long milliAboveMinimum;
        private long milliAvailable;

        public readonly long CardsWithDevices => milliWithDevices / 1000;
        public readonly long CardsAboveMinimum => milliAboveMinimum / 1000;
        public readonly long CardsAvailable => milliAvailable / 1000;

        public void Add(bool withDevices, bool aboveMinimum, bool available, long milli)
        {
            WithDevices += withDevices ? 1 : 0;
            milliWithDevices += withDevices ? milli : 0;
            AboveMinimum += aboveMinimum ? 1 : 0;
            milliAboveMinimum += aboveMinimum ? milli : 0;
            Available += available ? 1 : 0;
            milliAvailable += available ? milli : 0;
        }
    }
}

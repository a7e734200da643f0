using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// All that a role's variants and the request's rules say about a snapshot, whatever is free on it: the offers left by the
/// filters, the compiled variants, and every candidate in the order of trying. Shared by requests of the same shape.
/// </summary>
internal sealed class RoleShape
{
    private readonly SupplyColumns columns;
    private readonly PlacementRequest request;
    private readonly Role role;
    private readonly VariantPlan?[] plans;
    private readonly int? cluster;
    private IReadOnlyList<FunnelStep>? funnel;
    private readonly IReadOnlyList<OfferRule> rules = [];

    /// <param name="cluster">The one cluster to look at without offers, or null for the offers.</param>
    public RoleShape(SupplyColumns columns, PlacementRequest request, Role role, int? cluster)
    {
        this.columns = columns;
        this.request = request;
        this.role = role;
        this.cluster = cluster;
        Score = new RoleScore(columns, request, role);
        plans = new VariantPlan?[role.Variants.Count * (columns.Index.Models.Count + 1)];
        if (cluster is { } only)
        {
            CollectCluster(only);
            EmptiedBy = Queue.Count == 0 ? RuleCodes.Variant : null;
            return;
        }

        var index = columns.Index;
        rules = [.. OfferFilter.CommonRules(index, request), .. OfferFilter.RoleRules(index, request, role)];
        (var left, EmptiedBy) = OfferFilter.Apply(index, rules);
        if (EmptiedBy is null)
        {
            Offers = left.Count();
            CollectOffers(left);
            EmptiedBy = Queue.Count == 0 ? RuleCodes.Variant : null;
        }
    }

    public RoleScore Score { get; }

    /// <summary>Every candidate whose cluster has devices that can serve it.</summary>
    public CandidateQueue Queue { get; } = new();

    /// <summary>Offers left by the filters.</summary>
    public int Offers { get; }

    /// <summary>The rule that left nothing, or null.</summary>
    public string? EmptiedBy { get; }

    /// <summary>The filters as funnel steps.</summary>
    public IReadOnlyList<FunnelStep> Funnel => funnel ??= OfferFilter.Explain(columns.Index, role, rules);

    /// <summary>The compiled variant for the candidate's model.</summary>
    public VariantPlan PlanOf(in CandidateOrder order) => Plan(order.Variant, order.Offer < 0 ? -1 : columns.Index.Model[order.Offer]);

    public int ClusterOf(in CandidateOrder order) => cluster ?? columns.Index.Cluster[order.Offer];

    private void CollectCluster(int only)
    {
        for (var v = 0; v < role.Variants.Count; v++)
        {
            if (Plan(v, -1).BilledMilli(only, null) is { } perReplica)
            {
                Queue.Add(new CandidateOrder(0, Score.BestMicroPoints(-1, v, only, perReplica), -1, v, perReplica));
            }
        }
    }

    private void CollectOffers(Bitset offers)
    {
        var index = columns.Index;
        int[][] variantsOfModel =
        [
            .. Enumerable.Range(-1, index.Models.Count + 1).Select(model => VariantsOf(model < 0 ? null : index.Models[model])),
        ];
        foreach (var o in offers)
        {
            var model = index.Model[o];
            foreach (var v in variantsOfModel[model + 1])
            {
                if (Plan(v, model).BilledMilli(index.Cluster[o], columns.Offers[o]) is { } perReplica)
                {
                    var best = Score.BestMicroPoints(o, v, index.Cluster[o], perReplica);
                    Queue.Add(new CandidateOrder(index.Precedence[o], best, o, v, perReplica));
                }
            }
        }
    }

    /// <summary>The variants that can run on an offer of a model; null is an offer of processors.</summary>
    private int[] VariantsOf(string? model) =>
        [
            .. Enumerable
                .Range(0, role.Variants.Count)
                .Where(v => role.Variants[v].IsCpuOnly == model is null && (role.Variants[v].DeviceModel ?? model) == model),
        ];

    private VariantPlan Plan(int variant, int model)
    {
        var models = columns.Index.Models;
        ref var plan = ref plans[(variant * (models.Count + 1)) + model + 1];
        return plan ??= new VariantPlan(columns, request, role.Variants[variant], model < 0 ? null : models[model]);
    }
}

/// <summary>
/// The shapes met so far. A refusal decides the same shape again with fewer replicas, an alternative with other offers, a
/// bulk order a thousand times. Not safe for several threads.
/// </summary>
internal sealed class ShapeCache(SupplyColumns columns)
{
    /// <summary>Beyond this the oldest knowledge is dropped: memory stays bounded however many shapes a bulk order has.</summary>
    private const int MaxShapes = 64;

    private readonly Dictionary<ShapeKey, RoleShape> shapes = [];

    public RoleShape Of(PlacementRequest request, Role role, int? cluster)
    {
        var key = new ShapeKey(
            role.Variants,
            request.Constraints,
            request.ContractClass,
            request.Objective,
            request.Currency,
            request.MaxPricePerCardHour,
            request.NearRegion,
            cluster
        );
        if (shapes.TryGetValue(key, out var known))
        {
            return known;
        }

        if (shapes.Count >= MaxShapes)
        {
            shapes.Clear();
        }

        var shape = new RoleShape(columns, request, role, cluster);
        shapes.Add(key, shape);
        return shape;
    }

    /// <summary>All a shape depends on. Lists compare by reference, which is enough within one decision.</summary>
    private sealed record ShapeKey(
        IReadOnlyList<Variant> Variants,
        Constraints Constraints,
        ContractClass ContractClass,
        Objective Objective,
        string? Currency,
        long? MaxPricePerCardHour,
        string? NearRegion,
        int? Cluster
    );
}

using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Scoring;
using Marketplace.Scheduling.Work;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// All that a role's variants and the request's rules say about a snapshot, whatever is free on it: the rules, the compiled variants, and the
/// candidates in the order of trying. Shared by requests of the same shape.
/// </summary>
internal sealed class RoleShape
{
    private readonly SupplyColumns columns;
    private readonly Role role;
    private readonly int? cluster;
    private readonly Lookup lookup;
    private readonly OfferView[] views = [];
    private readonly VariantPlan[] clusterPlans = [];
    private readonly bool[] inTime = [];
    private readonly List<OfferRule> rules = [];
    private readonly IReadOnlyList<OfferRule> tiers = [];
    private readonly Dictionary<(int Replicas, bool AsIfEmpty), CandidateQueue> queues = [];
    private IReadOnlyList<OfferRule>? allRules;
    private IReadOnlyList<FunnelStep>? funnel;

    /// <param name="cluster">The one cluster to look at without offers, or null for the offers.</param>
    public RoleShape(SupplyColumns columns, PlacementRequest request, Role role, int? cluster, Lookup lookup)
    {
        this.columns = columns;
        this.role = role;
        this.cluster = cluster;
        this.lookup = lookup;
        Score = new RoleScore(columns, request, role);
        if (cluster is not null)
        {
            clusterPlans =
            [
                .. role.Variants.Select(variant => new VariantPlan(
                    columns,
                    request,
                    variant,
                    null,
                    VariantPlan.AllowedNodeClasses(columns, request, variant)
                )),
            ];
            inTime = [.. role.Variants.Select((_, variant) => WorkTime.InTime(request, role, variant))];
            return;
        }

        rules = OfferFilter.CommonRules(columns.Index, request);
        OfferFilter.AddDeviceRules(columns.Index, request.Constraints, rules);
        OfferFilter.AddRoleRules(columns.Index, request, role, rules);
        if (request.Policy is { } policy)
        {
            (var any, tiers) = PolicyRules.Of(columns.Index, policy);
            rules.Add(any);
        }

        var found = new List<OfferView>();
        for (var v = 0; v < role.Variants.Count; v++)
        {
            if (!WorkTime.InTime(request, role, v))
            {
                continue;
            }

            var nodeClasses = VariantPlan.AllowedNodeClasses(columns, request, role.Variants[v]);
            foreach (var model in columns.Index.ModelsFor(role.Variants[v]))
            {
                var plan = new VariantPlan(columns, request, role.Variants[v], model < 0 ? null : columns.Index.Models[model], nodeClasses);
                var view = new OfferView(columns, Score, plan, v, model);
                if (view.CanServe)
                {
                    found.Add(view);
                }
            }
        }

        views = [.. found];
    }

    public RoleScore Score { get; }

    /// <summary>Whether offers come in tiers of a policy.</summary>
    public bool HasTiers => tiers.Count > 0;

    /// <summary>The filters as funnel steps.</summary>
    public IReadOnlyList<FunnelStep> Funnel => funnel ??= OfferFilter.Explain(columns.Index, role, AllRules);

    /// <summary>The rule that left nothing whatever the role takes, or null.</summary>
    public string? EmptiedBy =>
        cluster is not null ? (Each().Any() ? null : RuleCodes.Variant)
        : OfferFilter.EmptiedBy(columns.Index, AllRules) is { } rule ? rule
        : Each().Any() ? null
        : RuleCodes.Variant;

    /// <summary>The rules and the one that an offer's model fits a variant; searching knows that one by where models stand.</summary>
    private IReadOnlyList<OfferRule> AllRules => allRules ??= OfferFilter.InOrder(columns.Index, role, rules);

    /// <summary>The candidates in the order of trying.</summary>
    /// <param name="asIfEmpty">Whatever offers have left.</param>
    public CandidateQueue Queue(int replicas, bool asIfEmpty)
    {
        if (queues.TryGetValue((replicas, asIfEmpty), out var known))
        {
            return known;
        }

        var search = Search(replicas, asIfEmpty);
        var queue = new CandidateQueue(
            (most, after) =>
                cluster is { } only ? (after is null ? OfCluster(only) : [])
                : tiers.Count > 0 ? NextOfTiers(most, after, replicas, asIfEmpty)
                : search.Next(most, after, lookup)
        );
        queues.Add((replicas, asIfEmpty), queue);
        return queue;
    }

    /// <summary>The same among a few offers only.</summary>
    public CandidateQueue QueueWithin(int replicas, int[] offers)
    {
        var search = Search(replicas, asIfEmpty: false);
        return new CandidateQueue((most, after) => search.Among(offers, most, after));
    }

    /// <summary>Every offer that passes the filters with every variant that could use it, and what a replica would take.</summary>
    public IEnumerable<(int Offer, VariantPlan Plan, long PerReplicaMilli)> Each() =>
        cluster is { } only
            ? OfCluster(only).Select(order => (-1, clusterPlans[order.Variant], order.PerReplicaMilli))
            : Search(1, true).Each().Select(each => (each.Offer, each.View.Plan, each.PerReplicaMilli));

    /// <summary>What becomes of the offers when so many replicas are to be taken.</summary>
    public OfferSearch Search(int replicas, bool asIfEmpty) =>
        new(columns, rules, views, replicas, asIfEmpty ? null : columns.Index.AvailableMilli);

    /// <summary>Whether so many replicas are more than any cluster could ever hold.</summary>
    public bool IsLarger(int replicas) => cluster is null && Array.TrueForAll(views, view => view.IsLarger(replicas));

    /// <summary>The compiled variant for the candidate's model.</summary>
    public VariantPlan PlanOf(in CandidateOrder order)
    {
        if (order.Offer < 0)
        {
            return clusterPlans[order.Variant];
        }

        foreach (var view in views)
        {
            if (view.Variant == order.Variant && order.Offer >= view.From && order.Offer < view.To)
            {
                return view.Plan;
            }
        }

        throw new InvalidOperationException("The candidate is of another shape.");
    }

    public int ClusterOf(int offer) => cluster ?? columns.Index.Cluster[offer];

    /// <summary>Every candidate as <see cref="Queue"/> has them, in no particular order and without points.</summary>
    public IEnumerable<CandidateOrder> Unordered(int replicas, bool asIfEmpty)
    {
        var search = Search(replicas, asIfEmpty);
        var index = columns.Index;
        foreach (var (offer, view, milli) in search.Each())
        {
            if (search.Takes(offer, milli).Sells)
            {
                var precedence = (TierOf(offer) * ResourcePolicy.Span) + index.Precedence[offer];
                yield return new CandidateOrder(precedence, 0, index.Listed[offer], view.Variant, offer, milli);
            }
        }
    }

    /// <summary>Position of the policy's tier an offer is of; 0 without a policy.</summary>
    public int TierOf(int offer)
    {
        for (var tier = 0; tier < tiers.Count; tier++)
        {
            if (tiers[tier].Has(offer))
            {
                return tier;
            }
        }

        return 0;
    }

    /// <summary>The candidates tier by tier: the precedence of an offer counts within its tier.</summary>
    private List<CandidateOrder> NextOfTiers(int most, CandidateOrder? after, int replicas, bool asIfEmpty)
    {
        var found = new List<CandidateOrder>();
        for (var tier = after is { } last ? last.Precedence / ResourcePolicy.Span : 0; tier < tiers.Count && found.Count < most; tier++)
        {
            var before = tier * ResourcePolicy.Span;
            var reached = after is { } each ? each with { Precedence = each.Precedence - before } : after;
            var search = new OfferSearch(
                columns,
                [.. rules, tiers[tier]],
                views,
                replicas,
                asIfEmpty ? null : columns.Index.AvailableMilli
            );
            foreach (var order in search.Next(most - found.Count, reached, lookup))
            {
                found.Add(order with { Precedence = order.Precedence + before });
            }

            after = null;
        }

        return found;
    }

    private List<CandidateOrder> OfCluster(int only)
    {
        var found = new List<CandidateOrder>();
        for (var v = 0; v < clusterPlans.Length; v++)
        {
            if (inTime[v] && clusterPlans[v].BilledMilli(only, null) is { } perReplica)
            {
                found.Add(new CandidateOrder(0, Score.BestMicroPoints(-1, v, perReplica), 0, v, -1, perReplica));
            }
        }

        found.Sort();
        return found;
    }
}

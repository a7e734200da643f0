using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests.Graphs;

/// <summary>
/// Finds the cheapest placement of a service graph by trying every offer and node for every role. Written from the documented rules alone; it shares
/// no code with the scheduler. For processors only.
/// </summary>
internal sealed class GraphOracle
{
    private readonly GraphScenario scenario;
    private readonly PlacementRequest request;
    private readonly Dictionary<string, Site> siteOfCluster;
    private readonly Dictionary<string, int> cpu;
    private readonly Dictionary<string, long> units;
    private readonly List<Choice> chosen = [];
    private readonly IReadOnlyList<Offer> offers;
    private decimal? best;

    private GraphOracle(GraphScenario scenario, PlacementRequest request, int tiers)
    {
        (this.scenario, this.request) = (scenario, request);
        var snapshot = scenario.Snapshot;
        siteOfCluster = snapshot.Clusters.ToDictionary(each => each.Id, each => snapshot.Sites.Single(site => site.Id == each.SiteId));
        cpu = snapshot.Nodes.ToDictionary(node => node.Id, node => node.FreeCpuMilli);
        units = snapshot.Offers.ToDictionary(offer => offer.Id, offer => offer.AvailableCards * 1000L);
        offers = [.. snapshot.Offers.Where(offer => TierOf(offer) < tiers)];
    }

    /// <summary>The least cost: precedence in whole steps of 10^24, then micro-units per hour; null when nothing fits.</summary>
    public static decimal? Cheapest(GraphScenario scenario, PlacementRequest request)
    {
        decimal? found = null;
        for (var tiers = 1; found is null && tiers <= (request.Policy?.Tiers.Count ?? 1); tiers++)
        {
            var oracle = new GraphOracle(scenario, request, tiers);
            oracle.Role(0, 0);
            found = oracle.best;
        }

        return found;
    }

    /// <summary>Whether it can be placed at all.</summary>
    public static bool Fits(GraphScenario scenario, PlacementRequest request) => Cheapest(scenario, request) is not null;

    /// <summary>What a placement costs, and what is wrong with it.</summary>
    public static (decimal Cost, string? Wrong) Judge(GraphScenario scenario, PlacementRequest request, Placed placed)
    {
        var oracle = new GraphOracle(scenario, request, int.MaxValue);
        decimal cost = 0;
        for (var r = 0; r < request.Roles.Count; r++)
        {
            var (role, got) = (request.Roles[r], placed.Roles[r]);
            var offer = scenario.Snapshot.Offers.Single(each => each.Id == got.OfferId);
            var variant = role.Variants[got.VariantIndex];
            if (!oracle.Allows(role, offer) || got.Replicas.Count != role.Replicas)
            {
                return (0, $"{role.Name} may not be there");
            }

            oracle.units[offer.Id] -= Take(role, variant);
            foreach (var replica in got.Replicas)
            {
                oracle.cpu[replica.NodeId] -= variant.CpuMilli;
            }

            cost += oracle.Enter(role, variant, offer);
        }

        var wrong =
            oracle.units.Values.Any(left => left < 0) || oracle.cpu.Values.Any(left => left < 0) ? "it is oversold"
            : placed.PricePerHour > (request.BudgetPerHour ?? long.MaxValue) ? "it is over the budget"
            : oracle.chosen.Count < request.Roles.Count || cost < 0 ? "a role is missing"
            : null;
        for (var e = 0; e < request.Edges.Count; e++)
        {
            var (edge, told) = (request.Edges[e], placed.Edges[e]);
            var ms = oracle.RoundTrip(oracle.Of(edge.From)!.Site, oracle.Of(edge.To)!.Site);
            if ((edge.MaxRoundTripMs is { } bound && !(ms <= bound)) || told.RoundTripMs != ms)
            {
                wrong ??= $"the edge from {edge.From} to {edge.To} takes {ms} ms";
            }
        }

        return (cost, wrong);
    }

    private void Role(int at, decimal cost)
    {
        if (cost >= best)
        {
            return;
        }

        if (at == request.Roles.Count)
        {
            best = cost;
            return;
        }

        var role = request.Roles[at];
        foreach (var variant in role.Variants)
        {
            foreach (var offer in offers.Where(offer => Allows(role, offer) && units[offer.Id] >= Take(role, variant)))
            {
                var more = Enter(role, variant, offer);
                units[offer.Id] -= Take(role, variant);
                if (more >= 0 && chosen.Sum(each => each.Price) <= (request.BudgetPerHour ?? long.MaxValue))
                {
                    Replica(at, variant, offer, 0, 0, cost + more);
                }

                units[offer.Id] += Take(role, variant);
                chosen.RemoveAt(chosen.Count - 1);
            }
        }
    }

    private void Replica(int at, Variant variant, Offer offer, int replica, int from, decimal cost)
    {
        if (replica == request.Roles[at].Replicas)
        {
            Role(at + 1, cost);
            return;
        }

        var nodes = scenario.Snapshot.Nodes;
        for (var n = from; n < nodes.Count; n++)
        {
            if (nodes[n].ClusterId == offer.ClusterId && cpu[nodes[n].Id] >= variant.CpuMilli)
            {
                cpu[nodes[n].Id] -= variant.CpuMilli;
                Replica(at, variant, offer, replica + 1, n, cost);
                cpu[nodes[n].Id] += variant.CpuMilli;
            }
        }
    }

    /// <summary>Notes a role's place; what it adds to the cost with its edges to roles noted before, negative when a bound is broken.</summary>
    private decimal Enter(Role role, Variant variant, Offer offer)
    {
        var site = siteOfCluster[offer.ClusterId];
        var price = ((offer.PricePerCardHour * Take(role, variant)) + 999) / 1000;
        var precedence = (request.Policy is null ? 0 : TierOf(offer) * 256) + offer.Precedence;
        var cost = (precedence * 1e18m) + price + DataPerHour(role, site);
        chosen.Add(new Choice(role.Name, site, price));
        foreach (var edge in request.Edges.Where(edge => edge.From == role.Name || edge.To == role.Name))
        {
            if (Of(edge.From) is not { } caller || Of(edge.To) is not { } called)
            {
                continue;
            }

            var ms = RoundTrip(caller.Site, called.Site);
            if (edge.MaxRoundTripMs is { } bound && !(ms <= bound))
            {
                cost = -1e27m;
            }

            var gib = edge.CallsPerSecond * edge.BytesPerCall * 3600 / 1_073_741_824;
            var wait = edge.CallsPerSecond * 3600 * ((ms ?? 300) / 1000);
            cost += (decimal)Math.Ceiling(gib * PerGib(caller.Site.Region, called.Site.Region));
            cost += (decimal)
                Math.Ceiling(
                    wait
                        * request.Objective switch
                        {
                            Objective.CheapestWork => 1,
                            Objective.Balanced => 10,
                            _ => 100,
                        }
                );
        }

        return cost;
    }

    private Choice? Of(string role) => chosen.Find(each => each.Role == role);

    private decimal DataPerHour(Role role, Site site)
    {
        if (request.Hours is not { } hours)
        {
            return 0;
        }

        var once = role.Data.Sum(data =>
        {
            var region = data.Region ?? scenario.Snapshot.Sites.Single(each => each.Id == data.SiteId).Region;
            return Math.Ceiling(data.Gib * PerGib(region, site.Region));
        });
        return (decimal)Math.Round(once / hours);
    }

    private long PerGib(string from, string to) =>
        scenario.Egress.LastOrDefault(price => price.FromRegion == from && price.ToRegion == to && price.Currency == "CNY")?.PricePerGib
        ?? 0;

    private double? RoundTrip(Site left, Site right)
    {
        if (left.Id == right.Id)
        {
            return 0.5;
        }

        var stated = scenario.Latencies.Find(each =>
            (each.FromRegion == left.Region && each.ToRegion == right.Region)
            || (each.FromRegion == right.Region && each.ToRegion == left.Region)
        );
        return stated is not null ? Math.Max(0.5, stated.RoundTripMs)
            : left.Region == right.Region ? 2
            : null;
    }

    private bool Allows(Role role, Offer offer)
    {
        var site = siteOfCluster[offer.ClusterId];
        return (role.Tiers.Count == 0 || role.Tiers.Contains(site.Tier))
            && (role.SiteIds.Count == 0 || role.SiteIds.Contains(site.Id))
            && role.Data.All(data => (data.StaysInCountry ?? site.Country) == site.Country)
            && TierOf(offer) < int.MaxValue;
    }

    private int TierOf(Offer offer)
    {
        if (request.Policy is not { } policy)
        {
            return 0;
        }

        var site = siteOfCluster[offer.ClusterId];
        for (var t = 0; t < policy.Tiers.Count; t++)
        {
            var tier = policy.Tiers[t];
            if (
                (tier.Suppliers.Count == 0 || tier.Suppliers.Contains(site.CenterId) || tier.Suppliers.Contains(offer.OperatorId))
                && (tier.ClusterIds.Count == 0 || tier.ClusterIds.Contains(offer.ClusterId))
                && (tier.SiteTiers.Count == 0 || tier.SiteTiers.Contains(site.Tier))
            )
            {
                return t;
            }
        }

        return int.MaxValue;
    }

    private static long Take(Role role, Variant variant) => Math.Max(variant.CpuMilli, 8) * (long)role.Replicas;

    private sealed record Choice(string Role, Site Site, long Price);
}

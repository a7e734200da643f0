using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using Marketplace.Testing;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests.Terms;

public sealed class PolicyTests
{
    private static readonly ResourcePolicy OwnThenEdgeThenAny = new([
        new PolicyTier { Suppliers = ["me"] },
        new PolicyTier { SiteTiers = [SiteTier.Edge] },
        new PolicyTier(),
    ]);

    [Fact]
    public void A_later_tier_is_used_only_when_an_earlier_one_cannot_hold_the_request()
    {
        var snapshot = ThreeSuppliers();
        PlacementRequest Of(int cards) => Request(Role(1, Cards("H100", cards))) with { Policy = OwnThenEdgeThenAny };
        Assert.Equal(("own", 0), Chosen(snapshot, Of(2)));
        Assert.Equal(("edge", 1), Chosen(snapshot, Of(4)));
        Assert.Equal(("cloud", 2), Chosen(snapshot, Of(8)));
        Assert.Equal(("cloud", null), Chosen(snapshot, Of(2) with { Policy = null }));
    }

    [Fact]
    public void Offers_of_no_tier_are_not_used()
    {
        var own = new ResourcePolicy([new PolicyTier { Suppliers = ["me"] }]);
        var refused = Assert.IsType<Refused>(Scheduler.Decide(ThreeSuppliers(), Request(Role(1, Cards("H100", 4))) with { Policy = own }));
        var step = Assert.Single(refused.Explanation.Funnel, step => step.Rule == RuleCodes.Policy);
        Assert.Equal((3, 1), (step.OffersBefore, step.OffersAfter));
        var nobody = Request(Role(1, Cards("H100", 1))) with { Policy = new([new PolicyTier { Suppliers = ["nobody"] }]) };
        refused = Assert.IsType<Refused>(Scheduler.Decide(ThreeSuppliers(), nobody));
        Assert.Equal((RuleCodes.Policy, true), (refused.Rule, refused.NeverFits));
        Assert.Contains(refused.Explanation.WouldFitIf, change => change.ToEnglish() == "drop the constraint on policy");
    }

    [Fact]
    public void Two_roles_stay_in_the_first_tier_even_where_the_better_candidate_of_one_would_push_the_other_out()
    {
        // The pair fits the own cluster only when the first role takes the dearer of its own offers.
        var builder = OneCluster().Add(Site("s2")).Add(new Cluster("c2", "s2"));
        builder.AddRange([Node("n1", cards: 4), Node("n2", "c2", 8)]);
        builder.Add(Offer("cheap", Yuan, cards: 2) with { OperatorId = "me" });
        builder.Add(Offer("dear", 5 * Yuan, cards: 1) with { OperatorId = "me" });
        builder.Add(Offer("bought", Yuan / 10, "c2"));
        var request = Request(new Role("one", 1, [Cards("H100", 1)]), new Role("two", 2, [Cards("H100", 1)])) with
        {
            Policy = OwnThenEdgeThenAny,
        };
        var placed = Assert.IsType<Placed>(Scheduler.Decide(builder.Build(), request));
        Assert.Equal(["dear", "cheap"], placed.Roles.Select(role => role.OfferId));
        Assert.All(placed.Roles, role => Assert.Equal(0, role.PolicyTier));
    }

    [Fact]
    public void Each_decision_is_that_of_the_first_tiers_that_hold_the_request()
    {
        int placements = 0,
            later = 0;
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new Scenario(number);
                var random = new Random(number);
                var policy = new ResourcePolicy([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => TierOf(random))]);
                var request = scenario.Request with { Policy = policy };
                if (RequestValidation.Check(request).Count > 0)
                {
                    return true;
                }

                var decision = Scheduler.Decide(scenario.Snapshot, request);
                var scanned = Scheduler.Decide(scenario.Snapshot, request, Lookup.Scan);
                var first = Enumerable.Range(1, policy.Tiers.Count).FirstOrDefault(tiers => Fits(scenario, tiers, policy));
                if (decision is not Placed placed)
                {
                    return first == 0 && !scanned.IsPlaced;
                }

                placements++;
                later += first > 1 ? 1 : 0;
                var same = ((Placed)scanned).Roles.Select(role => role.OfferId).SequenceEqual(placed.Roles.Select(role => role.OfferId));
                return same
                    && first == placed.Roles.Max(role => role.PolicyTier) + 1
                    && placed.Roles.All(role => IsOf(scenario, policy, role));
            },
            2500
        );
        Assert.InRange(placements, 150, 1000);
        Assert.InRange(later, 15, placements);
    }

    /// <summary>Whether the request fits on the offers of the first tiers: asked of the oracle, which knows no policy.</summary>
    private static bool Fits(Scenario scenario, int tiers, ResourcePolicy policy)
    {
        var asked = scenario.Request.Constraints.OfferIds;
        var ids = scenario
            .Snapshot.Offers.Where(offer => First(scenario, policy, offer) < tiers && (asked.Count == 0 || asked.Contains(offer.Id)))
            .Select(offer => offer.Id)
            .ToList();
        return ids.Count > 0
            && Oracle.Fits(scenario.Snapshot, scenario.Request with { Constraints = scenario.Request.Constraints with { OfferIds = ids } });
    }

    private static bool IsOf(Scenario scenario, ResourcePolicy policy, RolePlacement role) =>
        First(scenario, policy, scenario.Snapshot.Offers.Single(offer => offer.Id == role.OfferId)) == role.PolicyTier;

    private static int First(Scenario scenario, ResourcePolicy policy, Offer offer)
    {
        var cluster = scenario.Snapshot.Clusters.Single(each => each.Id == offer.ClusterId);
        var site = scenario.Snapshot.Sites.Single(each => each.Id == cluster.SiteId);
        for (var t = 0; t < policy.Tiers.Count; t++)
        {
            var tier = policy.Tiers[t];
            if (
                (tier.Suppliers.Count == 0 || tier.Suppliers.Any(id => id == site.CenterId || id == offer.OperatorId))
                && (tier.ClusterIds.Count == 0 || tier.ClusterIds.Contains(offer.ClusterId))
                && (tier.SiteTiers.Count == 0 || tier.SiteTiers.Contains(site.Tier))
            )
            {
                return t;
            }
        }

        return int.MaxValue;
    }

    private static PolicyTier TierOf(Random random) =>
        new()
        {
            Suppliers = random.Next(2) == 0 ? [random.Next(2) == 0 ? "op0" : "center1"] : [],
            ClusterIds = random.Next(3) == 0 ? ["c0"] : [],
            SiteTiers = random.Next(3) == 0 ? [SiteTier.Edge, SiteTier.Terminal] : [],
        };

    private static (string? Offer, int? Tier) Chosen(SupplySnapshot snapshot, PlacementRequest request)
    {
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));
        return (placed.Roles[0].OfferId, placed.Roles[0].PolicyTier);
    }

    private static SupplySnapshot ThreeSuppliers()
    {
        var builder = new SupplySnapshotBuilder();
        builder.Add(Site("s1")).Add(Site("s2", tier: SiteTier.Edge)).Add(Site("s3"));
        foreach (var (id, at, cards) in new[] { ("own", 1, 2), ("edge", 2, 4), ("cloud", 3, 8) })
        {
            builder.Add(new Cluster($"c{at}", $"s{at}")).Add(Node($"n{at}", $"c{at}", cards));
            builder.Add(Offer(id, (10 - at) * Yuan, $"c{at}") with { OperatorId = id == "own" ? "me" : "other" });
        }

        return builder.Build();
    }
}

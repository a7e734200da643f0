using Marketplace.Scheduling.Model;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

/// <summary>Time and memory stay bounded whatever is asked: steps and bytes are counted, never seconds.</summary>
public sealed class BoundTests
{
    private const int Million = 1_000_000;

    [Fact]
    public void A_decision_among_a_million_offers_takes_kilobytes()
    {
        var random = new Random(1);
        var builder = new SupplySnapshotBuilder();
        for (var c = 0; c < 1000; c++)
        {
            builder.Add(Site($"s{c}", $"r{c % 20}")).Add(new Cluster($"c{c}", $"s{c}")).Add(Node($"n{c}", $"c{c}", 8));
        }

        var offers = Enumerable.Range(0, Million).Select(o => Offer($"o{o}", random.Next(1, int.MaxValue), $"c{o % 1000}"));
        var snapshot = builder.AddRange(offers).Build();
        var request = Request(Role(1, Cards("H100", 8)));
        Scheduler.Decide(snapshot, request);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 32_768);

        var cheapest = snapshot.Offers.MinBy(offer => offer.PricePerCardHour)!;
        Assert.Equal(cheapest.Id, placed.Roles[0].OfferId);
        Assert.Equal(Million, placed.Explanation.Funnel[^1].OffersAfter);
    }

    [Fact]
    public void More_offers_than_the_bound_are_refused_before_they_are_looked_at()
    {
        var builder = OneCluster().AddRange(Enumerable.Repeat(Offer("", -1, "nowhere"), InputBounds.MaxOffers + 1));
        var problem = Assert.Single(builder.Check());
        Assert.Equal(("out-of-range", "offers.count"), (problem.Code, problem.Field));
    }

    [Fact]
    public void A_gang_of_ten_thousand_replicas_takes_memory_by_its_size()
    {
        var snapshot = Snapshot(Enumerable.Range(0, 1250).Select(n => Node($"n{n}", cards: 8)), Offer("o", Yuan, cards: 10_000));
        var request = Request(Role(10_000, Cards("H100", 1)));
        Scheduler.Decide(snapshot, request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 512 * 10_000);
    }

    public static TheoryData<string, PlacementRequest> Hopeless =>
        new()
        {
            { RuleCodes.Variant, Request(Role(1, Cards("Unheard of", 1))) },
            { RuleCodes.Currency, Request(Role(1, Cards("H100", 1))) with { Currency = "XYZ" } },
            { RuleCodes.Region, Request(Role(1, Cards("H100", 1))) with { Constraints = new() { Regions = ["moon"] } } },
            { RuleCodes.Offer, Request(Role(1, Cards("H100", 1))) with { Constraints = new() { OfferIds = ["gone"] } } },
            { RuleCodes.Price, Request(Role(1, Cards("H100", 1))) with { MaxPricePerCardHour = 0 } },
            {
                RuleCodes.DeviceMemory,
                Request(Role(1, Cards("H100", 1))) with
                {
                    Constraints = new() { MinDeviceMemoryMib = InputBounds.MaxQuantity },
                }
            },
            { RuleCodes.RoleTier, Request(Role(1, Cards("H100", 1)) with { Tiers = [SiteTier.Terminal] }) },
            { RuleCodes.RoleSite, Request(Role(1, Cards("H100", 1)) with { SiteIds = ["nowhere"] }) },
            {
                RuleCodes.Residency,
                Request(
                    Role(1, Cards("H100", 1)) with
                    {
                        Data =
                        [
                            new DataSet
                            {
                                Name = "d",
                                Region = "x",
                                StaysInCountry = "DE",
                            },
                        ],
                    }
                )
            },
            {
                RuleCodes.Deadline,
                Request(Role(1, Cards("H100", 1, throughput: 1))) with
                {
                    Work = new WorkAmount(InputBounds.MaxWorkUnits, "tokens"),
                    DeadlineHours = 1,
                }
            },
            { RuleCodes.Policy, Request(Role(1, Cards("H100", 1))) with { Policy = new([new PolicyTier { Suppliers = ["nobody"] }]) } },
            {
                RuleCodes.SupplierDenied,
                Request(Role(1, Cards("H100", 1))) with
                {
                    Constraints = new() { AllowedSuppliers = ["operator"], DeniedSuppliers = ["operator"] },
                }
            },
            { RuleCodes.AvailableCards, Request(Role(InputBounds.MaxReplicas, Cards("H100", 8))) },
        };

    [Theory]
    [MemberData(nameof(Hopeless))]
    public void What_no_supply_could_meet_is_refused_without_a_trial_and_the_rule_is_named(string rule, PlacementRequest request)
    {
        var snapshot = Snapshot(Enumerable.Range(0, 500).Select(n => Node($"n{n}", cards: 8)), [.. Offers(5000)]);
        var refused = Assert.IsType<Refused>(Scheduler.Decide(snapshot, request));
        Assert.Equal(RefusalCodes.NoOfferMatches, refused.Code);
        Assert.Equal(rule, refused.Rule);
        Assert.True(refused.NeverFits);
        Assert.Equal(0, refused.Explanation.PlacementsTried);
    }

    [Fact]
    public void Work_in_an_unknown_unit_is_not_compared()
    {
        var snapshot = Snapshot([Node("n", cards: 8)], Offer("o", Yuan));
        var measured = Cards("H100", 1, throughput: 10);
        var request = Request(Role(1, measured, measured with { Name = "odd", WorkUnit = "furlongs", Throughput = 1e9 }));
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));
        Assert.Equal("H100", placed.Roles[0].Variant);
    }

    private static IEnumerable<Offer> Offers(int count) => Enumerable.Range(0, count).Select(o => Offer($"o{o}", Yuan + o));
}

using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Tests;

/// <summary>Cheaper, faster and nearer: found on one snapshot, each with the wish it gives up.</summary>
public sealed class OtherWaysTests
{
    private static readonly WorkView Tokens = new(
        "tokens",
        "Tokens",
        "词元",
        "token",
        1_000_000,
        new Dictionary<string, double> { ["H100"] = 3000, ["A100"] = 1000 },
        "measured"
    );

    [Fact]
    public void A_named_offer_has_a_cheaper_one_on_the_same_stack()
    {
        var way = Assert.Single(Find(Request(offer: "h100")), w => w.Kind == "cheaper");
        Assert.Equal((Wish.Offer, "l4"), (way.GivenUp, way.Placed.Roles[0].OfferId));
        Assert.Equal(("l4", "L4"), (way.Request.OfferId, Assert.Single(way.Request.Variants).DeviceModel));
    }

    [Fact]
    public void Another_chip_of_the_same_stack_is_cheaper_and_of_another_stack_is_not_named()
    {
        var way = Assert.Single(Find(Request(chip: "H100")), w => w.Kind == "cheaper");
        // The Ascend card costs least of all, but the image is not built for it.
        Assert.Equal((Wish.Chip, "l4"), (way.GivenUp, way.Placed.Roles[0].OfferId));
    }

    [Fact]
    public void A_faster_chip_is_named_when_the_work_was_measured()
    {
        var request = Request(chip: "A100", work: "tokens") with { Regions = ["east"] };
        var way = Assert.Single(Find(request), w => w.Kind == "faster");
        Assert.Equal((Wish.Chip, "h100"), (way.GivenUp, way.Placed.Roles[0].OfferId));
        Assert.DoesNotContain(Find(Request(chip: "A100")), w => w.Kind == "faster");
    }

    [Fact]
    public void An_edge_site_of_the_same_country_is_nearer()
    {
        var way = Assert.Single(Find(Request(chip: "H100")), w => w.Kind == "nearer");
        Assert.Equal("l4", way.Placed.Roles[0].OfferId);
        Assert.DoesNotContain(Find(Request(chip: "L4")), w => w.Kind == "nearer");
    }

    [Fact]
    public void A_place_outside_the_regions_is_cheaper_and_the_request_that_buys_it_allows_it()
    {
        var request = Request(chip: "A100") with { Regions = ["east"], Countries = ["CN"] };
        var way = Assert.Single(Find(request, abroad: true), w => w.Kind == "cheaper");
        Assert.NotEqual("abroad", way.Placed.Roles[0].OfferId);
        var place = Request(chip: "A100") with { Regions = ["east"], Image = "x", BundleId = "bun_1" };
        var moved = Assert.Single(Find(place), w => w.Kind == "cheaper");
        Assert.Equal((Wish.Place, "a100-west"), (moved.GivenUp, moved.Placed.Roles[0].OfferId));
        Assert.Empty(moved.Request.Regions);
    }

    [Fact]
    public void Another_contract_class_is_named_when_only_it_is_cheaper()
    {
        var way = Assert.Single(Find(Request(chip: "L4")), w => w.Kind == "cheaper");
        Assert.Equal((Wish.Class, "l4-spare", ContractClass.Interruptible), (way.GivenUp, way.Placed.Roles[0].OfferId, way.Request.Class));
    }

    [Fact]
    public void The_best_of_everything_has_no_other_way()
    {
        var cheapest = Request(chip: "L4") with { Class = ContractClass.Interruptible };
        Assert.Empty(Find(cheapest));
    }

    private static WorkloadRequest Request(string? chip = null, string? offer = null, string? work = null) =>
        new()
        {
            Name = "run",
            Product = ProductKind.Job,
            Image = "team/train:1",
            Hours = 1,
            OfferId = offer,
            Work = work,
            Variants = chip is null ? [] : [new VariantRequest(chip)],
        };

    private static IReadOnlyList<OtherWay> Find(WorkloadRequest request, bool abroad = false)
    {
        SupplySnapshot supply = Market(abroad);
        WorkView? work = request.Work is null ? null : Tokens;
        string? chip = request.Variants.Count > 0 ? request.Variants[0].DeviceModel : null;
        double? throughput = chip is not null && work is not null ? work.ThroughputByModel[chip] : null;
        var recipe = new Recipe(
            ProductKind.Job,
            request.Work,
            [
                new RecipeRole(
                    "main",
                    1,
                    [],
                    new Dictionary<string, string>(),
                    1000,
                    1024,
                    null,
                    [new RecipeVariant(chip, "team/train:1", 1, 1000, 0, throughput)]
                ),
            ]
        );
        var placed = Assert.IsType<Placed>(Scheduler.Decide(supply, Planner.ToPlacement("quote", request, recipe, "CNY")));
        return OtherWays.Find(supply, request, recipe, "CNY", work, placed);
    }

    private static SupplySnapshot Market(bool abroad)
    {
        var builder = new SupplySnapshotBuilder();
        void Add(
            string id,
            string model,
            long price,
            string region,
            SiteTier tier,
            ContractClass[] classes,
            string stack = "CUDA",
            string country = "CN"
        )
        {
            builder.Add(new Site($"site-{id}", id, region, country, tier, "center"));
            builder.Add(new Cluster($"cluster-{id}", $"site-{id}"));
            builder.Add(
                new Node
                {
                    Id = $"node-{id}",
                    ClusterId = $"cluster-{id}",
                    Architecture = CpuArchitecture.X64,
                    CpuMilli = 64_000,
                    MemoryMib = 262_144,
                    FreeCpuMilli = 64_000,
                    FreeMemoryMib = 262_144,
                    Devices =
                    [
                        new Device
                        {
                            Id = "d0",
                            Vendor = stack,
                            Model = model,
                            Stack = stack,
                            MemoryMib = 24_576,
                            FreeComputeMilli = 1000,
                            FreeMemoryMib = 24_576,
                            Sharing = new WholeOnly(),
                        },
                    ],
                }
            );
            builder.Add(
                new Offer
                {
                    Id = id,
                    ListingId = $"listing-{id}",
                    ClusterId = $"cluster-{id}",
                    OperatorId = "operator",
                    DeviceModel = model,
                    PricePerCardHour = price * 1_000_000,
                    Currency = "CNY",
                    AvailableCards = 1,
                    Classes = classes,
                }
            );
        }
        ContractClass[] usual = [ContractClass.OnDemand];
        Add("h100", "H100", 20, "east", SiteTier.Cloud, usual);
        Add("a100", "A100", 9, "east", SiteTier.Cloud, usual);
        Add("a100-west", "A100", 8, "west", SiteTier.Cloud, usual);
        Add("l4", "L4", 4, "east", SiteTier.Edge, usual);
        Add("l4-spare", "L4", 2, "east", SiteTier.Edge, [ContractClass.Interruptible]);
        Add("ascend", "Ascend910B", 1, "east", SiteTier.Cloud, usual, "CANN");
        if (abroad)
            Add("abroad", "A100", 1, "abroad", SiteTier.Cloud, usual, "CUDA", "SG");
        return builder.Build();
    }
}

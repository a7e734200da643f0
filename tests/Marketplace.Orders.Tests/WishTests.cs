using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>Amounts of work with deadlines, the order of use, and service graphs: from the request through a real decision to the quote.</summary>
public sealed class WishTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private const string Work = "llama3-8b";

    // What MLPerf measured for one card, in tokens a second.
    private const double H100 = 5777.08;

    [Fact]
    public async Task A_deadline_picks_the_faster_chip_and_the_quote_says_hours_and_cost()
    {
        await using var house = await OpenAsync(db);
        await house.SellAsync(house.Center, "L40S", 8, 1m, "cn-east-1", SiteTier.Cloud);
        var request = house.Request() with { OfferId = null, Work = Work, WorkUnits = 20_000_000 };

        var cheap = Ok(await house.QuoteAsync(request));
        Assert.Equal("L40S", Assert.Single(cheap.Lines).DeviceModel);
        Assert.Equal(20_000_000 / (1642.22 * 3600), cheap.WorkPlan!.HoursNeeded!.Value, 9);
        // Two hours were bought, and it takes more than three.
        Assert.False(cheap.WorkPlan.Covered);

        var fast = Ok(await house.QuoteAsync(request with { DeadlineHours = 1 }));
        Assert.Equal(FakeInventories.Model, Assert.Single(fast.Lines).DeviceModel);
        double hours = 20_000_000 / (H100 * 3600);
        Assert.Equal(
            (20_000_000m, Work, 1m, true),
            (fast.WorkPlan!.Units, fast.WorkPlan.Work, fast.WorkPlan.DeadlineHours, fast.WorkPlan.Covered)
        );
        Assert.Equal(hours, fast.WorkPlan.HoursNeeded!.Value, 9);
        Assert.Equal(decimal.Ceiling(Retail * 1_000_000 * (decimal)hours), fast.WorkPlan.Cost!.Value.Micros);
        Assert.Equal(fast.WorkPlan, (await house.As<IQuotes, QuoteView?>(house.Customer, q => q.FindAsync(fast.Id, default)))!.WorkPlan);

        Assert.Null(Ok(await house.QuoteAsync(house.Request())).WorkPlan);
    }

    [Fact]
    public async Task A_deadline_that_nothing_meets_is_refused_at_its_field_with_what_would_meet_it()
    {
        await using var house = await OpenAsync(db);
        var request = house.Request() with { Work = Work, WorkUnits = 20_000_000, DeadlineHours = 0.5m };
        var problem = Refused(await house.QuoteAsync(request));
        Assert.Equal(("no-placement", "/deadlineHours"), (problem.Code, problem.Errors[0].Pointer));
        var replicas = Assert.Single(problem.Errors, e => e.FixCode == ChangeCodes.MoreReplicasInTime);
        Assert.Equal("2", replicas.FixArguments!["replicas"]);
        var plan = Ok(await house.QuoteAsync(request with { Replicas = 2 })).WorkPlan!;
        Assert.Equal(20_000_000 / (2 * H100 * 3600), plan.HoursNeeded!.Value, 9);
        Assert.Contains(problem.Errors, e => e.FixCode == ChangeCodes.LaterDeadline);
    }

    [Fact]
    public async Task A_policy_uses_its_first_tier_until_it_is_full_and_then_the_next()
    {
        await using var house = await OpenAsync(db, cards: 2);
        Actor factory = await house.PartyAsync(PartyKinds.Customer | PartyKinds.Center, "Factory");
        await house.TopUpAsync(factory, 10_000);
        // Own cards are dear here: a price alone would never choose them.
        await house.SellAsync(factory, FakeInventories.Model, 1, 90m, "cn-south-1", SiteTier.Edge);
        var ownFirst = new PolicyRequest([
            new PolicyTierRequest { Suppliers = [factory.PartyId] },
            new PolicyTierRequest { Clusters = [house.ClusterId] },
        ]);
        var request = house.Request() with { OfferId = null, Policy = ownFirst };

        var own = Assert.Single(Ok(await house.QuoteAsync(request, who: factory)).Lines);
        Assert.Equal((0, "Hall cn-south-1"), (own.PolicyTier, own.SiteName));
        var bought = Assert.Single(Ok(await house.QuoteAsync(request, who: factory)).Lines);
        Assert.Equal((1, "Hall cn-north-1"), (bought.PolicyTier, bought.SiteName));

        // The other way round own capacity waits, although it goes first without a policy.
        var boughtFirst = new PolicyRequest([new PolicyTierRequest { SiteTiers = [SiteTier.Cloud] }, new PolicyTierRequest()]);
        Assert.Equal(0, Assert.Single(Ok(await house.QuoteAsync(request with { Policy = boughtFirst }, who: factory)).Lines).PolicyTier);

        var nobody = new PolicyRequest([new PolicyTierRequest { Suppliers = ["org_nobody"] }]);
        var problem = Refused(await house.QuoteAsync(request with { Policy = nobody }, who: factory));
        Assert.Equal("/policy/tiers", problem.Errors[0].Pointer);
    }

    [Fact]
    public async Task Links_keep_two_roles_within_their_bound_and_a_refusal_names_the_link()
    {
        await using var house = await OpenAsync(
            db,
            settings: new()
            {
                ["Market:RoundTripMs:cn-east-1/cn-north-1"] = "30",
                ["Market:EgressPerGib:cn-east-1/cn-north-1:Price"] = "0.5",
                ["Market:EgressPerGib:cn-east-1/cn-north-1:Currency"] = "CNY",
            }
        );
        await house.SellAsync(house.Center, "L40S", 8, 5m, "cn-east-1", SiteTier.Edge);
        string bundle = await BundleAsync(house, maxRoundTripMs: 40);
        var request = house.Request() with
        {
            OfferId = null,
            Image = null,
            Product = Provisioning.Contracts.ProductKind.Job,
            BundleId = bundle,
        };

        var quote = Ok(await house.QuoteAsync(request));
        Assert.Equal(["L40S", FakeInventories.Model], quote.Lines.Select(l => l.DeviceModel));
        var link = Assert.Single(quote.Links);
        Assert.Equal(("camera", "brain", "Hall cn-east-1", "Hall cn-north-1"), (link.From, link.To, link.FromSite, link.ToSite));
        Assert.Equal((30d, 40d), (link.RoundTripMs, link.MaxRoundTripMs));
        // 10 calls of 1 MiB a second are 36,000 MiB an hour.
        Assert.Equal(36_000m / 1024 * 0.5m, link.TrafficPerHour.Amount, 5);
        Assert.Equal(link.TrafficPerHour, quote.TrafficPerHour);
        Assert.Empty(quote.Alternatives);
        // Reported beside the price, not charged.
        Assert.Equal((Retail + 6.25m) * 2, quote.Net.Amount);

        var tight = Refused(await house.QuoteAsync(request with { Links = [new BundleLink("camera", "brain", MaxRoundTripMs: 20)] }));
        Assert.Equal("/links/0/maxRoundTripMs", tight.Errors[0].Pointer);
        Assert.Equal("The link from camera to brain cannot keep a round trip of 20 ms here.", tight.Errors[0].Message);
        Assert.Equal(ChangeCodes.RaiseRoundTrip, tight.Errors[0].FixCode);
        Assert.Equal("30", tight.Errors[0].FixArguments!["ms"]);

        // The customer's own bound replaces the bundle's, and so do the customer's data.
        string close = await BundleAsync(house, maxRoundTripMs: 5);
        Assert.Equal("/links", Refused(await house.QuoteAsync(request with { BundleId = close })).Errors[0].Pointer);
        var loose = request with
        {
            BundleId = close,
            Links = [new BundleLink("camera", "brain", MaxRoundTripMs: 30)],
            Data = [new DataRequest("images", "brain", Region: "cn-east-1", Gib: 100)],
        };
        var moved = Ok(await house.QuoteAsync(loose));
        Assert.Equal((30d, 50m), (Assert.Single(moved.Links).MaxRoundTripMs, moved.DataCost!.Value.Amount));
    }

    [Fact]
    public async Task Wrong_wishes_are_named_with_their_fix()
    {
        await using var house = await OpenAsync(db);
        string bundle = await BundleAsync(house, maxRoundTripMs: null);
        var request = house.Request();
        var of = request with { OfferId = null, Image = null, BundleId = bundle };
        (string Pointer, WorkloadRequest Request)[] wrong =
        [
            ("/workUnits", request with { Work = Work, WorkUnits = 0 }),
            ("/work", request with { WorkUnits = 5 }),
            ("/work", of with { WorkUnits = 5 }),
            ("/workUnits", request with { Work = Work, DeadlineHours = 5 }),
            ("/deadlineHours", request with { Work = Work, WorkUnits = 5, DeadlineHours = -1 }),
            ("/policy/tiers", request with { Policy = new PolicyRequest([]) }),
            ("/policy/tiers/0", request with { Policy = new PolicyRequest([null!]) }),
            ("/policy/tiers/1", request with { Policy = new PolicyRequest([new(), new()]) }),
            ("/policy/tiers/0/suppliers/0", request with { Policy = new PolicyRequest([new() { Suppliers = [""] }]) }),
            ("/policy/tiers/0/siteTiers/0", request with { Policy = new PolicyRequest([new() { SiteTiers = [(SiteTier)9] }]) }),
            ("/links/0", of with { Links = [null!] }),
            ("/links/0/to", of with { Links = [new("brain", "brain")] }),
            ("/links/1/from", of with { Links = [new("camera", "brain"), new("camera", "brain")] }),
            ("/links/0/to", of with { Links = [new("brain", "nobody")] }),
            ("/links/0/callsPerSecond", of with { Links = [new("brain", "camera", -1)] }),
            ("/links/0/bytesPerCall", of with { Links = [new("brain", "camera", 1, 1e12)] }),
            ("/links/0/maxRoundTripMs", of with { Links = [new("brain", "camera", 1, 1, 0.1)] }),
            ("/data/0", request with { Data = [null!] }),
            ("/data/0/name", request with { Data = [new("", Region: "r")] }),
            ("/data/0/region", request with { Data = [new("images", Site: "s", Region: "r")] }),
            ("/data/0/gib", request with { Data = [new("images", Region: "r", Gib: -1)] }),
            ("/data/0/staysInCountry", request with { Data = [new("images", Region: "r", StaysInCountry: "China")] }),
            ("/data/0/role", of with { Data = [new("images", Region: "r")] }),
            ("/data/0/role", of with { Data = [new("images", "nobody", Region: "r")] }),
            ("/data/1/name", request with { Data = [new("images", Region: "r"), new("images", "main", Region: "r")] }),
            ("/data/0/site", request with { Data = [new("images", Site: "sit_nowhere")] }),
        ];
        foreach (var (pointer, each) in wrong)
        {
            var problem = Refused(await house.QuoteAsync(each));
            Assert.True(
                problem.Kind == ProblemKind.Invalid && problem.Errors[0].Pointer == pointer && problem.Errors[0].Fix.Length > 0,
                $"{pointer}: {problem.Code} {string.Join(' ', problem.Errors.Select(e => e.Pointer + " " + e.Message))}"
            );
        }
    }

    // A camera role that runs at the edge and calls a role on a large card.
    private static async Task<string> BundleAsync(OrdersHouse house, double? maxRoundTripMs)
    {
        static BundleRole Role(string name, string chip, IReadOnlyList<SiteTier> tiers) =>
            new()
            {
                Name = name,
                Replicas = "1",
                Tiers = tiers,
                Variants = [new BundleVariant(chip, "demo/" + name + ":1", 1)],
            };
        var made = Ok(
            await house.As<IBundles, Outcome<BundleView>>(
                house.Operator,
                b =>
                    b.CreateAsync(
                        new SaveBundle(
                            "Vision",
                            "",
                            "Industry",
                            new BundleRecipe
                            {
                                Product = "Job",
                                Roles = [Role("camera", "L40S", [SiteTier.Edge]), Role("brain", FakeInventories.Model, [])],
                                Links = [new BundleLink("camera", "brain", 10, 1024 * 1024, maxRoundTripMs)],
                            }
                        ),
                        default
                    )
            )
        );
        Ok(await house.As<IBundles, Outcome<BundleView>>(house.Operator, b => b.ChangeStateAsync(made.Id, BundleState.Published, default)));
        return made.Id;
    }
}

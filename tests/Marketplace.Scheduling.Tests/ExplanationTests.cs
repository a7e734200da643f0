using Marketplace.Scheduling.Model;
using static Marketplace.Scheduling.Tests.Supply;

namespace Marketplace.Scheduling.Tests;

public sealed class ExplanationTests
{
    private static readonly Role OneCard = Role(1, Cards("H100", 1));

    [Fact]
    public void The_funnel_runs_the_rarest_rule_first_and_counts_offers_and_cards()
    {
        var offers = Enumerable
            .Range(0, 10)
            .Select(o => Offer($"o{o}", (o + 1) * Yuan, cards: 10) with { VerificationLevel = o % 4 })
            .ToArray();
        var snapshot = Snapshot([Node("n1", cards: 8)], offers);
        var request = Request(OneCard) with
        {
            MaxPricePerCardHour = 3 * Yuan,
            Constraints = new() { MinVerificationLevel = 1, Countries = ["CN"] },
        };

        var funnel = Scheduler.Decide(snapshot, request).Explanation.Funnel;

        Assert.Equal(
            [
                (RuleCodes.Price, 10, 3, 100L, 30L),
                (RuleCodes.Verification, 3, 2, 30L, 20L),
                (RuleCodes.ContractClass, 2, 2, 20L, 20L),
                (RuleCodes.Country, 2, 2, 20L, 20L),
                (RuleCodes.Variant, 2, 2, 20L, 20L),
                (RuleCodes.AvailableCards, 2, 2, 20L, 20L),
                (RuleCodes.FreeCapacity, 2, 2, 20L, 20L),
            ],
            funnel.Select(step => (step.Rule, step.OffersBefore, step.OffersAfter, step.CardsBefore, step.CardsAfter))
        );
    }

    [Fact]
    public void Score_parts_are_on_fixed_scales_and_add_up()
    {
        var alone = Snapshot([Node("n1", cards: 8)], Offer("a", Yuan));
        var crowded = Snapshot([Node("n1", cards: 8)], Offer("a", Yuan), Offer("b", 50 * Yuan), Offer("c", 2 * Yuan));

        var first = Scheduler.Decide(alone, Request(OneCard)).Explanation.Candidates.Single();
        var candidates = Scheduler.Decide(crowded, Request(OneCard)).Explanation.Candidates;

        Assert.Equal(["a", "c", "b"], candidates.Select(candidate => candidate.OfferId));
        // The company it keeps does not change a score: 1 CNY an hour is half of the price points.
        Assert.Equal(first.Total, candidates[0].Total);
        Assert.Equal(40, first.Parts.Single(part => part.Code == "price").Points, 6);
        Assert.All(candidates, candidate => Assert.Equal(candidate.Total, candidate.Parts.Sum(part => part.Points), 5));
        Assert.All(candidates, candidate => Assert.Equal(100, candidate.Parts.Sum(part => part.OutOf), 6));
    }

    [Fact]
    public void Every_objective_weighs_one_hundred_points() =>
        Assert.All(
            Enum.GetValues<Objective>(),
            objective =>
            {
                var weights = Scoring.ScoreWeights.Of(objective);
                Assert.Equal(100, weights.Price + weights.Speed + weights.Locality + weights.Reliability + weights.Fragmentation);
            }
        );

    [Fact]
    public void A_refusal_names_the_rule_and_the_change()
    {
        var snapshot = Snapshot([Node("n1", cards: 8)], Offer("a", 5 * Yuan) with { VerificationLevel = 1 });

        Expect(snapshot, Request(OneCard) with { MaxPricePerCardHour = 4 * Yuan }, RuleCodes.Price, ChangeCodes.RaisePrice, "5000000");
        Expect(snapshot, Request(OneCard) with { BudgetPerHour = 4 * Yuan }, RuleCodes.Budget, ChangeCodes.RaiseBudget, "5000000");
        Expect(snapshot, Constrained(new() { MinVerificationLevel = 3 }), RuleCodes.Verification, ChangeCodes.LowerVerification, "1");
        Expect(snapshot, Constrained(new() { Regions = ["mars"] }), RuleCodes.Region, ChangeCodes.DropConstraint, RuleCodes.Region);
        Expect(snapshot, Constrained(new() { Stacks = ["ROCm"] }), RuleCodes.Stack, ChangeCodes.DropConstraint, RuleCodes.Stack);
        Expect(
            snapshot,
            Constrained(new() { MinDeviceMemoryMib = 90_000 }),
            RuleCodes.DeviceMemory,
            ChangeCodes.LowerDeviceMemory,
            "81920"
        );
        Expect(snapshot, Request(Role(9, Cards("H100", 1))), RuleCodes.FreeCapacity, ChangeCodes.FewerReplicas, "8");
        Expect(
            snapshot,
            Request(OneCard) with
            {
                ContractClass = ContractClass.IdleFill,
            },
            RuleCodes.ContractClass,
            ChangeCodes.ChangeContractClass,
            "Reserved"
        );
    }

    [Fact]
    public void Below_the_minimum_take_it_says_how_many_to_ask_for()
    {
        var snapshot = Snapshot([Node("n1", cards: 8)], Offer("a", Yuan) with { MinCards = 4 });
        Expect(snapshot, Request(OneCard), RuleCodes.MinimumTake, ChangeCodes.MoreReplicas, "4");
    }

    [Fact]
    public void What_no_machine_could_ever_hold_is_said_at_once()
    {
        var snapshot = Snapshot([Node("n1", cards: 8)], Offer("a", Yuan));
        var refused = Refused(snapshot, Request(Role(1, Cards("H100", 16))));
        Assert.Equal((RuleCodes.ReplicaSize, true), (refused.Rule, refused.NeverFits));
        Assert.Empty(refused.Explanation.WouldFitIf);

        var full = Snapshot([Node("n1", cards: 8) with { FreeCpuMilli = 0 }], Offer("a", Yuan));
        refused = Refused(full, Request(Role(8, Cards("H100", 1))));
        Assert.Equal((RuleCodes.FreeCapacity, false), (refused.Rule, refused.NeverFits));
    }

    [Fact]
    public void When_no_single_change_is_enough_it_says_so()
    {
        var snapshot = Snapshot([Node("n1", cards: 8)], Offer("a", 5 * Yuan));
        var request = Constrained(new() { Regions = ["mars"], Countries = ["US"] });
        Assert.Equal(ChangeCodes.DropAllConstraints, Refused(snapshot, request).Explanation.WouldFitIf.Single().Code);
    }

    [Fact]
    public void Offers_in_several_currencies_need_one_named()
    {
        var snapshot = Snapshot([Node("n1", cards: 8)], Offer("a", 5 * Yuan), Offer("b", Yuan) with { Currency = "USD" });
        var refused = Refused(snapshot, Request(OneCard));
        Assert.Equal((RefusalCodes.CurrencyAmbiguous, false), (refused.Code, refused.NeverFits));
        Assert.Equal(["CNY", "USD"], refused.Explanation.WouldFitIf.Select(change => change.Args["currency"]));
        Assert.Equal("CNY", Assert.IsType<Placed>(Scheduler.Decide(snapshot, Request(OneCard) with { Currency = "CNY" })).Currency);
    }

    [Fact]
    public void Every_code_has_its_english()
    {
        var args = new[]
        {
            "wanted",
            "ms",
            "memoryMib",
            "micros",
            "replicas",
            "cards",
            "level",
            "rule",
            "class",
            "role",
            "currency",
            "speed",
            "unit",
            "hours",
            "from",
            "to",
            "was",
            "edges",
        }.ToDictionary(name => name, _ => "1");
        Assert.All(Codes(typeof(RuleCodes)), code => Assert.NotEmpty(ExplanationText.Rule(code, args)));
        Assert.All(Codes(typeof(ChangeCodes)), code => Assert.NotEmpty(new FitChange(code, args, Request(OneCard)).ToEnglish()));
        Assert.Throws<ArgumentOutOfRangeException>(() => ExplanationText.Rule("no-such-rule", args));
        // One is singular, more are not.
        string[] ones = [.. Codes(typeof(RuleCodes)).Select(code => ExplanationText.Rule(code, args))];
        Assert.DoesNotContain(
            ones,
            text => text.Contains("1 replicas", StringComparison.Ordinal) || text.Contains("1 cards", StringComparison.Ordinal)
        );
        Assert.Contains("sell as few as 1 replica needs", ones);
        Assert.Equal(
            "sell as few as 2 replicas need",
            ExplanationText.Rule(RuleCodes.MinimumTake, new Dictionary<string, string> { ["replicas"] = "2" })
        );

        static IEnumerable<string> Codes(Type type) => type.GetFields().Select(field => (string)field.GetRawConstantValue()!);
    }

    [Fact]
    public void The_english_reads_like_sentences()
    {
        var snapshot = Snapshot([Node("n1", cards: 8)], Offer("a", 5 * Yuan, cards: 16));
        var english = Refused(snapshot, Request(Role(9, Cards("H100", 1)))).Explanation.ToEnglish();
        Assert.Equal(
            """
            worker: 1 became 1 that are sold as OnDemand (16 of 16 cards).
            worker: 1 became 1 that match a variant: H100 (16 of 16 cards).
            worker: 1 became 1 that have 9 cards left for sale (16 of 16 cards).
            worker: 1 became 0 that have machines free for 9 replicas (0 of 16 cards).
            Closest miss for worker: a could hold 8 of the 9 replicas.
            It would fit if you ask for 8 replicas of worker.

            """,
            english
        );
    }

    private static PlacementRequest Constrained(Constraints constraints) => Request(OneCard) with { Constraints = constraints };

    private static Refused Refused(SupplySnapshot snapshot, PlacementRequest request) =>
        Assert.IsType<Refused>(Scheduler.Decide(snapshot, request));

    private static void Expect(SupplySnapshot snapshot, PlacementRequest request, string rule, string change, string value)
    {
        var refused = Refused(snapshot, request);
        Assert.Equal(rule, refused.Rule);
        var first = refused.Explanation.WouldFitIf[0];
        Assert.Equal(change, first.Code);
        Assert.Contains(value, first.Args.Values);
        Assert.True(Scheduler.Decide(snapshot, first.Request).IsPlaced);
    }
}

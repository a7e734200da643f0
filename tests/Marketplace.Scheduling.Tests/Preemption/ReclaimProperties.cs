using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Preemption;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Preemption;

/// <summary>Victims on small random fleets, against every possible set of evictions.</summary>
public sealed class ReclaimProperties
{
    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    [Fact]
    public void Victims_are_lawful_enough_and_none_can_be_left_out_and_a_refusal_is_true()
    {
        var outcomes = new Dictionary<ReclaimOutcome, int>();
        int missed = 0,
            victims = 0,
            fewest = 0;
        Properties.Check(
            Numbers,
            number =>
            {
                var scenario = new ReclaimScenario(number);
                var brute = new BruteReclaim(scenario);
                var decision = scenario.Find();
                outcomes[decision.Outcome] = outcomes.GetValueOrDefault(decision.Outcome) + 1;
                var enough = Enumerable.Range(0, brute.Sets).Where(set => brute.IsLegal(set) && brute.Suffices(set)).ToList();
                switch (decision.Outcome)
                {
                    case ReclaimOutcome.Fits:
                        return enough.Contains(0) && PlacesHold(scenario, brute, decision, 0);
                    case ReclaimOutcome.Evict:
                        var set = decision.Victims.Sum(victim => 1 << scenario.Running.FindIndex(each => each.Ticket == victim.Ticket));
                        victims += decision.Victims.Count;
                        fewest += enough.Min(each => BitOperations.PopCount((uint)each));
                        return enough.Contains(set)
                            && Enumerable.Range(0, set).Where(subset => (subset & ~set) == 0).All(subset => !brute.Suffices(subset))
                            && decision.Victims.All(Lawful)
                            && PlacesHold(scenario, brute, decision, set);
                    case ReclaimOutcome.NoneFound:
                        missed += enough.Count > 0 ? 1 : 0;
                        return true;
                    default:
                        return enough.Count == 0;
                }
            },
            600
        );
        Assert.True(outcomes.GetValueOrDefault(ReclaimOutcome.Evict) >= 60, string.Join(", ", outcomes));
        Assert.True(outcomes.GetValueOrDefault(ReclaimOutcome.NodesCannotSuffice) >= 30, string.Join(", ", outcomes));
        Assert.True(outcomes.GetValueOrDefault(ReclaimOutcome.QuotaCannotSuffice) >= 30, string.Join(", ", outcomes));
        // A greedy order can miss a set, or take a few more than the fewest; both must stay rare.
        Assert.InRange(missed / (double)(missed + outcomes[ReclaimOutcome.Evict]), 0, 0.03);
        Assert.InRange(victims / (double)fewest, 1, 1.15);
    }

    [Fact]
    public void A_gang_that_must_stay_together_gets_one_domain_and_a_refusal_is_true()
    {
        var outcomes = new Dictionary<ReclaimOutcome, int>();
        int missed = 0,
            victims = 0,
            fewest = 0;
        Properties.Check(
            Numbers,
            number =>
            {
                var scenario = new ReclaimScenario(number, topology: true);
                var brute = new BruteReclaim(scenario);
                var decision = scenario.Find();
                outcomes[decision.Outcome] = outcomes.GetValueOrDefault(decision.Outcome) + 1;
                var enough = Enumerable.Range(0, brute.Sets).Where(set => brute.IsLegal(set) && brute.Suffices(set)).ToList();
                switch (decision.Outcome)
                {
                    case ReclaimOutcome.Fits:
                        return enough.Contains(0) && PlacesHold(scenario, brute, decision, 0) && InOneDomain(brute, decision);
                    case ReclaimOutcome.Evict:
                        var set = decision.Victims.Sum(victim => 1 << scenario.Running.FindIndex(each => each.Ticket == victim.Ticket));
                        var domain = brute.DomainOf(decision.Places[0].Node);
                        victims += decision.Victims.Count;
                        fewest += enough.Min(each => BitOperations.PopCount((uint)each));
                        return enough.Contains(set)
                            && !enough.Contains(0)
                            && Enumerable
                                .Range(0, set)
                                .Where(subset => (subset & ~set) == 0)
                                .All(subset => !brute.SufficesIn(subset, domain))
                            && decision.Victims.All(Lawful)
                            && PlacesHold(scenario, brute, decision, set)
                            && InOneDomain(brute, decision);
                    case ReclaimOutcome.NoneFound:
                        missed += enough.Count > 0 ? 1 : 0;
                        return true;
                    default:
                        return enough.Count == 0;
                }
            },
            800
        );
        Assert.True(outcomes.GetValueOrDefault(ReclaimOutcome.Evict) >= 60, string.Join(", ", outcomes));
        Assert.True(outcomes.GetValueOrDefault(ReclaimOutcome.NodesCannotSuffice) >= 30, string.Join(", ", outcomes));
        Assert.InRange(missed / (double)(missed + outcomes[ReclaimOutcome.Evict]), 0, 0.03);
        Assert.InRange(victims / (double)fewest, 1, 1.15);
    }

    private static bool InOneDomain(BruteReclaim brute, ReclaimDecision decision) =>
        decision.Places.Select(place => brute.DomainOf(place.Node)).Distinct().Count() == 1;

    [Fact]
    public void A_search_changes_nothing_and_says_the_same_again() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var (scenario, twin) = (new ReclaimScenario(number), new ReclaimScenario(number));
                var before = State(scenario);
                var decision = scenario.Find();
                return State(scenario).SequenceEqual(before) && Same(decision, scenario.Find()) && Same(decision, twin.Find());
            },
            200
        );

    [Fact]
    public void After_the_victims_left_the_workload_starts_where_it_was_said() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var scenario = new ReclaimScenario(number);
                var decision = scenario.Find();
                if (decision.Outcome is not (ReclaimOutcome.Fits or ReclaimOutcome.Evict))
                {
                    return true;
                }

                foreach (var victim in decision.Victims)
                {
                    scenario.Queues.Evict(victim.Ticket);
                    scenario.Occupancy.End(victim.Ticket);
                }

                var starts = scenario.Queues.AdmitNow(scenario.Waiting);
                scenario.Occupancy.Start(scenario.Waiting, scenario.Queues[scenario.Waiting], [.. decision.Places]);
                return starts && scenario.Occupancy.Count == scenario.Running.Count - decision.Victims.Count + 1;
            },
            200
        );

    private static bool Lawful(Victim victim) =>
        victim.ContractClass != ContractClass.Reserved && victim.WithNotice == (victim.ContractClass != ContractClass.IdleFill);

    private static bool PlacesHold(ReclaimScenario scenario, BruteReclaim brute, ReclaimDecision decision, int gone)
    {
        var shape = scenario.Queues[scenario.Waiting].Shape;
        return scenario.Nodes.Count == 0
            ? decision.Places.Count == 0
            : decision.Places.Sum(place => place.Pods) == shape.Pods
                && decision.Places.DistinctBy(place => place.Node).Count() == decision.Places.Count
                && decision.Places.All(place =>
                    Enumerable.Range(0, 2).All(r => place.Pods * shape.PerPod[r] <= brute.FreeWithout(gone, place.Node, r))
                );
    }

    private static bool Same(ReclaimDecision left, ReclaimDecision right) =>
        left.Outcome == right.Outcome && left.Victims.SequenceEqual(right.Victims) && left.Places.SequenceEqual(right.Places);

    private static List<long> State(ReclaimScenario scenario) =>
        [
            .. from n in Enumerable.Range(0, scenario.Tree.Count)
            from r in Enumerable.Range(0, 2)
            from value in new[] { scenario.Tree.Used(n, r), scenario.Tree.Held(n, r), scenario.Tree.Quota(n, r), scenario.Tree.Kept(n, r) }
            select value,
            .. from n in Enumerable.Range(0, scenario.Nodes.Count) from r in Enumerable.Range(0, 2) select scenario.Occupancy.Free(n, r),
            .. from r in Enumerable.Range(0, 2) select scenario.Occupancy.FreeOverall(r),
        ];
}

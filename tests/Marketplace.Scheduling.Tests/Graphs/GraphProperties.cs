using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Graphs;

/// <summary>Service graphs on small random networks, against trying everything.</summary>
public sealed class GraphProperties
{
    /// <summary>Micro-units of cost that rank behind one step of precedence.</summary>
    private const decimal Precedence = 1e18m;

    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    [Fact]
    public void It_places_exactly_when_something_fits_and_the_cheapest()
    {
        int fitting = 0,
            cheapestFound = 0;
        ForAll(
            1200,
            scenario =>
            {
                var decision = Scheduler.Decide(scenario.Snapshot, scenario.Request);
                var cheapest = GraphOracle.Cheapest(scenario, scenario.Request);
                if (decision is not Placed placed)
                {
                    return cheapest is null ? null : "it refused what fits: " + decision.Explanation.ToEnglish();
                }

                fitting++;
                var (cost, wrong) = GraphOracle.Judge(scenario, scenario.Request, placed);
                if (wrong is not null || cheapest is not { } least || cost < least)
                {
                    return wrong ?? $"it costs {cost}, the cheapest {cheapest}";
                }

                cheapestFound += cost == least ? 1 : 0;
                return null;
            }
        );
        Assert.InRange(fitting, 300, 1100);
        // Graphs this small end with the exact search, so all of them are the cheapest.
        Assert.Equal(fitting, cheapestFound);
    }

    [Fact]
    public void The_tree_finds_the_cheapest_and_no_search_beats_it()
    {
        var compared = 0;
        ForAll(
            600,
            scenario =>
            {
                var request = scenario.Request with { Policy = null };
                using var open = new OpenGraph(scenario.Snapshot, request);
                if (open.Problem is not { } problem)
                {
                    return null;
                }

                var tree = open.Tree(1_000_000);
                var found = tree.Cheapest();
                var cheapest = GraphOracle.Cheapest(scenario, request);
                if (!tree.Complete || (found is null) != cheapest is null)
                {
                    return $"the tree says {(found is null ? "no" : "yes")}, complete {tree.Complete}, the oracle {cheapest}";
                }

                if (found is null)
                {
                    return null;
                }

                compared++;
                return InOracleUnits(problem.CostOf(found)) == cheapest
                    ? null
                    : $"the tree finds {problem.CostOf(found)}, the oracle {cheapest}";
            }
        );
        Assert.InRange(compared, 200, 500);
    }

    [Fact]
    public void On_thirty_services_the_search_keeps_every_bound_and_stays_near_the_cheapest()
    {
        var gaps = new List<double>();
        var answers = new List<double>();
        int greedyLost = 0,
            greedyDearer = 0,
            found = 0,
            compared = 0;
        ForAll(
            60,
            scenario =>
            {
                var request = scenario.Request with { BudgetPerHour = null };
                using var open = new OpenGraph(scenario.Snapshot, request);
                if (open.Problem is not { } problem)
                {
                    return null;
                }

                var greedy = open.Draft();
                new GraphImprovement(problem, greedy).Build();
                var placed = GraphImprovement.Best(problem, open.Draft);
                if (placed is null)
                {
                    return null;
                }

                var answer = open.Tree(GraphTree.MaxStepsToImprove).Cheapest(placed)!;
                greedyLost += greedy.Unplaced > 0 ? 1 : 0;
                greedyDearer += greedy.Unplaced == 0 && problem.CostOf(greedy.Chosen) > problem.CostOf(placed) ? 1 : 0;
                found++;
                if (Broken(problem, answer) is { } wrong)
                {
                    return wrong;
                }

                var tree = open.Tree(30_000);
                var best = tree.Cheapest(placed)!;
                if (problem.CostOf(best) > problem.CostOf(answer))
                {
                    return "more steps made it dearer";
                }

                if (tree.Complete)
                {
                    compared++;
                    gaps.Add(Gap(InOracleUnits(problem.CostOf(placed)), InOracleUnits(problem.CostOf(best))));
                    answers.Add(Gap(InOracleUnits(problem.CostOf(answer)), InOracleUnits(problem.CostOf(best))));
                }

                return null;
            },
            services: 30
        );
        // Measured: 45 placed, in 26 of them the greedy order alone leaves a role without a place and in 8 it is dearer. Of the 21 proven the
        // cheapest costs 0.5 % less on average and 10.5 % at most; before the few steps of the exact search it is 147 % on average.
        Assert.InRange(found, 40, 60);
        Assert.InRange(greedyLost, 20, found);
        Assert.InRange(greedyDearer, 5, found);
        Assert.InRange(compared, 15, found);
        Assert.InRange(answers.Average(), 0, 0.01);
        Assert.InRange(answers.Max(), 0, 0.11);
        Assert.InRange(gaps.Average(), answers.Average(), 1.6);
    }

    [Fact]
    public void A_refusal_names_bounds_that_cannot_hold_and_what_would_do()
    {
        int refusals = 0,
            several = 0,
            raised = 0;
        ForAll(
            1500,
            scenario =>
            {
                var request = scenario.Request;
                if (
                    Scheduler.Decide(scenario.Snapshot, request) is not Refused { Code: RefusalCodes.EdgeLatency } refused
                    || request.BudgetPerHour is not null
                )
                {
                    return null;
                }

                refusals++;
                var misses = refused.Explanation.LatencyMisses;
                several += misses.Count > 1 ? 1 : 0;
                if (misses.Count == 0 || refused.Rule != RuleCodes.EdgeLatency)
                {
                    return "no edge is named";
                }

                if (GraphOracle.Fits(scenario, Only(request, misses)))
                {
                    return "the bounds named can hold together";
                }

                foreach (var miss in misses)
                {
                    if (!GraphOracle.Fits(scenario, Only(request, misses.Where(each => each != miss))))
                    {
                        return $"the bound from {miss.From} to {miss.To} is not needed for the proof";
                    }

                    if (WrongLeast(scenario, miss) is { } wrong)
                    {
                        return wrong;
                    }
                }

                var changes = refused.Explanation.WouldFitIf;
                raised += changes.Count(change => change.Code is ChangeCodes.RaiseRoundTrip or ChangeCodes.RaiseRoundTrips);
                return changes.FirstOrDefault(change => !GraphOracle.Fits(scenario, change.Request)) is { } idle
                    ? $"'{idle.ToEnglish()}' does not make it fit"
                    : null;
            }
        );
        Assert.InRange(refusals, 60, 200);
        Assert.InRange(several, 20, refusals);
        Assert.InRange(raised, 60, 3 * refusals);
    }

    /// <summary>The bound a miss says would do does, and the next shorter distance there is would not.</summary>
    private static string? WrongLeast(GraphScenario scenario, LatencyMiss miss)
    {
        var shorter = scenario
            .Latencies.Select(each => Math.Max(RoleEdge.SameSiteMs, each.RoundTripMs))
            .Concat([RoleEdge.SameSiteMs, RoleEdge.SameRegionMs, InputBounds.MaxRoundTripMs])
            .Where(ms => ms < (miss.FitsFromMs ?? double.PositiveInfinity))
            .DefaultIfEmpty(0)
            .Max();
        if (miss.FitsFromMs is { } least && !GraphOracle.Fits(scenario, With(scenario.Request, miss, least)))
        {
            return $"{least} ms from {miss.From} to {miss.To} do not make it fit";
        }

        return shorter >= miss.MaxRoundTripMs && GraphOracle.Fits(scenario, With(scenario.Request, miss, shorter))
            ? $"{shorter} ms from {miss.From} to {miss.To} would do already"
            : null;
    }

    private static PlacementRequest With(PlacementRequest request, LatencyMiss miss, double ms) =>
        request with
        {
            Edges = [.. request.Edges.Select(edge => Is(edge, miss) ? edge with { MaxRoundTripMs = ms } : edge)],
        };

    /// <summary>The request with the bounds of these edges only.</summary>
    private static PlacementRequest Only(PlacementRequest request, IEnumerable<LatencyMiss> misses) =>
        request with
        {
            Edges = [.. request.Edges.Select(edge => misses.Any(miss => Is(edge, miss)) ? edge : edge with { MaxRoundTripMs = null })],
        };

    private static bool Is(RoleEdge edge, LatencyMiss miss) => edge.From == miss.From && edge.To == miss.To;

    private static string? Broken(GraphProblem problem, int[] found)
    {
        for (var e = 0; e < problem.From.Length; e++)
        {
            var ms = problem.RoundTripMs(e, problem.From[e], found[problem.From[e]], found[problem.To[e]]);
            if (double.IsFinite(problem.Bounds[e]) && !(ms <= problem.Bounds[e]))
            {
                return $"edge {e} takes {ms} ms";
            }
        }

        return null;
    }

    private static decimal InOracleUnits(Int128 cost) => ((decimal)(cost >> 90) * Precedence) + (decimal)(cost & ((Int128.One << 90) - 1));

    private static double Gap(decimal cost, decimal least) =>
        decimal.Floor(cost / Precedence) > decimal.Floor(least / Precedence) ? 1
        : least % Precedence == 0 ? 0
        : (double)((cost - least) / (least % Precedence));

    private static void ForAll(
        int count,
        Func<GraphScenario, string?> problemOf,
        int services = 0,
        [System.Runtime.CompilerServices.CallerMemberName] string name = ""
    ) =>
        Properties.Check(
            Prop.ForAll(
                Numbers.ToArbitrary(),
                number =>
                {
                    var problem = problemOf(new GraphScenario(number, services));
                    return (problem is null).Label($"scenario {number}: {problem}");
                }
            ),
            count,
            name
        );
}

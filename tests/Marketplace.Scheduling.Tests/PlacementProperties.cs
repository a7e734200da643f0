using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests;

/// <summary>What must hold for every supply and request, on small random ones.</summary>
public sealed class PlacementProperties
{
    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    [Fact]
    public void It_places_exactly_when_the_oracle_can_and_the_placement_is_right()
    {
        var fitting = 0;
        ForAll(
            3000,
            scenario =>
            {
                var decision = Scheduler.Decide(scenario.Snapshot, scenario.Request);
                fitting += decision.IsPlaced ? 1 : 0;
                var possible = Oracle.Fits(scenario.Snapshot, scenario.Request);
                return decision is Placed placed
                    ? possible
                        ? new PlacementCheck(scenario.Snapshot).Add(scenario.Request, placed)
                        : "it placed what the oracle cannot"
                    : possible
                        ? "it refused what the oracle can place: " + decision.Explanation.ToEnglish()
                        : null;
            }
        );
        // Both answers must be common, or agreement says little.
        Assert.InRange(fitting, 600, 2400);
    }

    [Fact]
    public void On_one_cluster_it_places_exactly_when_the_oracle_can() =>
        ForAll(
            3000,
            scenario =>
            {
                var decision = Scheduler.PlaceOnCluster(scenario.Snapshot, "c0", scenario.Request);
                var bare = scenario.Request with { BudgetPerHour = null };
                var possible = Oracle.Fits(scenario.Snapshot, bare, "c0");
                return decision is Placed placed
                    ? possible
                        ? new PlacementCheck(scenario.Snapshot).Add(bare, placed, "c0")
                        : "it placed what the oracle cannot"
                    : possible
                        ? "it refused what the oracle can place"
                        : null;
            }
        );

    [Fact]
    public void The_same_input_gives_the_same_output() =>
        ForAll(
            400,
            scenario =>
            {
                var first = Text(Scheduler.Decide(scenario.Snapshot, scenario.Request));
                var again = Text(Scheduler.Decide(scenario.Snapshot, scenario.Request));
                var rebuilt = new Scenario(scenario.Number);
                var other = Text(Scheduler.Decide(rebuilt.Snapshot, rebuilt.Request));
                return first == again && first == other ? null : "two decisions differ";
            }
        );

    [Fact]
    public void What_would_make_it_fit_does()
    {
        var advised = 0;
        ForAll(
            1500,
            scenario =>
            {
                if (Scheduler.Decide(scenario.Snapshot, scenario.Request) is not Refused refused)
                {
                    return null;
                }

                advised += refused.Explanation.WouldFitIf.Count;
                var wrong = refused.Explanation.WouldFitIf.FirstOrDefault(change => !Oracle.Fits(scenario.Snapshot, change.Request));
                return wrong is null ? null : $"'{wrong.ToEnglish()}' does not make it fit";
            }
        );
        Assert.True(advised > 300, $"Only {advised} changes were proposed: the property says little.");
    }

    [Fact]
    public void What_never_fits_does_not_fit_on_empty_machines_either()
    {
        var never = 0;
        ForAll(
            1500,
            scenario =>
            {
                if (Scheduler.Decide(scenario.Snapshot, scenario.Request) is not Refused refused)
                {
                    return null;
                }

                never += refused.NeverFits ? 1 : 0;
                return refused.NeverFits != Oracle.Fits(Emptied(scenario.Snapshot), scenario.Request)
                    ? null
                    : $"NeverFits is {refused.NeverFits}, the oracle differs";
            }
        );
        Assert.InRange(never, 100, 1300);
    }

    [Fact]
    public void The_best_candidate_of_a_single_role_wins() =>
        ForAll(
            800,
            scenario =>
            {
                var request = scenario.Request with { Roles = [scenario.Request.Roles[0]] };
                if (Scheduler.Decide(scenario.Snapshot, request) is not Placed placed)
                {
                    return null;
                }

                // Each offer alone is decided without competition; none of them may beat the winner.
                var precedence = scenario.Snapshot.Offers.Single(offer => offer.Id == placed.Roles[0].OfferId).Precedence;
                foreach (var offer in scenario.Snapshot.Offers)
                {
                    if (request.Constraints.OfferIds.Count > 0 && !request.Constraints.OfferIds.Contains(offer.Id))
                    {
                        continue;
                    }

                    var alone = request with { Constraints = request.Constraints with { OfferIds = [offer.Id] } };
                    if (
                        Scheduler.Decide(scenario.Snapshot, alone) is Placed other
                        && (offer.Precedence < precedence || (offer.Precedence == precedence && other.Score > placed.Score))
                    )
                    {
                        return $"{offer.Id} scores {other.Score}, the winner {placed.Score}";
                    }
                }

                return null;
            }
        );

    [Fact]
    public void Many_requests_on_one_supply_never_oversell_it() =>
        ForAll(
            600,
            scenario =>
            {
                var requests = Enumerable.Range(0, 8).Select(r => scenario.MakeRequest($"r{r}", 1 + (r % 2))).ToList();
                var bulk = Scheduler.DecideBatch(scenario.Snapshot, requests, atomic: false);
                var check = new PlacementCheck(scenario.Snapshot);
                for (var r = 0; r < requests.Count; r++)
                {
                    if (bulk.Decisions[r] is Placed placed && check.Add(requests[r], placed) is { } wrong)
                    {
                        return $"request {r}: {wrong}";
                    }
                }

                var atomic = Scheduler.DecideBatch(scenario.Snapshot, requests, atomic: true);
                return
                    atomic.Complete == bulk.Complete
                    && (atomic.Complete || atomic.Decisions.All(decision => !decision.IsPlaced))
                    && atomic.Decisions.Count == requests.Count
                    ? null
                    : "the atomic group is not all or nothing";
            }
        );

    [Fact]
    public void Undo_restores_the_state_exactly() =>
        ForAll(
            600,
            scenario =>
            {
                var state = new WorkingState(scenario.Snapshot.Columns);
                var marks = new Stack<(int Mark, string Before)>();
                for (var r = 0; r < 6; r++)
                {
                    var before = Fingerprint(state);
                    var mark = state.Mark;
                    var decision = Decider.Decide(
                        state,
                        scenario.MakeRequest($"r{r}", 2),
                        new DecisionScope(null, null, new ShapeCache(scenario.Snapshot.Columns))
                    );
                    if (!decision.IsPlaced && (Fingerprint(state) != before || state.Mark != mark))
                    {
                        return "a refusal changed the state";
                    }

                    marks.Push((mark, before));
                }

                while (marks.TryPop(out var entry))
                {
                    state.RollbackTo(entry.Mark);
                    if (Fingerprint(state) != entry.Before)
                    {
                        return "undo did not restore the state";
                    }
                }

                return null;
            }
        );

    [Fact]
    public void The_check_itself_finds_an_oversold_node()
    {
        var snapshot = Supply.Snapshot([Supply.Node("n1", cards: 2)], Supply.Offer("o", Supply.Yuan, cards: 8));
        var request = Supply.Request(Supply.Role(2, Supply.Cards("H100", 1)));
        var placed = Assert.IsType<Placed>(Scheduler.Decide(snapshot, request));
        var check = new PlacementCheck(snapshot);
        Assert.Null(check.Add(request, placed));
        Assert.Equal("device n1/d0 is oversold", check.Add(request, placed));
    }

    private static void ForAll(
        int count,
        Func<Scenario, string?> problemOf,
        [System.Runtime.CompilerServices.CallerMemberName] string name = ""
    ) =>
        Properties.Check(
            Prop.ForAll(
                Numbers.ToArbitrary(),
                number =>
                {
                    var problem = problemOf(new Scenario(number));
                    return (problem is null).Label($"scenario {number}: {problem}");
                }
            ),
            count,
            name
        );

    private static string Text(Decision decision) => JsonSerializer.Serialize(decision, decision.GetType());

    private static string Fingerprint(WorkingState state) =>
        JsonSerializer.Serialize(
            new object[]
            {
                state.FreeCpu,
                state.FreeMemory,
                state.FreeDeviceCompute,
                state.FreeDeviceMemory,
                state.OfferMilli,
                state.DomainSums,
            }
        );

    private static SupplySnapshot Emptied(SupplySnapshot snapshot)
    {
        var builder = new SupplySnapshotBuilder();
        foreach (var site in snapshot.Sites)
        {
            builder.Add(site);
        }

        foreach (var cluster in snapshot.Clusters)
        {
            builder.Add(cluster);
        }

        return builder
            .AddRange(
                snapshot.Nodes.Select(node =>
                    node with
                    {
                        FreeCpuMilli = node.CpuMilli,
                        FreeMemoryMib = node.MemoryMib,
                        Devices =
                        [
                            .. node.Devices.Select(device => device with { FreeComputeMilli = 1000, FreeMemoryMib = device.MemoryMib }),
                        ],
                    }
                )
            )
            .AddRange(snapshot.Offers.Select(offer => offer with { AvailableCards = 1_000_000 }))
            .Build();
    }
}

using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Batch;
using Marketplace.Scheduling.Model;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests;

/// <summary>What must hold for every batch, on small random ones, against arrival order and against every order of placing.</summary>
public sealed class BatchProperties
{
    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    [Fact]
    public void It_is_never_worse_than_arrival_order_and_never_above_the_bound()
    {
        int market = 0,
            gained = 0;
        Properties.Check(
            Numbers,
            number =>
            {
                var (scenario, requests) = Mixed(number);
                var batch = Scheduler.DecideBatch(scenario.Snapshot, requests, atomic: false);
                var arrival = InOrder(scenario.Snapshot, requests);
                market += batch.Order == BatchOrder.Market ? 1 : 0;
                gained += batch.Placed - arrival;
                return batch.Placed >= arrival
                    && batch.PlacedByArrival == arrival
                    && batch.Placed == batch.Decisions.Count(decision => decision.IsPlaced)
                    && batch.Placed <= batch.AtMost
                    && (batch.Order == BatchOrder.Arrival || batch.Placed > arrival || batch.Complete == (arrival == requests.Count));
            },
            1500
        );
        Assert.True(market > 30 && gained > 20, $"The market decided {market} of 1500 and placed {gained} more: the property says little.");
    }

    [Fact]
    public void The_placements_are_right_together() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var (scenario, requests) = Mixed(number);
                var batch = Scheduler.DecideBatch(scenario.Snapshot, requests, atomic: false);
                var check = new PlacementCheck(scenario.Snapshot);
                return requests
                    .Zip(batch.Decisions)
                    .All(each =>
                        each.First.Id == each.Second.RequestId
                        && (each.Second is not Placed placed || check.Add(each.First, placed) is null)
                    );
            },
            1000
        );

    [Fact]
    public void No_order_of_placing_is_above_the_bound_and_few_are_better()
    {
        int best = 0,
            cases = 400;
        Properties.Check(
            Numbers,
            number =>
            {
                var (scenario, requests) = Mixed(number, most: 5);
                var batch = Scheduler.DecideBatch(scenario.Snapshot, requests, atomic: false);
                var exhaustive = Orders(requests).Max(order => InOrder(scenario.Snapshot, order));
                best += batch.Placed >= exhaustive ? 1 : 0;
                return exhaustive <= batch.AtMost;
            },
            cases
        );
        Assert.True(best >= 0.97 * cases, $"Only {best} of {cases} place as many as the best order of placing.");
    }

    [Fact]
    public void With_one_card_each_it_places_as_many_as_can_be_placed()
    {
        var gained = 0;
        Properties.Check(
            Numbers,
            number =>
            {
                var (snapshot, requests) = Cards(number);
                var batch = Scheduler.DecideBatch(snapshot, requests, atomic: false);
                var most = Most(snapshot, requests, 0, [.. snapshot.Offers.Select(offer => offer.AvailableCards)]);
                gained += batch.Placed - batch.PlacedByArrival;
                var atomic = Scheduler.DecideBatch(snapshot, requests, atomic: true);
                return batch.Placed == most && batch.AtMost == most && atomic.Complete == (most == requests.Count);
            },
            500
        );
        Assert.True(gained > 60, $"Arrival order was as good but for {gained} lines.");
    }

    [Fact]
    public void An_atomic_batch_is_all_or_nothing_and_at_least_as_often_all() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var (scenario, requests) = Mixed(number, most: 5);
                var atomic = Scheduler.DecideBatch(scenario.Snapshot, requests, atomic: true);
                return atomic.Decisions.Count == requests.Count
                    && (atomic.Complete ? atomic.Decisions.All(d => d.IsPlaced) : atomic.Decisions.All(d => !d.IsPlaced))
                    && (atomic.Complete || InOrder(scenario.Snapshot, requests) < requests.Count);
            },
            600
        );

    [Fact]
    public void The_same_batch_gives_the_same_answer() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var (scenario, requests) = Mixed(number);
                var (again, same) = Mixed(number);
                return Text(Scheduler.DecideBatch(scenario.Snapshot, requests, false))
                    == Text(Scheduler.DecideBatch(again.Snapshot, same, false));
            },
            200
        );

    private static string Text(BatchDecision batch) =>
        System.Text.Json.JsonSerializer.Serialize(batch)
        + string.Concat(
            batch.Decisions.Select(decision =>
                decision.Explanation.ToEnglish() + System.Text.Json.JsonSerializer.Serialize(decision, decision.GetType())
            )
        );

    /// <summary>Requests of the scenario, each two or three times: enough of them to be short of what it has.</summary>
    private static (Scenario Scenario, List<PlacementRequest> Requests) Mixed(int number, int most = 9)
    {
        var scenario = new Scenario(number);
        var random = new Random(number);
        List<PlacementRequest> kinds = [.. Enumerable.Range(0, 3).Select(k => scenario.MakeRequest($"k{k}", random.Next(5) == 0 ? 2 : 1))];
        return (
            scenario,
            [.. Enumerable.Range(0, random.Next(3, most + 1)).Select(r => kinds[random.Next(kinds.Count)] with { Id = $"r{r}" })]
        );
    }

    /// <summary>Lines of one card that may each go to some of a few offers, one per cluster.</summary>
    private static (SupplySnapshot Snapshot, List<PlacementRequest> Requests) Cards(int number)
    {
        var random = new Random(number);
        var offers = random.Next(2, 5);
        var builder = new SupplySnapshotBuilder();
        for (var o = 0; o < offers; o++)
        {
            var cards = random.Next(1, 4);
            builder
                .Add(Supply.Site($"s{o}"))
                .Add(new Cluster($"c{o}", $"s{o}"))
                .Add(Supply.Node($"n{o}", $"c{o}", cards))
                .Add(Supply.Offer($"o{o}", random.Next(1, 9) * Supply.Yuan, $"c{o}", cards: cards));
        }

        return (
            builder.Build(),
            [
                .. Enumerable
                    .Range(0, random.Next(3, 10))
                    .Select(r =>
                        Supply.Request(Supply.Role(1, Supply.Cards("H100", 1))) with
                        {
                            Id = $"r{r}",
                            Constraints = new Constraints
                            {
                                OfferIds = [.. Enumerable.Range(0, offers).Where(_ => random.Next(2) == 0).Select(o => $"o{o}")],
                            },
                        }
                    ),
            ]
        );
    }

    /// <summary>The most lines any assignment places, by trying all of them.</summary>
    private static int Most(SupplySnapshot snapshot, List<PlacementRequest> requests, int line, int[] free)
    {
        if (line == requests.Count)
        {
            return 0;
        }

        var most = Most(snapshot, requests, line + 1, free);
        var wanted = requests[line].Constraints.OfferIds;
        for (var o = 0; o < free.Length; o++)
        {
            if (free[o] > 0 && (wanted.Count == 0 || wanted.Contains(snapshot.Offers[o].Id)))
            {
                free[o]--;
                most = Math.Max(most, 1 + Most(snapshot, requests, line + 1, free));
                free[o]++;
            }
        }

        return most;
    }

    private static int InOrder(SupplySnapshot snapshot, IEnumerable<PlacementRequest> requests)
    {
        using var trial = Scheduler.BeginTrial(snapshot);
        return requests.Count(request => trial.Place(request).IsPlaced);
    }

    private static IEnumerable<List<PlacementRequest>> Orders(List<PlacementRequest> requests) =>
        requests.Count <= 1
            ? [requests]
            : requests.SelectMany(first =>
                Orders([.. requests.Where(r => r != first)]).Select(rest => (List<PlacementRequest>)[first, .. rest])
            );
}

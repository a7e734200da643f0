using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Packing;
using Marketplace.Scheduling.Packing.Policies;
using Marketplace.Scheduling.Packing.Prices;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Packing;

public sealed class CostTableTests
{
    [Fact]
    public void What_is_kept_equals_what_would_be_computed_now() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new PackingScenario(number);
                var fleet = scenario.Fleet();
                var cost = new PackingCost(fleet, new SharePrices());
                var kept = new CostTable(fleet, cost);
                var random = new Random(number);
                var prices = fleet.Classes.Select(_ => random.Next(0, 3) * 100f).ToArray();
                var kinds = scenario.Pods.Distinct().ToList();
                for (var arrived = 0; arrived < scenario.Pods.Count; arrived++)
                {
                    if (arrived % 50 == 10)
                    {
                        cost.Learned(new NodeFragmentation(TypicalPods.Of(scenario.Pods.Take(arrived)), fleet));
                        kept.Forget(renumbered: false);
                    }

                    var pod = scenario.Pods[arrived];
                    var node = kept.Cheapest(pod, kinds.IndexOf(pod), prices);
                    if (node != CheapestNow(fleet, pod, cost, prices))
                    {
                        return false;
                    }

                    if (node >= 0)
                    {
                        Take(fleet, pod, node, cost);
                    }
                }

                return true;
            },
            200
        );

    [Fact]
    public void A_fleet_that_changed_too_often_to_follow_is_looked_at_again()
    {
        var fleet = new PackingFleet([new("A", 1, 8000, 8192), new("A", 1, 8000, 8192)]);
        var cost = new PackingCost(fleet, new SharePrices());
        var table = new CostTable(fleet, cost);
        var pod = new PodShape(1000, 1024, 1, 1000);
        Assert.Equal(0, table.Cheapest(pod, 0, [0f]));
        fleet.Apply(pod, new PodPlacement(0, 1), 1);
        for (var change = 0; change < 100; change++)
        {
            fleet.Apply(new PodShape(1000, 0), new PodPlacement(1, 0), change % 2 == 0 ? 1 : -1);
        }

        Assert.Equal(1, table.Cheapest(pod, 0, [0f]));
    }

    private static int CheapestNow(PackingFleet fleet, PodShape pod, PackingCost cost, float[] prices)
    {
        int best = -1;
        var least = float.PositiveInfinity;
        for (var node = 0; node < fleet.Count; node++)
        {
            if (!fleet.Fits(pod, node))
            {
                continue;
            }

            cost.Changed(node);
            var total = (float)cost.Of(pod, node).Cost + prices[fleet.Class[node]];
            (best, least) = total < least ? (node, total) : (best, least);
        }

        return best;
    }

    private static void Take(PackingFleet fleet, PodShape pod, int node, PackingCost cost)
    {
        ulong devices = 0;
        if (pod.IsShare)
        {
            devices = 1UL << cost.Of(pod, node).Device;
        }
        else
        {
            for (int d = 0, left = pod.Cards; left > 0; d++)
            {
                if (fleet.FreeMilliOf(node, d) == PodShape.WholeCard)
                {
                    devices |= 1UL << d;
                    left--;
                }
            }
        }

        fleet.Apply(pod, new PodPlacement(node, devices), 1);
    }
}

using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Packing;
using Marketplace.Scheduling.Packing.Prices;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Packing;

public sealed class NodeFragmentationTests
{
    [Fact]
    public void It_is_the_definition_of_the_paper() =>
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new PackingScenario(number);
                var typical = new TypicalPods(scenario.Pods.GroupBy(pod => pod).Select(group => new PodCount(group.Key, group.Count())));
                var packer = scenario.Packer("random");
                var fleet = packer.Fleet;
                var fragmentation = new NodeFragmentation(typical, fleet);
                foreach (var pod in scenario.Pods)
                {
                    packer.Place(pod);
                }

                return Enumerable
                    .Range(0, fleet.Count)
                    .All(node =>
                        Math.Abs(
                            fragmentation.Of(fleet.Model[node], fleet.FreeCpu[node], fleet.FreeMemory[node], fleet.DevicesOf(node))
                                - ByDefinition(typical, fleet, node)
                        ) < 1e-6
                    );
            },
            200
        );

    [Fact]
    public void Typical_pods_are_the_most_popular_that_make_up_95_percent()
    {
        PodShape common = new(1000, 0, 1, 500),
            other = new(2000, 0, 1, 500),
            rare = new(3000, 0, 1, 500);
        var typical = new TypicalPods([new(rare, 5), new(common, 60), new(other, 35)]);
        Assert.Equal([common, other], typical.Pods.Select(pod => pod.Shape));
        Assert.Equal(95, typical.Total);
    }

    private static double ByDefinition(TypicalPods typical, PackingFleet fleet, int node)
    {
        double sum = 0;
        var devices = fleet.DevicesOf(node).ToArray();
        foreach (var (pod, count) in typical.Pods)
        {
            var runs =
                pod.Cards > 0
                && fleet.FreeCpu[node] >= pod.CpuMilli
                && fleet.FreeMemory[node] >= pod.MemoryMib
                && ((pod.Models >> fleet.Model[node]) & 1) != 0
                && devices.Count(free => free >= pod.CardMilli) >= pod.Cards;
            sum += count * (double)(runs ? devices.Where(free => free < pod.CardMilli).Sum() : devices.Sum());
        }

        return sum / typical.Total;
    }
}

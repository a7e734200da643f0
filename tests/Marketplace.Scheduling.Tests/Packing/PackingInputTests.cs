using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;
using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Tests.Packing;

public sealed class PackingInputTests
{
    [Theory]
    [InlineData(-1, 0, 0, 0, "cpuMilli")]
    [InlineData(0, -1, 0, 0, "memoryMib")]
    [InlineData(0, 0, -1, 1000, "cards")]
    [InlineData(0, 0, 65, 1000, "cards")]
    [InlineData(0, 0, 0, 500, "cardMilli")]
    [InlineData(0, 0, 1, 0, "cardMilli")]
    [InlineData(0, 0, 1, 1001, "cardMilli")]
    [InlineData(0, 0, 2, 500, "cardMilli")]
    public void A_pod_that_cannot_be_is_refused_by_field(int cpu, int memory, int cards, int milli, string field)
    {
        var packer = new NodePacker(PackingPolicies.CreateDefault(new PackingFleet([new("A", 8, 96_000, 393_216)])));
        var pod = new PodShape(cpu, memory, cards, milli);
        Assert.Contains(Assert.Throws<InvalidSupplyException>(() => packer.Place(pod)).Problems, problem => problem.Field == field);
        Assert.Throws<InvalidSupplyException>(() => packer.Release(pod, new PodPlacement(0, 0)));
        Assert.Throws<InvalidSupplyException>(() => packer.Restore(pod, new PodPlacement(0, 0)));
    }

    [Theory]
    [InlineData("A", -1, 0, 0, "nodes[1].devices")]
    [InlineData("A", 65, 0, 0, "nodes[1].devices")]
    [InlineData("A", 1, -1, 0, "nodes[1].cpuMilli")]
    [InlineData("A", 1, 0, -1, "nodes[1].memoryMib")]
    [InlineData("", 1, 0, 0, "nodes[1].model")]
    public void A_node_that_cannot_be_is_refused_by_field(string model, int devices, int cpu, int memory, string field)
    {
        var refused = Assert.Throws<InvalidSupplyException>(() => new PackingFleet([new("A", 1, 1, 1), new(model, devices, cpu, memory)]));
        Assert.Equal(field, Assert.Single(refused.Problems).Field);
    }

    [Fact]
    public void What_a_node_does_not_have_is_neither_taken_nor_given_back()
    {
        var packer = new NodePacker(PackingPolicies.CreateDefault(new PackingFleet([new("A", 2, 8000, 8192)])));
        var pod = new PodShape(1000, 1024, 1, 600);
        var at = new PodPlacement(0, 1);
        Assert.Throws<InvalidOperationException>(() => packer.Release(pod, at));
        packer.Restore(pod, at);
        Assert.Throws<InvalidOperationException>(() => packer.Restore(pod, at));
        Assert.Throws<InvalidOperationException>(() => packer.Restore(pod, new PodPlacement(0, 0b110)));
        Assert.Equal(400, packer.Fleet.FreeMilliOf(0, 0));
        packer.Release(pod, at);
        Assert.Equal(1000, packer.Fleet.FreeMilliOf(0, 0));
    }

    [Fact]
    public void An_unknown_policy_is_refused_with_the_known_ones() =>
        Assert.Contains(
            "fgd",
            Assert.Throws<ArgumentException>(() => PackingPolicies.Create("best", new PackingFleet([]), [], 1)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void An_empty_fleet_holds_nothing() =>
        Assert.Null(new NodePacker(PackingPolicies.CreateDefault(new PackingFleet([]))).Place(new PodShape(0, 0)));

    [Fact]
    public void The_mix_stays_bounded_and_keeps_what_is_common()
    {
        var mix = new ArrivalMix<PodShape>();
        var common = new PodShape(1, 1);
        for (var arrival = 0; arrival < 200_000; arrival++)
        {
            mix.Add(arrival % 2 == 0 ? common : new PodShape(2 + arrival, 1));
        }

        Assert.InRange(mix.Counts.Count, 1, ArrivalMix<PodShape>.MaxKinds);
        Assert.InRange(mix.Total, 1, ArrivalMix<PodShape>.MaxArrivals + 1);
        Assert.Equal(common, mix.Counts.MaxBy(each => each.Count).Shape);
        Assert.True(mix.Generation > 0);
    }
}

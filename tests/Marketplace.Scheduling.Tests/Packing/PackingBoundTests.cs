using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Packing;

public sealed class PackingBoundTests
{
    [Fact]
    public void Nobody_allocates_more()
    {
        double largest = 0;
        Properties.Check(
            Gen.Choose(0, int.MaxValue - 1),
            number =>
            {
                var scenario = new PackingScenario(number);
                var bound = PackingBound.AllocatedMilli(scenario.Nodes.Sum(node => node.Devices), scenario.Pods);
                return PackingPolicies.Names.All(policy =>
                {
                    var packer = scenario.Packer(policy);
                    double allocated = scenario.Pods.Sum(pod => packer.Place(pod) is null ? 0 : pod.DeviceMilli);
                    largest = Math.Max(largest, bound == 0 ? 0 : allocated / bound);
                    return allocated <= bound + 1e-6;
                });
            },
            40
        );
        // A bound that is never nearly reached would say little.
        Assert.True(largest > 0.98, $"{largest}");
    }

    [Fact]
    public void It_sees_what_cannot_share_a_device()
    {
        PodShape large = new(0, 0, 1, 810),
            half = new(0, 0, 1, 500);
        Assert.Equal(8100, PackingBound.AllocatedMilli(10, [.. Enumerable.Repeat(large, 30)]), 1);
        Assert.Equal(10_000, PackingBound.AllocatedMilli(10, [.. Enumerable.Repeat(half, 30)]), 1);
        Assert.Equal(2500, PackingBound.AllocatedMilli(10, [.. Enumerable.Repeat(half, 5)]), 1);
        Assert.Equal(0, PackingBound.AllocatedMilli(0, [large]));
        Assert.Equal(0, PackingBound.AllocatedMilli(5, []));
    }

    [Fact]
    public void A_pod_that_cannot_be_is_refused() =>
        Assert.Throws<InvalidSupplyException>(() => PackingBound.AllocatedMilli(1, [new PodShape(-1, 0)]));
}

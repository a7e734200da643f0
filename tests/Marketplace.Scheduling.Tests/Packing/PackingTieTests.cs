using Marketplace.Scheduling.Packing;

namespace Marketplace.Scheduling.Tests.Packing;

/// <summary>Among equals the lowest index wins, so that a run can be repeated anywhere.</summary>
public sealed class PackingTieTests
{
    public static TheoryData<string> Policies => [.. PackingPolicies.Names.Where(name => name != "random")];

    [Theory]
    [MemberData(nameof(Policies))]
    public void The_first_of_equal_nodes_and_of_equal_devices(string policy)
    {
        // Two classes, interleaved: the first node that can hold the pod is not the first of the fleet, nor of the first class.
        var fleet = new PackingFleet([
            new("", 0, 1000, 1024),
            new("A", 2, 16_000, 65_536),
            new("", 0, 1000, 1024),
            new("A", 2, 16_000, 65_536),
            new("A", 2, 16_000, 65_536),
        ]);
        var packer = new NodePacker(PackingPolicies.Create(policy, fleet, [new PodShape(4000, 8192, 1, 500)], 1));
        Assert.Equal(new PodPlacement(1, 0b01), packer.Place(new PodShape(4000, 8192, 1, 500)));
    }

    [Fact]
    public void Equal_cost_in_two_classes_goes_to_the_lower_node()
    {
        // Different classes, because one has more processors; to a policy that has learned nothing yet both cost the same.
        var fleet = new PackingFleet([
            new("A", 1, 1000, 1024),
            new("A", 1, 64_000, 65_536),
            new("A", 1, 32_000, 65_536),
            new("A", 1, 64_000, 65_536),
        ]);
        var packer = new NodePacker(PackingPolicies.CreateDefault(fleet));
        var nodes = Enumerable.Range(0, 4).Select(_ => packer.Place(new PodShape(4000, 8192, 1, 1000))?.Node);
        Assert.Equal([1, 2, 3, null], nodes);
    }
}

using Marketplace.Market.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Components.Features.Centers.Fleet;
using Marketplace.Web.Components.Shared.Capacity;

namespace Marketplace.Web.Tests.Centers;

/// <summary>What a square of the fleet map says, for every mix of inventory and claims.</summary>
public sealed class FleetMapTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
    private static readonly ClusterView Cluster = CenterSamples.Cluster(ClusterState.Connected);

    [Theory]
    [InlineData(true, false, null, null, CellState.Free)]
    [InlineData(true, true, null, null, CellState.Own)]
    [InlineData(true, false, null, ClaimState.Held, CellState.Held)]
    [InlineData(true, false, null, ClaimState.Sold, CellState.Sold)]
    [InlineData(true, false, "ctr_1", null, CellState.Sold)]
    [InlineData(true, true, null, ClaimState.Sold, CellState.Sold)]
    [InlineData(false, false, null, ClaimState.Sold, CellState.Faulty)]
    [InlineData(false, false, null, null, CellState.Faulty)]
    public void A_card_says_what_it_does(bool healthy, bool foreign, string? contract, ClaimState? claim, CellState expected)
    {
        var boxes = Map(
            [Node("n1", "r1", Card("n1/0", healthy, foreign, contract))],
            claim is { } state ? [Claim(state, "n1", "n1/0")] : []
        );

        Assert.Equal(expected, Assert.Single(Assert.Single(boxes).Cards).State);
    }

    [Fact]
    public void A_claim_marks_only_the_card_it_names()
    {
        var boxes = Map(
            [Node("n1", "r1", Card("n1/0"), Card("n1/1")), Node("n2", "r1", Card("n1/0"))],
            [Claim(ClaimState.Held, "n1", "n1/1"), Claim(ClaimState.Sold, "n1", null)]
        );

        Assert.Equal([CellState.Free, CellState.Held, CellState.Free], boxes.SelectMany(b => b.Cards).Select(c => c.State));
        Assert.Equal(Now, boxes[0].Cards[1].Until);
    }

    [Fact]
    public void Pools_are_by_model_and_rack_and_the_largest_comes_first()
    {
        var boxes = Map(
            [
                Node("small", "r9", Card("a", model: "T4")),
                Node("b", "r2", Card("b0"), Card("b1")),
                Node("a", "r1", Card("a0"), Card("a1")),
                Node("cpu", "r1"),
            ],
            []
        );

        var pools = FleetMap.Pools(boxes);

        Assert.Equal(["A100", "T4"], pools.Select(p => p.Model));
        Assert.Equal(["r1", "r2"], pools[0].Racks.Select(r => r.Key));
        Assert.Equal((2, 4), (pools[0].Nodes, pools[0].Cards));
    }

    [Fact]
    public void Racks_of_two_clusters_with_the_same_names_stay_apart()
    {
        var one = Map([Node("n1", "r1", Card("a"))], []);
        var two = one.Select(box => box with { Cluster = Cluster with { Id = "clu_2" } });

        var racks = Assert.Single(FleetMap.Pools([.. one, .. two])).Racks;

        Assert.Equal(["clu_1", "clu_2"], racks.Select(rack => Assert.Single(rack).Cluster.Id));
    }

    [Fact]
    public void A_filter_by_state_keeps_the_nodes_that_have_such_a_card()
    {
        var boxes = Map([Node("ok", "r1", Card("a")), Node("bad", "r1", Card("b", healthy: false), Card("c"))], []);

        var shown = FleetMap.Narrow(boxes, new FleetFilter(null, null, null, CellState.Faulty, null));

        Assert.Equal("bad", Assert.Single(shown).Node.Name);
        Assert.Equal(1, FleetMap.Count(shown)[CellState.Faulty]);
        Assert.Equal(2, FleetMap.Count(boxes)[CellState.Free]);
    }

    private static IReadOnlyList<FleetBox> Map(FleetNode[] nodes, ClaimView[] claims) =>
        FleetMap.Of(Cluster, new ClusterInventoryView(Cluster.Id, "sit_1", ClusterState.Connected, 1, [], nodes, Now), claims);

    private static FleetNode Node(string name, string rack, params FleetDevice[] devices) =>
        new(name, name, CpuArchitecture.X64, rack, true, null, 64_000, 262_144, 64_000, devices, null);

    private static FleetDevice Card(string id, bool healthy = true, bool foreign = false, string? contract = null, string model = "A100") =>
        new(id, "NVIDIA", model, 81_920, healthy, 0, 0, contract, foreign);

    private static ClaimView Claim(ClaimState state, string node, string? device) =>
        new("clm_1", "lst_1", "ctr_9", state, 1000, [new CapacityGrant(node, device, 1000, 81_920, 0, 0)], Now);
}

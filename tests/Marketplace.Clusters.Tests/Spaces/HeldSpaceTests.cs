using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Spaces;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Spaces;

/// <summary>What a dedicated namespace holds of a node, and which of its pods fit into it.</summary>
public class HeldSpaceTests
{
    private const string Space = "cm-ns-con-1";
    private static readonly InventoryReader Reader = new(AcceleratorCatalogue.Default);
    private static readonly AcceleratorAsk Card = new("V100M32", 1);

    [Fact]
    public void What_was_sold_is_held_whether_it_is_used_or_not()
    {
        var piece = new SoldPiece("n", 8000, 4096, Card with { Cards = 2 }, ["gpu-1", "gpu-3"]);

        foreach (
            var pods in (KubePod[][])
                [
                    [],
                    [Pod("a", 1)],
                    [Pod("a", 1), Pod("b", 1)],
                ]
        )
        {
            var node = Read(pods, piece);
            Assert.Equal([1000, 0, 1000, 0], node.Devices.Select(d => d.FreeComputeMilli));
            Assert.Equal((88_000, 393_216 - 4096), (node.FreeCpuMilli, node.FreeMemoryMib));
            Assert.Empty(Assert.Single(node.Spaces).Outside);
        }
    }

    [Fact]
    public void More_than_was_sold_is_foreign_use()
    {
        var node = Read([Pod("a", 1), Pod("b", 1), Pod("c", 0, cpu: "9")], new SoldPiece("n", 8000, 4096, Card, ["gpu-0"]));

        var space = Assert.Single(node.Spaces);
        Assert.Equal(["b", "c"], space.Outside.Select(p => p.Metadata.Name));
        Assert.Equal([0, 1000, 1000, 0], node.Devices.Select(d => d.FreeComputeMilli));
        Assert.Equal(96_000 - 8000 - 1000 - 9000, node.FreeCpuMilli);
        Assert.Equal((7000, 0), (space.FreeCpuMilli, space.Devices.Single().FreeComputeMilli));
    }

    [Fact]
    public void Where_nothing_was_sold_everything_is_foreign_use()
    {
        var node = Read([Pod("a", 2)]);

        Assert.Equal([1000, 1000, 0, 0], node.Devices.Select(d => d.FreeComputeMilli));
        Assert.Equal(95_000, node.FreeCpuMilli);
    }

    [Fact]
    public void A_named_device_that_is_taken_is_made_good_by_another_of_the_model()
    {
        var ours = Kube.Pod("job", "n", [new("gpu-1", "V100M32", 1000, 32768)]);

        var node = Read([ours], new SoldPiece("n", 1000, 1024, Card, ["gpu-1"]));

        Assert.Equal("gpu-0", node.Spaces.Single().Devices.Single().Sold.Id);
        Assert.False(node.IsOversold);
        Assert.True(Read([ours], new SoldPiece("n", 1000, 1024, Card with { Cards = 4 })).IsOversold);
    }

    [Fact]
    public void Strangers_take_what_is_not_held()
    {
        var stranger = Kube.Pod("s", "n", requests: [("nvidia.com/gpu", "2")]) with { };
        stranger = stranger with { Metadata = stranger.Metadata with { Namespace = "team-a" } };

        var node = Read([stranger], new SoldPiece("n", 1000, 1024, Card, ["gpu-3"]));

        Assert.Equal([1000, 0, 0, 0], node.Devices.Select(d => d.FreeComputeMilli));
        Assert.Equal("gpu-3", node.Spaces.Single().Devices.Single().Sold.Id);
    }

    [Theory]
    [InlineData("""[{"id":"gpu-3","model":"V100M32","computeMilli":0,"memoryMib":0}]""")]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("{]")]
    [InlineData("null")]
    public void What_a_pod_says_of_its_devices_cannot_lead_out_of_what_was_sold(string claim)
    {
        var node = Read([Pod("a", 1, claim: claim)], new SoldPiece("n", 8000, 4096, Card, ["gpu-0"]));

        Assert.Equal([0, 1000, 1000, 1000], node.Devices.Select(d => d.FreeComputeMilli));
        Assert.Equal(0, node.Spaces.Single().Devices.Single().FreeComputeMilli);
    }

    [Fact]
    public void A_claim_chooses_among_what_was_sold()
    {
        var claim = PodDevices.Write([new DeviceAssignment("gpu-2", "V100M32", 1000, 32768)]);

        var held = Read([Pod("a", 1, claim: claim)], new SoldPiece("n", 8000, 4096, Card with { Cards = 2 }, ["gpu-0", "gpu-2"])).Spaces;

        Assert.Equal([("gpu-0", 1000), ("gpu-2", 0)], held.Single().Devices.Select(d => (d.Sold.Id, d.FreeComputeMilli)));
    }

    [Fact]
    public void Shares_are_held_and_used_by_compute_and_memory()
    {
        var node = Kube.Node(
            "n",
            [("nvidia.com/gpu", 1)],
            [("nvidia.com/gpu.product", "T4"), (AcceleratorCatalogue.SharingLabel, "fraction")]
        );
        var sold = new SoldPiece("n", 4000, 4096, new AcceleratorAsk("T4", 1, 500, 8000), ["gpu-0"]);
        (string, string)[] share = [("nvidia.com/gpu", "1"), ("nvidia.com/gpumem", "4000"), ("nvidia.com/gpucores", "20")];

        var read = Read(node, [Pod("a", 0, more: share), Pod("whole", 1)], sold);

        var space = Assert.Single(read.Spaces);
        Assert.Equal((300, 4000), (space.Devices.Single().FreeComputeMilli, space.Devices.Single().FreeMemoryMib));
        // A pod that names no memory wants the whole card, and that was not sold.
        Assert.Equal(["whole"], space.Outside.Select(p => p.Metadata.Name));
    }

    [Fact]
    public void A_pod_never_counts_for_fewer_cards_than_it_asks_for()
    {
        var modest = Kube.Pod("m", "n", [new("gpu-0", "V100M32", 0, 0)], [("nvidia.com/gpu", "3")]);

        Assert.Equal([1000, 1000, 0, 0], Read([modest]).Devices.Select(d => d.FreeComputeMilli));
    }

    private static InventoryNode Read(IEnumerable<KubePod> pods, params SoldPiece[] pieces) =>
        Read(Kube.Node("n", [("nvidia.com/gpu", 4)], [("nvidia.com/gpu.product", "V100M32")]), pods, pieces);

    private static InventoryNode Read(KubeNode node, IEnumerable<KubePod> pods, params SoldPiece[] pieces)
    {
        var sold = new Dictionary<string, IReadOnlyList<SoldPiece>>(StringComparer.Ordinal);
        if (pieces.Length > 0)
        {
            sold[Space] = pieces;
        }

        return Reader.ReadNode(node, pods.Select(Provenance.Trusted), sold);
    }

    private static KubePod Pod(string name, int cards, string cpu = "1", string? claim = null, (string, string)[]? more = null)
    {
        (string, string)[] requests = [("cpu", cpu), .. more ?? []];
        var pod = Kube.Pod(name, "n", requests: cards == 0 ? requests : [.. requests, ("nvidia.com/gpu", $"{cards}")]);
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        if (claim is not null)
        {
            annotations[Marks.Devices] = claim;
        }

        return pod with
        {
            Metadata = pod.Metadata with { Namespace = Space, Annotations = annotations },
        };
    }
}

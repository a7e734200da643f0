using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Tests.Inventory;

public class InventoryTests
{
    private static readonly InventoryReader Reader = new(AcceleratorCatalogue.Default);
    private static readonly (string, string)[] V100 = [("nvidia.com/gpu.product", "Tesla-V100-SXM2-32GB")];

    [Fact]
    public void A_plain_node_has_processors_memory_rack_and_architecture()
    {
        var node = Reader.ReadNode(Kube.Node("n", labels: [(Marks.Rack, "r7"), (Marks.LinkIsland, "i2")], architecture: "arm64"), []);

        Assert.Equal((CpuArchitecture.Arm64, 96_000, 393_216), (node.Architecture, node.CpuMilli, node.MemoryMib));
        Assert.Equal(("r7", "i2", true), (node.Rack, node.LinkIsland, node.IsSchedulable));
        Assert.True(node.IsSellable);
    }

    [Theory]
    [InlineData("amd64", CpuArchitecture.X64)]
    [InlineData("arm64", CpuArchitecture.Arm64)]
    [InlineData("riscv64", CpuArchitecture.RiscV64)]
    public void The_three_architectures_are_known(string text, CpuArchitecture expected) =>
        Assert.Equal(expected, Reader.ReadNode(Kube.Node("n", architecture: text), []).Architecture);

    [Fact]
    public void An_unheard_of_architecture_is_not_sold() =>
        Assert.False(Reader.ReadNode(Kube.Node("n", architecture: "s390x"), []).IsSellable);

    [Fact]
    public void Our_pods_say_which_devices_they_hold()
    {
        var pod = Kube.Pod(
            "p",
            "n",
            [new("gpu-1", "V100M32", 1000, 32768), new("gpu-3", "V100M32", 300, 8192)],
            [("cpu", "1500m"), ("memory", "2Gi")]
        );
        var node = Reader.ReadNode(Kube.Node("n", [("nvidia.com/gpu", 4)], V100), [pod]);

        Assert.Equal([1000, 0, 1000, 700], node.Devices.Select(d => d.FreeComputeMilli));
        Assert.Equal([32768, 0, 32768, 24576], node.Devices.Select(d => d.FreeMemoryMib));
        Assert.Equal((94_500, 393_216 - 2048), (node.FreeCpuMilli, node.FreeMemoryMib));
        Assert.False(node.IsOversold);
    }

    [Fact]
    public void A_kubelet_takes_so_many_pods_whoever_owns_those_that_run()
    {
        var stranger = Kube.Pod("b", "n", requests: [("cpu", "1m")]);
        Assert.Equal(2, FreeOf("3"));
        Assert.Equal(0, FreeOf("1"));
        Assert.Null(FreeOf(null));

        int? FreeOf(string? pods) =>
            Reader.ReadNode(Kube.Node("n", change: node => Say(node["status"]!["allocatable"]!.AsObject(), pods)), [stranger]).FreePods;

        static void Say(JsonObject allocatable, string? pods)
        {
            allocatable.Remove("pods");
            if (pods is not null)
            {
                allocatable["pods"] = pods;
            }
        }
    }

    [Fact]
    public void Strangers_are_counted_as_whole_cards_from_the_end()
    {
        var ours = Kube.Pod("a", "n", [new("gpu-0", "V100M32", 1000, 32768)]);
        var stranger = Kube.Pod("b", "n", requests: [("nvidia.com/gpu", "2")]);
        var node = Reader.ReadNode(Kube.Node("n", [("nvidia.com/gpu", 4)], V100), [stranger, ours]);

        Assert.Equal([0, 1000, 0, 0], node.Devices.Select(d => d.FreeComputeMilli));
    }

    [Fact]
    public void Finished_pods_hold_nothing_and_too_many_are_reported()
    {
        var done = Kube.Pod("a", "n", [new("gpu-0", "V100M32", 1000, 32768)], phase: "Succeeded");
        var one = Kube.Pod("b", "n", [new("gpu-0", "V100M32", 1000, 32768)]);
        var node = Kube.Node("n", [("nvidia.com/gpu", 1)], V100);

        Assert.False(Reader.ReadNode(node, [done, one]).IsOversold);
        Assert.True(Reader.ReadNode(node, [one, Kube.Pod("c", "n", [new("gpu-0", "V100M32", 1, 1)])]).IsOversold);
        Assert.True(Reader.ReadNode(node, [one, Kube.Pod("c", "n", requests: [("nvidia.com/gpu", "1")])]).IsOversold);
    }

    [Fact]
    public void Cards_missing_from_allocatable_are_broken_and_an_unready_or_closed_node_takes_nothing()
    {
        var node = Kube.Node("n", [("nvidia.com/gpu", 4)], V100, change: j => j["status"]!["allocatable"]!["nvidia.com/gpu"] = "3");
        Assert.Equal([true, true, true, false], Reader.ReadNode(node, []).Devices.Select(d => d.Healthy));

        Assert.False(Reader.ReadNode(Kube.Node("n", change: j => j["status"]!["conditions"]![0]!["status"] = "Unknown"), []).IsSchedulable);
        Assert.False(
            Reader
                .ReadNode(Kube.Node("n", change: j => j["spec"] = new System.Text.Json.Nodes.JsonObject { ["unschedulable"] = true }), [])
                .IsSchedulable
        );
    }

    [Theory]
    [InlineData(
        """[{"id":"GPU-1","count":10,"devmem":32768,"devcore":100,"type":"x","numa":1,"health":true},{"id":"GPU-2","count":10,"devmem":16384,"numa":0,"health":false}]"""
    )]
    [InlineData("GPU-1,10,32768,100,x,1,true:GPU-2,10,16384,100,x,0,false:")]
    public void Hami_says_the_cards_where_the_resource_counts_shares(string register)
    {
        var node = Kube.Node("n", [("nvidia.com/gpu", 20)], V100, [("hami.io/node-nvidia-register", register)]);
        var devices = Reader.ReadNode(node, []).Devices;

        Assert.Equal([(32768, true, 1), (16384, false, 0)], devices.Select(d => (d.MemoryMib, d.Healthy, d.NumaNode)));
        Assert.All(devices, d => Assert.NotNull(d.Sharing));
    }

    [Theory]
    [InlineData("[{]")]
    [InlineData("[5]")]
    [InlineData("[{\"devmem\":\"many\"}]")]
    [InlineData("a,b")]
    public void A_damaged_register_falls_back_to_what_the_labels_say(string register)
    {
        var node = Kube.Node("n", [("nvidia.com/gpu", 2)], V100, [("hami.io/node-nvidia-register", register)]);

        Assert.Equal(2, Reader.ReadNode(node, []).Devices.Count);
    }

    [Theory]
    [InlineData("32768", 32768)]
    [InlineData("64G", 65536)]
    [InlineData("192GiB", 196608)]
    [InlineData("plenty", 16384)]
    public void A_memory_label_wins_over_the_catalogue_when_it_can_be_read(string label, int expected)
    {
        var node = Kube.Node("n", [("nvidia.com/gpu", 1)], [("nvidia.com/gpu.product", "V100M16"), ("nvidia.com/gpu.memory", label)]);

        Assert.Equal(expected, Assert.Single(Reader.ReadNode(node, []).Devices).MemoryMib);
    }

    [Fact]
    public void Partitions_are_cards_of_their_own_and_an_unknown_partition_is_not_sold()
    {
        (string, string)[] a100 = [("nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB")];
        var node = Reader.ReadNode(Kube.Node("n", [("nvidia.com/mig-1g.10gb", 7)], a100), []);

        Assert.Equal(("A100-80G:1g.10gb", 9728, 7), (node.Devices[0].Model, node.Devices[0].MemoryMib, node.Devices.Count));
        Assert.False(Reader.ReadNode(Kube.Node("n", [("nvidia.com/mig-1g.5gb", 7)], a100), []).IsSellable);
    }

    [Fact]
    public void A_label_of_one_model_under_the_resource_of_another_is_not_sold()
    {
        var node = Kube.Node("n", [("huawei.com/Ascend310", 4)], [("node.kubernetes.io/npu.chip.name", "910B3")]);

        Assert.Contains("Ascend910B3", Assert.Single(Reader.ReadNode(node, []).Unknown).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Sharing_needs_software_on_the_node_and_reaches_the_scheduler_in_the_vendors_units()
    {
        (string, string) model = (AcceleratorCatalogue.ModelLabel, "MTT-S4000");
        (string, string) on = (AcceleratorCatalogue.SharingLabel, "fraction");
        (string, long)[] cards = [("mthreads.com/gpu", 1)];

        Assert.IsType<WholeOnly>(Scheduled(Kube.Node("n", cards, [model])).Sharing);
        Assert.Equal(new FractionSharing(512, 125), Scheduled(Kube.Node("n", cards, [model, on])).Sharing);
        var ascend = Kube.Node("n", [("huawei.com/Ascend910", 1)], [("node.kubernetes.io/npu.chip.name", "910B3"), on]);
        Assert.Equal(2, Assert.IsType<TemplateSharing>(Scheduled(ascend).Sharing).Templates.Count);
    }

    [Fact]
    public void Totals_leave_out_what_cannot_be_sold_and_count_only_free_usable_cards()
    {
        KubeNode[] nodes =
        [
            Kube.Node("a", [("nvidia.com/gpu", 4)], V100),
            Kube.Node(
                "b",
                [("nvidia.com/gpu", 4)],
                V100,
                change: j => j["spec"] = new System.Text.Json.Nodes.JsonObject { ["unschedulable"] = true }
            ),
            Kube.Node("c", [("nvidia.com/gpu", 4), ("vendor.example/npu", 1)], V100),
        ];
        var inventory = Reader.Read(nodes, [Kube.Pod("p", "a", [new("gpu-0", "V100M32", 500, 16384)])], DateTimeOffset.UnixEpoch);

        var total = Assert.Single(inventory.Totals);
        Assert.Equal(("V100M32", 8, 4, 3, 3500L), (total.Model, total.Cards, total.UsableCards, total.FreeCards, total.FreeComputeMilli));
    }

    [Fact]
    public void Free_is_what_pods_leave_whatever_they_are()
    {
        var pods = Gen.Choose(0, 3)
            .Select(card => Gen.Choose(0, 1000).Select(compute => new DeviceAssignment($"gpu-{card}", "V100M32", compute, compute * 32)))
            .SelectMany(g => g)
            .ListOf();
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20260301, 5),
            Prop.ForAll(
                Arb.From(pods),
                given =>
                {
                    var node = Reader.ReadNode(
                        Kube.Node("n", [("nvidia.com/gpu", 4)], V100),
                        given.Select((d, i) => Kube.Pod($"p{i}", "n", [d]))
                    );
                    return node.Devices.All(d =>
                    {
                        var compute = given.Where(g => g.Id == d.Id).Sum(g => g.ComputeMilli);
                        return d.FreeComputeMilli == Math.Max(0, 1000 - compute) && (compute <= 1000 || node.IsOversold);
                    });
                }
            )
        );
    }

    private static Device Scheduled(KubeNode node) =>
        Reader.Read([node], [], DateTimeOffset.UnixEpoch).ToSchedulerNodes("c").Single().Devices.Single();
}

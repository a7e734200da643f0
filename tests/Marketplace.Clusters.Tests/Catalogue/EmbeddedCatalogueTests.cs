using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Catalogue;

/// <summary>The files that ship with the product: every vendor, every model, every unit.</summary>
public class EmbeddedCatalogueTests
{
    private static readonly AcceleratorCatalogue Catalogue = AcceleratorCatalogue.Default;
    private static readonly InventoryReader Reader = new(Catalogue);

    public static TheoryData<string> Vendors => [.. Catalogue.Vendors.Select(v => v.Name)];

    public static TheoryData<string> Models =>
        [.. Catalogue.Vendors.SelectMany(v => v.Models).Where(m => !m.WholeResource.EndsWith('*')).Select(m => m.Name)];

    [Fact]
    public void Every_vendor_of_the_plan_has_a_file() =>
        Assert.Equal(
            [
                "AMD",
                "AWS Neuron",
                "Ascend",
                "Biren",
                "Cambricon",
                "DPU",
                "Enflame",
                "Google TPU",
                "Hygon",
                "Iluvatar",
                "Intel",
                "Intel FPGA",
                "Intel Gaudi",
                "Kunlunxin",
                "MetaX",
                "Moore Threads",
                "NVIDIA",
                "Xilinx FPGA",
            ],
            Catalogue.Vendors.Select(v => v.Name).Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Vendors))]
    public void Every_vendor_says_where_its_facts_come_from_and_has_a_stack(string name)
    {
        var vendor = Catalogue.Vendors.Single(v => v.Name == name);

        Assert.NotEmpty(vendor.Evidence);
        Assert.NotEmpty(vendor.Stack);
        Assert.All(vendor.PciVendorIds, id => Assert.Matches("^[0-9a-f]{4}$", id));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_node_with_the_models_label_is_read_as_that_model_and_sold(string name)
    {
        var model = Catalogue.FindModel(name)!;
        var node = Reader.ReadNode(Kube.NodeWith(model, 8, model.WholeResource), []);

        Assert.Empty(node.Unknown);
        Assert.Equal(8, node.Devices.Count);
        Assert.All(
            node.Devices,
            d => Assert.Equal((model.Name, model.Vendor, model.Stack, model.MemoryMib), (d.Model, d.Vendor, d.Stack, d.MemoryMib))
        );
        Assert.Equal(8, node.Devices.Select(d => d.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_vendors_own_label_values_name_the_model_too(string name)
    {
        var model = Catalogue.FindModel(name)!;
        var vendor = Catalogue.Vendors.Single(v => v.Name == model.Vendor);
        foreach (var label in vendor.ModelLabels)
        {
            Assert.All(
                model.LabelValues,
                v => Assert.Same(model, Catalogue.ModelOf(vendor, new Dictionary<string, string>(StringComparer.Ordinal) { [label] = v }))
            );
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Without_a_label_the_resource_name_alone_sells_nothing(string name)
    {
        var model = Catalogue.FindModel(name)!;
        var node = Reader.ReadNode(Kube.Node("n", [(model.WholeResource, 8)]), []);

        Assert.False(node.IsSellable);
        Assert.Empty(node.Devices);
        Assert.Contains(AcceleratorCatalogue.ModelLabel, Assert.Single(node.Unknown).Why, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_whole_card_is_asked_for_by_its_one_resource(string name)
    {
        var model = Catalogue.FindModel(name)!;

        var resources = AcceleratorResources.For(Catalogue, new AcceleratorAsk(name, 2)).Required;

        Assert.Equal([KeyValuePair.Create(model.WholeResource, 2L)], resources);
    }

    [Theory]
    [InlineData("V100M32", 460, 12000, "nvidia.com/gpu=1 nvidia.com/gpumem=12000 nvidia.com/gpucores=46")]
    [InlineData("MI300X", 251, 0, "amd.com/gpu=1 amd.com/gpumem=49349 amd.com/gpucores=26")]
    [InlineData("MLU370-X8", 500, 1000, "cambricon.com/vmlu=1 cambricon.com/mlu.smlu.vmemory=4 cambricon.com/mlu.smlu.vcore=50")]
    [InlineData("K100-AI", 500, 1, "hygon.com/dcunum=1 hygon.com/dcumem=1 hygon.com/dcucores=50")]
    [InlineData("BI-V150", 100, 257, "iluvatar.ai/BI-V150-vgpu=1 iluvatar.ai/BI-V150.vMem=2 iluvatar.ai/BI-V150.vCore=10")]
    [InlineData("MTT-S4000", 500, 24000, "mthreads.com/vgpu=1 mthreads.com/sgpu-memory=47 mthreads.com/sgpu-core=8")]
    [InlineData("MTT-S4000", 63, 512, "mthreads.com/vgpu=1 mthreads.com/sgpu-memory=1 mthreads.com/sgpu-core=2")]
    [InlineData("MXC500", 300, 1025, "metax-tech.com/sgpu=1 metax-tech.com/vmemory=2 metax-tech.com/vcore=30")]
    [InlineData("S60", 0, 8000, "enflame.com/drs-gcu=1 enflame.com/gcu-memory=8000")]
    [InlineData("P800", 100, 1, "kunlunxin.com/vxpu=1 kunlunxin.com/vxpu-memory=24576")]
    [InlineData("P800", 260, 1, "kunlunxin.com/vxpu=1 kunlunxin.com/vxpu-memory=49152")]
    [InlineData("Ascend910B3", 200, 16385, "huawei.com/Ascend910B3=1 huawei.com/Ascend910B3-memory=32768")]
    [InlineData("Ascend310P", 125, 3000, "huawei.com/Ascend310P=1 huawei.com/Ascend310P-memory=3072")]
    public void A_share_is_asked_for_in_the_vendors_units_rounded_up(string model, int compute, int memory, string expected)
    {
        var resources = AcceleratorResources.For(Catalogue, new AcceleratorAsk(model, 1, compute, memory)).Required;

        Assert.Equal(expected, string.Join(' ', resources.Select(r => $"{r.Key}={r.Value}")));
    }

    [Theory]
    [InlineData("A100", 1, 1000, 0, "accelerator.unknown_model", "model")]
    [InlineData("A100-80G", 0, 1000, 0, "accelerator.cards", "cards")]
    [InlineData("A100-80G", 1, 0, 0, "accelerator.share", "computeMilli")]
    [InlineData("A100-80G", 1, 1001, 0, "accelerator.share", "computeMilli")]
    [InlineData("A100-80G", 1, 500, 90000, "accelerator.share_too_large", "memoryMib")]
    [InlineData("P800", 3, 1000, 0, "accelerator.card_group", "cards")]
    [InlineData("P800", 1, 600, 0, "accelerator.share_too_large", "memoryMib")]
    [InlineData("Gaudi3", 1, 500, 0, "accelerator.not_shared", "computeMilli")]
    [InlineData("Alveo-U250", 1, 1000, 0, "accelerator.operator_named", "model")]
    public void What_the_vendor_cannot_do_is_refused_with_the_field(
        string model,
        int cards,
        int compute,
        int memory,
        string code,
        string field
    )
    {
        var error = AcceleratorResources.For(Catalogue, new AcceleratorAsk(model, cards, compute, memory)).Error;

        Assert.Equal((code, field), (error?.Code, error?.Field));
        Assert.NotEmpty(error!.Fix!);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("hugepages-2Mi")]
    [InlineData("rdma/hca_shared_devices_a")]
    [InlineData("attachable-volumes-aws-ebs")]
    [InlineData("scheduling.kubernetes.io/foo")]
    public void Ordinary_resources_do_not_hide_a_node(string resource) =>
        Assert.Equal(AcceleratorResourceKind.Other, Catalogue.Classify(resource).Kind);

    [Theory]
    [InlineData("vendor.example/npu")]
    [InlineData("nvidia.com/mig-9g.999gb")]
    [InlineData("huawei.com/Ascend999")]
    public void Anything_else_with_a_domain_is_unknown(string resource) =>
        Assert.Equal(AcceleratorResourceKind.Unknown, Catalogue.Classify(resource).Kind);

    [Fact]
    public void An_fpga_is_recognised_by_pattern_and_named_by_label()
    {
        var node = Kube.Node("n", [("xilinx.com/fpga-xilinx_u250_gen3x16_base_4-0", 2)], [(AcceleratorCatalogue.ModelLabel, "Alveo-U250")]);

        Assert.Equal(["Alveo-U250", "Alveo-U250"], Reader.ReadNode(node, []).Devices.Select(d => d.Model));
    }
}

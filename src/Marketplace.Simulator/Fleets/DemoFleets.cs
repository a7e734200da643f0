namespace Marketplace.Simulator.Fleets;

/// <summary>
/// The three demo centers' clusters. Machine shapes and labels follow the vendors' public documentation (device plugins, feature discovery,
/// HAMi's registers); the numbers of machines are invented.
/// </summary>
public static class DemoFleets
{
    /// <summary>An x86 cloud with NVIDIA H100, A100 and L40S; the L40S pool is shared through HAMi. One A100 is unhealthy.</summary>
    public static Fleet CloudNvidia()
    {
        NodeGroup h100 = new()
        {
            Prefix = "h100",
            Count = 12,
            NodesPerRack = 4,
            Room = "a",
            Model = Nvidia("NVIDIA-H100-80GB-HBM3", 8, 81559, cpu: 192, memoryGib: 2048),
        };
        NodeGroup a100 = new()
        {
            Prefix = "a100",
            Count = 12,
            NodesPerRack = 4,
            Room = "b",
            Model = Nvidia("NVIDIA-A100-SXM4-80GB", 8, 81920, cpu: 128, memoryGib: 1024),
        };
        NodeGroup l40s = new()
        {
            Prefix = "l40s",
            Count = 12,
            NodesPerRack = 6,
            Room = "c",
            Model = HamiRegisters.Share(
                Nvidia("NVIDIA-L40S", 4, 46068, cpu: 96, memoryGib: 768),
                new CardSharing("hami.io/node-nvidia-register", "nvidia.com/gpu", "NVIDIA-L40S", 4, 46068, 10)
            ),
        };
        NodeGroup cpu = new()
        {
            Prefix = "cpu",
            Count = 4,
            NodesPerRack = 4,
            Room = "d",
            Model = Machine("amd64", cpu: 128, memoryGib: 512),
        };
        var nodes = Islands(h100.Build()).Concat(a100.Build()).Concat(l40s.Build()).Concat(cpu.Build());
        return new Fleet([.. nodes.Select(n => n.Name == "a100-07" ? n with { UnhealthyDevices = One("nvidia.com/gpu", 1) } : n)]);
    }

    /// <summary>
    /// A cloud of Chinese accelerators: Ascend 910B on x86 and Arm, Hygon K100, Cambricon MLU590, Kunlun P800. One node carries an
    /// accelerator that no catalogue describes, and is therefore shown as unknown and never sold.
    /// </summary>
    public static Fleet CloudChinese()
    {
        NodeGroup[] groups =
        [
            new()
            {
                Prefix = "ascend-x86",
                Count = 8,
                NodesPerRack = 4,
                Room = "a",
                Model = Ascend910B("amd64"),
            },
            new()
            {
                Prefix = "ascend-arm",
                Count = 12,
                NodesPerRack = 4,
                Room = "b",
                Model = Ascend910B("arm64"),
            },
            new()
            {
                Prefix = "hygon",
                Count = 8,
                NodesPerRack = 4,
                Room = "c",
                Model = Hygon("K100-AI", vramMib: 65536),
            },
            new()
            {
                Prefix = "mlu",
                Count = 6,
                NodesPerRack = 3,
                Room = "d",
                Model = Cambricon("MLU590"),
            },
            new()
            {
                Prefix = "kunlun",
                Count = 5,
                NodesPerRack = 5,
                Room = "e",
                Model = Kunlunxin("P800", memoryGib: 2048),
            },
            new()
            {
                Prefix = "prototype",
                Count = 1,
                NodesPerRack = 1,
                Room = "lab",
                Model = Machine("amd64", cpu: 64, memoryGib: 256) with
                {
                    Devices = One("example-silicon.com/npu", 4),
                    Labels = Texts(("example-silicon.com/npu.product", "engineering-sample")),
                },
            },
        ];
        return new Fleet([.. groups.SelectMany(g => g.Build())]);
    }

    /// <summary>An edge site on Arm: Ascend 310P, T4 and L4 cards, and machines without accelerators.</summary>
    public static Fleet EdgeArm()
    {
        NodeGroup[] groups =
        [
            new()
            {
                Prefix = "edge-310p",
                Count = 10,
                NodesPerRack = 5,
                Room = "e1",
                Model = Ascend310P(),
            },
            new()
            {
                Prefix = "edge-t4",
                Count = 8,
                NodesPerRack = 4,
                Room = "e2",
                Model = HamiRegisters.Share(
                    Nvidia("Tesla-T4", 2, 15360, cpu: 64, memoryGib: 256) with
                    {
                        Architecture = "arm64",
                    },
                    new CardSharing("hami.io/node-nvidia-register", "nvidia.com/gpu", "Tesla-T4", 2, 15360, 10)
                ),
            },
            new()
            {
                Prefix = "edge-l4",
                Count = 8,
                NodesPerRack = 4,
                Room = "e3",
                Model = Nvidia("NVIDIA-L4", 2, 23034, cpu: 64, memoryGib: 256) with { Architecture = "arm64" },
            },
            new()
            {
                Prefix = "edge-cpu",
                Count = 6,
                NodesPerRack = 6,
                Room = "e4",
                Model = Machine("arm64", cpu: 64, memoryGib: 128),
            },
        ];
        return new Fleet([.. groups.SelectMany(g => g.Build())]);
    }

    /// <summary>A small edge site of Chinese accelerators: the little relatives of what the cloud has, on the same software stacks.</summary>
    public static Fleet EdgeChinese()
    {
        NodeGroup[] groups =
        [
            new()
            {
                Prefix = "edge-mlu",
                Count = 1,
                NodesPerRack = 1,
                Room = "s1",
                Model = Cambricon("MLU370-X4"),
            },
            new()
            {
                Prefix = "edge-kunlun",
                Count = 1,
                NodesPerRack = 1,
                Room = "s1",
                Model = Kunlunxin("R300", memoryGib: 1024),
            },
            new()
            {
                Prefix = "edge-hygon",
                Count = 1,
                NodesPerRack = 1,
                Room = "s1",
                Model = Hygon("Z100L", vramMib: 32768),
            },
            new()
            {
                Prefix = "edge-310p",
                Count = 2,
                NodesPerRack = 2,
                Room = "s2",
                Model = Ascend310P(),
            },
        ];
        return new Fleet([.. groups.SelectMany(g => g.Build())]);
    }

    /// <summary>A fleet by the name used in configuration: <c>cloud-nvidia</c>, <c>cloud-chinese</c>, <c>edge-arm</c>, <c>edge-chinese</c>, <c>empty</c>; null for any other.</summary>
    public static Fleet? Named(string name) =>
        name switch
        {
            "cloud-nvidia" => CloudNvidia(),
            "cloud-chinese" => CloudChinese(),
            "edge-arm" => EdgeArm(),
            "edge-chinese" => EdgeChinese(),
            "empty" => Fleet.Empty,
            _ => null,
        };

    private static SimulatedNode Machine(string architecture, int cpu, int memoryGib) =>
        new()
        {
            Name = "template",
            Architecture = architecture,
            CpuMilli = cpu * 1000L,
            MemoryMib = memoryGib * 1024L,
        };

    private static SimulatedNode Hygon(string product, int vramMib) =>
        Machine("amd64", cpu: 128, memoryGib: 1024) with
        {
            Devices = One("hygon.com/dcu", 8),
            Labels = Texts(("hygon.com/dcu.name", product), ("hygon.com/dcu.vram", $"{vramMib}")),
        };

    private static SimulatedNode Cambricon(string product) =>
        Machine("amd64", cpu: 128, memoryGib: 1024) with
        {
            Devices = One("cambricon.com/mlu", 8),
            Labels = Texts(("Model", product)),
        };

    private static SimulatedNode Kunlunxin(string product, int memoryGib) =>
        Machine("amd64", cpu: 192, memoryGib) with
        {
            Devices = One("kunlunxin.com/xpu", 8),
            Labels = Texts(("marketplace.compute/model", product)),
        };

    private static SimulatedNode Ascend310P() =>
        Machine("arm64", cpu: 64, memoryGib: 256) with
        {
            Devices = One("huawei.com/Ascend310P", 4),
            Labels = Texts(("node.kubernetes.io/npu.chip.name", "Ascend310P3"), ("accelerator-type", "card")),
        };

    private static SimulatedNode Nvidia(string product, int cards, int cardMemoryMib, int cpu, int memoryGib) =>
        Machine("amd64", cpu, memoryGib) with
        {
            Devices = One("nvidia.com/gpu", cards),
            Labels = NvidiaLabels.Of(product, cards, cardMemoryMib),
        };

    private static SimulatedNode Ascend910B(string architecture) =>
        Machine(architecture, cpu: 192, memoryGib: 1536) with
        {
            Devices = One("huawei.com/Ascend910", 8),
            Labels = Texts(
                ("node.kubernetes.io/npu.chip.name", "910B3"),
                ("accelerator-type", "module-910b-8"),
                ("accelerator", "huawei-Ascend910")
            ),
        };

    // Four H100 machines of a rack share one NVLink switch domain.
    private static IEnumerable<SimulatedNode> Islands(IEnumerable<SimulatedNode> nodes) =>
        nodes.Select(n =>
            n with
            {
                Labels = new Dictionary<string, string>(n.Labels, StringComparer.Ordinal)
                {
                    ["nvidia.com/gpu.clique"] = $"fabric.{n.Rack}",
                },
            }
        );

    private static Dictionary<string, long> One(string resource, long count) => new(StringComparer.Ordinal) { [resource] = count };

    private static Dictionary<string, string> Texts(params ReadOnlySpan<(string Key, string Value)> pairs)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
        {
            map[key] = value;
        }
        return map;
    }
}

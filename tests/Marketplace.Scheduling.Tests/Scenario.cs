using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests;

/// <summary>A small random supply and request, the same for the same number.</summary>
internal sealed class Scenario
{
    private readonly Random random;

    /// <summary>Half of the scenarios ask for little, so that many requests fit; the others are as picky as they like.</summary>
    private readonly bool picky;

    public Scenario(int number)
    {
        random = new Random(number);
        Number = number;
        picky = random.Next(2) == 0;
        Snapshot = MakeSnapshot();
        Request = MakeRequest("r0", random.Next(4) == 0 ? 3 : random.Next(1, 3));
    }

    public int Number { get; }
    public SupplySnapshot Snapshot { get; }
    public PlacementRequest Request { get; }

    public override string ToString() => $"scenario {Number}";

    /// <summary>Another request against the same supply.</summary>
    public PlacementRequest MakeRequest(string id, int roles) =>
        new()
        {
            Id = id,
            Roles = [.. Enumerable.Range(0, roles).Select(r => new Role($"role{r}", random.Next(1, 4), MakeVariants()))],
            Constraints = MakeConstraints(),
            ContractClass = Wants(3) ? ContractClass.Interruptible : ContractClass.OnDemand,
            Objective = (Objective)random.Next(4),
            MaxPricePerCardHour = Wants(3) ? random.Next(1, 8) * 1_000_000L : null,
            BudgetPerHour = Wants(2) ? random.Next(1, 40) * 1_000_000L : null,
            NearRegion = Rarely(3) ? "north" : null,
        };

    private bool Rarely(int oneIn) => random.Next(oneIn) == 0;

    private bool Wants(int oneIn) => random.Next(oneIn) == 0 && (picky || random.Next(6) == 0);

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];

    private SupplySnapshot MakeSnapshot()
    {
        var builder = new SupplySnapshotBuilder()
            .Add(new Site("s0", "s0", "north", "CN", SiteTier.Cloud, "center0"))
            .Add(new Site("s1", "s1", "south", "SG", SiteTier.Edge, "center1"));
        var clusters = random.Next(1, 3);
        for (var c = 0; c < clusters; c++)
        {
            builder.Add(new Cluster($"c{c}", $"s{c}"));
            for (var n = random.Next(2, 5); n > 0; n--)
            {
                builder.Add(MakeNode($"c{c}n{n}", $"c{c}"));
            }
        }

        for (var o = random.Next(2, 6); o > 0; o--)
        {
            builder.Add(MakeOffer($"o{o}", $"c{random.Next(clusters)}", o));
        }

        return builder.Build();
    }

    private Offer MakeOffer(string id, string cluster, int place) =>
        new()
        {
            Id = id,
            ListingId = "l" + id,
            ClusterId = cluster,
            OperatorId = Pick("op0", "op1"),
            DeviceModel = place switch
            {
                1 => "A",
                2 => null,
                _ => Pick("A", "A", "B", null),
            },
            PricePerCardHour = random.Next(0, 8) * 1_000_000L,
            Currency = "CNY",
            AvailableCards = random.Next(1, 14),
            AvailableRemainderMilli = Pick(0, 250, 500),
            Classes = Rarely(3) ? [ContractClass.OnDemand, ContractClass.Interruptible] : [ContractClass.OnDemand],
            VerificationLevel = random.Next(4),
            ReliabilityMilli = Rarely(2) ? random.Next(1001) : null,
            MinCards = Rarely(6) ? random.Next(1, 4) : 0,
            Precedence = Rarely(4) ? 1 : 0,
            UnitMemoryMib = 1024,
        };

    private Node MakeNode(string id, string cluster)
    {
        int cpu = random.Next(2, 12) * 1000,
            memory = random.Next(3, 14) * 1024;
        return new Node
        {
            Id = id,
            ClusterId = cluster,
            Rack = Pick("r0", "r1", null),
            LinkIsland = Pick("i0", "i1", null),
            Architecture = Rarely(4) ? CpuArchitecture.Arm64 : CpuArchitecture.X64,
            CpuMilli = cpu,
            MemoryMib = memory,
            FreeCpuMilli = cpu - (Rarely(3) ? 1000 : 0),
            FreeMemoryMib = memory - (Rarely(3) ? 1024 : 0),
            Labels = Rarely(2) ? new Dictionary<string, string> { ["pool"] = "fast" } : new Dictionary<string, string>(),
            Taints = Rarely(8) ? [new Taint("gpu", "x", Pick(TaintEffect.NoSchedule, TaintEffect.PreferNoSchedule))] : [],
            Schedulable = !Rarely(15),
            Devices = [.. Enumerable.Range(0, random.Next(0, 5)).Select(d => MakeDevice($"d{d}"))],
        };
    }

    private Device MakeDevice(string id)
    {
        var model = Pick("A", "A", "A", "B");
        var memory = model == "A" ? 16_000 : Pick(32_000, 24_000);
        DeviceSharing sharing = random.Next(3) switch
        {
            0 => new WholeOnly(),
            1 => new FractionSharing(Pick(1, 256, 1024), Pick(1, 100)),
            _ => new TemplateSharing([new(250, memory / 4), new(300, memory / 2), new(500, memory / 2)]),
        };
        var used = Rarely(4) ? 500 : 0;
        return new Device
        {
            Id = id,
            Vendor = model == "A" ? "VA" : "VB",
            Model = model,
            Stack = model == "A" ? "SA" : "SB",
            MemoryMib = memory,
            Healthy = !Rarely(12),
            LinkIsland = random.Next(2),
            FreeComputeMilli = 1000 - used,
            FreeMemoryMib = memory - (used > 0 ? memory / 2 : 0),
            Sharing = sharing,
        };
    }

    private List<Variant> MakeVariants() => [.. Enumerable.Range(0, random.Next(1, 3)).Select(v => MakeVariant($"v{v}"))];

    private Variant MakeVariant(string name)
    {
        var cards = Pick(0, 0, 1, 1, 1, 2, 2, 3);
        var shared = cards > 0 && Rarely(2);
        return new Variant
        {
            Name = name,
            DeviceModel = cards == 0 ? null : Pick("A", "A", "B", null),
            CardsPerReplica = cards,
            ComputeMilli = shared ? Pick(0, 150, 250, 333, 500) : 1000,
            DeviceMemoryMib = shared ? Pick(4000, 5000, 8000) : Pick(0, 0, 0, 12_000, 20_000),
            CpuMilli = random.Next(cards == 0 ? 1 : 0, 4) * 1000,
            MemoryMib = random.Next(0, 3) * 1024,
            Architecture = Rarely(7) ? CpuArchitecture.X64 : null,
            Throughput = Rarely(3) ? null : random.Next(1, 50),
            WorkUnit = "steps",
        };
    }

    private Constraints MakeConstraints() =>
        new()
        {
            Regions = Wants(8) ? ["north"] : [],
            Countries = Wants(10) ? ["CN", "SG"] : [],
            ClusterIds = Wants(12) ? ["c0"] : [],
            OfferIds = Wants(12) ? ["o1", "o2"] : [],
            Tiers = Wants(10) ? [SiteTier.Cloud] : [],
            Architectures = Wants(10) ? [CpuArchitecture.X64] : [],
            DeviceModels = Wants(8) ? ["A"] : [],
            Vendors = Wants(10) ? ["VA"] : [],
            Stacks = Wants(10) ? ["SA"] : [],
            MinDeviceMemoryMib = Wants(8) ? 20_000 : 0,
            AllowedSuppliers = Wants(8) ? ["center0", "op1"] : [],
            DeniedSuppliers = Wants(8) ? ["op0"] : [],
            MinVerificationLevel = Wants(5) ? random.Next(4) : 0,
            Together = Wants(3) ? (TopologyLevel)random.Next(5) : TopologyLevel.Anywhere,
            TogetherScope = Pick(TogetherScope.Request, TogetherScope.Role),
            NodeLabels = Wants(8) ? new Dictionary<string, string> { ["pool"] = "fast" } : new Dictionary<string, string>(),
            Tolerations = Rarely(5) ? [new Toleration("gpu")] : [],
        };
}

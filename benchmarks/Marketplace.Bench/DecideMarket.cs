using Marketplace.Scheduling.Model;

namespace Marketplace.Bench;

/// <summary>
/// A market of many offers, the same for the same seed: ten offers per cluster, two to eight nodes of eight cards each, 16 accelerator models
/// in 24 regions of nine countries, a third of the nodes partly taken.
/// </summary>
internal static class DecideMarket
{
    public const int OffersPerCluster = 10;

    /// <summary>Vendor, stack, MiB per card, price of a card and hour in whole yuan, how common.</summary>
    public static readonly (string Model, string Vendor, string Stack, int MemoryMib, int Yuan, int Weight)[] Models =
    [
        ("H100", "NVIDIA", "CUDA", 81_920, 18, 10),
        ("H200", "NVIDIA", "CUDA", 144_384, 24, 6),
        ("H20", "NVIDIA", "CUDA", 98_304, 9, 8),
        ("A100", "NVIDIA", "CUDA", 81_920, 10, 12),
        ("A800", "NVIDIA", "CUDA", 81_920, 9, 8),
        ("L40S", "NVIDIA", "CUDA", 49_152, 6, 8),
        ("L4", "NVIDIA", "CUDA", 24_576, 3, 6),
        ("RTX4090", "NVIDIA", "CUDA", 24_576, 2, 10),
        ("MI300X", "AMD", "ROCm", 196_608, 16, 4),
        ("Ascend910B", "Huawei", "CANN", 65_536, 8, 10),
        ("Ascend310P", "Huawei", "CANN", 24_576, 2, 5),
        ("MLU590", "Cambricon", "Neuware", 81_920, 7, 4),
        ("K100", "Hygon", "DTK", 65_536, 6, 3),
        ("S4000", "MooreThreads", "MUSA", 49_152, 5, 3),
        ("C500", "MetaX", "MACA", 65_536, 6, 2),
        ("T4", "NVIDIA", "CUDA", 16_384, 1, 1),
    ];

    public static readonly (string Region, string Country)[] Regions =
    [
        .. Enumerable.Range(1, 14).Select(r => ($"cn-{r}", "CN")),
        ("sg-1", "SG"),
        ("sg-2", "SG"),
        ("jp-1", "JP"),
        ("kr-1", "KR"),
        ("my-1", "MY"),
        ("th-1", "TH"),
        ("ae-1", "AE"),
        ("de-1", "DE"),
        ("de-2", "DE"),
        ("us-1", "US"),
    ];

    public static SupplySnapshot Build(int offers, int seed)
    {
        var random = new Random(seed);
        var builder = new SupplySnapshotBuilder();
        for (int a = 0; a < Regions.Length; a++)
        for (int b = a + 1; b < Regions.Length; b++)
            builder.Add(new RegionLatency(Regions[a].Region, Regions[b].Region, 4 + (6 * (b - a)) + random.Next(10)));
        for (int c = 0; c < offers / OffersPerCluster; c++)
            AddCluster(builder, random, c);
        return builder.Build();
    }

    private static void AddCluster(SupplySnapshotBuilder builder, Random random, int c)
    {
        var (region, country) = Regions[random.Next(Regions.Length)];
        var tier = random.Next(10) switch
        {
            < 7 => SiteTier.Cloud,
            < 9 => SiteTier.Edge,
            _ => SiteTier.Terminal,
        };
        int model = Pick(random);
        builder.Add(new Site($"site-{c}", $"site-{c}", region, country, tier, $"center-{c / 4}"));
        builder.Add(new Cluster($"cluster-{c}", $"site-{c}"));
        int nodes = random.Next(2, 9),
            free = 0;
        for (int n = 0; n < nodes; n++)
        {
            int taken = random.Next(3) == 0 ? random.Next(1, 9) : 0;
            free += 8 - taken;
            builder.Add(MakeNode($"cluster-{c}-{n}", c, n, model, taken));
        }
        for (int o = 0; o < OffersPerCluster; o++)
            builder.Add(MakeOffer(random, c, o, o < 8 ? model : -1, free));
    }

    private static Node MakeNode(string id, int cluster, int number, int model, int taken) =>
        new()
        {
            Id = id,
            ClusterId = $"cluster-{cluster}",
            Rack = $"rack-{number / 4}",
            Architecture = Models[model].Vendor == "Huawei" ? CpuArchitecture.Arm64 : CpuArchitecture.X64,
            CpuMilli = 128_000,
            MemoryMib = 1 << 20,
            FreeCpuMilli = 128_000 - (taken * 12_000),
            FreeMemoryMib = (1 << 20) - (taken << 16),
            Devices = Devices[model][taken],
        };

    private static Offer MakeOffer(Random random, int cluster, int number, int model, int free)
    {
        double yuan = model < 0 ? 0.2 : Models[model].Yuan;
        return new Offer
        {
            Id = $"offer-{cluster}-{number}",
            ListingId = $"listing-{cluster}-{number}",
            ClusterId = $"cluster-{cluster}",
            OperatorId = $"operator-{random.Next(40)}",
            DeviceModel = model < 0 ? null : Models[model].Model,
            PricePerCardHour = (long)(yuan * 1e6 * (0.7 + (0.8 * random.NextDouble()))),
            Currency = random.Next(5) == 0 ? "USD" : "CNY",
            AvailableCards = model < 0 ? random.Next(16, 512) : Math.Max(0, random.Next(-2, free + 1)),
            Classes = Classes[random.Next(Classes.Length)],
            VerificationLevel = random.Next(4),
            ReliabilityMilli = random.Next(4) == 0 ? null : random.Next(850, 1001),
            MinCards = random.Next(12) == 0 ? 8 : 0,
            Precedence = random.Next(50) == 0 ? 0 : 1,
        };
    }

    private static readonly ContractClass[][] Classes =
    [
        [ContractClass.OnDemand],
        [ContractClass.OnDemand, ContractClass.Reserved],
        [ContractClass.OnDemand, ContractClass.Reserved],
        [ContractClass.OnDemand, ContractClass.Interruptible],
        [ContractClass.Interruptible, ContractClass.IdleFill],
    ];

    /// <summary>The devices of a node by model and by how many are taken; shared, as they never change.</summary>
    private static readonly Device[][][] Devices =
    [
        .. Models.Select(model =>
            Enumerable.Range(0, 9).Select(taken => Enumerable.Range(0, 8).Select(d => MakeDevice(model, d, d < taken)).ToArray()).ToArray()
        ),
    ];

    private static Device MakeDevice(
        (string Model, string Vendor, string Stack, int MemoryMib, int Yuan, int Weight) of,
        int number,
        bool taken
    ) =>
        new()
        {
            Id = $"d{number}",
            Vendor = of.Vendor,
            Model = of.Model,
            Stack = of.Stack,
            MemoryMib = of.MemoryMib,
            LinkIsland = number / 4,
            FreeComputeMilli = taken ? 0 : 1000,
            FreeMemoryMib = taken ? 0 : of.MemoryMib,
            Sharing = of.Stack switch
            {
                "CUDA" => new FractionSharing(256, 10),
                "CANN" => new TemplateSharing([new(250, of.MemoryMib / 4), new(500, of.MemoryMib / 2)]),
                _ => new WholeOnly(),
            },
        };

    private static int Pick(Random random)
    {
        int left = random.Next(Models.Sum(model => model.Weight));
        int m = 0;
        while ((left -= Models[m].Weight) >= 0)
            m++;
        return m;
    }
}

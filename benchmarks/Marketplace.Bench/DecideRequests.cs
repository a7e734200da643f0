using Marketplace.Scheduling.Model;

namespace Marketplace.Bench;

/// <summary>What buyers ask for: a mix of filters, gangs, shares, alternatives of chips, and some that nothing can serve. The same for the same seed.</summary>
internal sealed class DecideRequests(int seed, int clusters)
{
    private readonly Random random = new(seed);

    public List<PlacementRequest> Make(int count) => [.. Enumerable.Range(0, count).Select(Next)];

    private PlacementRequest Next(int number)
    {
        string model = Model();
        var plain = Request(number, Role(random.Next(1, 3), Cards(model, 1 << random.Next(4))));
        return random.Next(100) switch
        {
            < 28 => plain with { Constraints = new() { Regions = [Region()] } },
            < 38 => plain with
            {
                Constraints = new() { Countries = ["CN"], MinVerificationLevel = random.Next(1, 4) },
            },
            < 48 => plain with
            {
                MaxPricePerCardHour = Price(model),
                Constraints = new() { Tiers = [SiteTier.Cloud] },
            },
            < 58 => plain with { Roles = [Role(2, Measured("H100", 2, 90), Measured("A100", 4, 40), Measured("Ascend910B", 4, 36))] },
            < 68 => plain with
            {
                Roles = [Role(1, Share(random.Next(2) == 0 ? "L40S" : "A100"))],
                Constraints = new() { Regions = [Region(), Region()] },
            },
            < 75 => plain with
            {
                Roles = [Role(random.Next(2, 5), Cards(model, 8))],
                Constraints = new() { Together = random.Next(2) == 0 ? TopologyLevel.Rack : TopologyLevel.Cluster },
            },
            < 82 => plain with
            {
                Roles = [Role(random.Next(1, 9), Processors())],
                Constraints = new() { Countries = ["CN", "SG"] },
            },
            < 87 => plain with
            {
                Roles = [Role(1, Cards(null, 1))],
                Constraints = new() { MinDeviceMemoryMib = 65_536, Stacks = ["CUDA"] },
            },
            < 91 => plain with
            {
                NearRegion = Region(),
                Objective = Objective.Nearest,
                Constraints = new() { MaxRoundTripMs = 60 },
            },
            < 94 => plain with
            {
                Constraints = new() { ClusterIds = [$"cluster-{random.Next(clusters)}", $"cluster-{random.Next(clusters)}"] },
            },
            < 97 => plain with
            {
                Roles = [Role(1, Cards(model, 4)), new Role("front", 2, [Processors()])],
                Constraints = new() { Countries = ["CN"] },
            },
            < 98 => plain with
            {
                Constraints = new() { DeniedSuppliers = [$"operator-{random.Next(40)}"] },
                Objective = Objective.Balanced,
            },
            < 99 => plain with { Constraints = new() { Regions = ["mars-1"] } },
            _ => plain with { Roles = [Role(100, Cards(model, 8))] },
        };
    }

    private static PlacementRequest Request(int number, Role role) =>
        new()
        {
            Id = $"request-{number}",
            Roles = [role],
            Currency = "CNY",
        };

    private static Role Role(int replicas, params Variant[] variants) => new("worker", replicas, variants);

    private static Variant Cards(string? model, int cards) =>
        new()
        {
            Name = model ?? "any",
            DeviceModel = model,
            CardsPerReplica = cards,
            CpuMilli = 4000 * cards,
            MemoryMib = 16_384 * cards,
        };

    private static Variant Measured(string model, int cards, double tokens) =>
        Cards(model, cards) with
        {
            Throughput = tokens,
            WorkUnit = "tokens",
        };

    private Variant Share(string model) => Cards(model, 1) with { ComputeMilli = random.Next(2) == 0 ? 250 : 500 };

    private Variant Processors() =>
        new()
        {
            Name = "cpu",
            CpuMilli = 1000 * random.Next(1, 17),
            MemoryMib = 4096 * random.Next(1, 9),
        };

    private string Model() => DecideMarket.Models[random.Next(DecideMarket.Models.Length - 1)].Model;

    private string Region() => DecideMarket.Regions[random.Next(DecideMarket.Regions.Length)].Region;

    private static long Price(string model) => DecideMarket.Models.First(known => known.Model == model).Yuan * 950_000L;
}

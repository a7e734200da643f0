using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests;

/// <summary>Short words for the supply of a test.</summary>
internal static class Supply
{
    public const long Yuan = 1_000_000;

    public static Site Site(string id, string region = "cn-north", string country = "CN", SiteTier tier = SiteTier.Cloud) =>
        new(id, id, region, country, tier, "center-" + id);

    public static Node Node(string id, string cluster = "c1", int cards = 0, string model = "H100", int cpuMilli = 64_000) =>
        new()
        {
            Id = id,
            ClusterId = cluster,
            Architecture = CpuArchitecture.X64,
            CpuMilli = cpuMilli,
            MemoryMib = 262_144,
            FreeCpuMilli = cpuMilli,
            FreeMemoryMib = 262_144,
            Devices = [.. Enumerable.Range(0, cards).Select(d => Device($"d{d}", model))],
        };

    public static Device Device(string id, string model = "H100", int memoryMib = 81_920, DeviceSharing? sharing = null) =>
        new()
        {
            Id = id,
            Vendor = model.StartsWith("Ascend", StringComparison.Ordinal) ? "Huawei" : "NVIDIA",
            Model = model,
            Stack = model.StartsWith("Ascend", StringComparison.Ordinal) ? "CANN" : "CUDA",
            MemoryMib = memoryMib,
            FreeComputeMilli = 1000,
            FreeMemoryMib = memoryMib,
            Sharing = sharing ?? new WholeOnly(),
        };

    public static Offer Offer(string id, long price, string cluster = "c1", string? model = "H100", int cards = 64) =>
        new()
        {
            Id = id,
            ListingId = "listing-" + id,
            ClusterId = cluster,
            OperatorId = "operator",
            DeviceModel = model,
            PricePerCardHour = price,
            Currency = "CNY",
            AvailableCards = cards,
            Classes = [ContractClass.OnDemand, ContractClass.Reserved],
            VerificationLevel = 2,
        };

    public static Variant Cards(string? model, int cards, int computeMilli = 1000, int memoryMib = 0, double? throughput = null) =>
        new()
        {
            Name = model ?? "any",
            DeviceModel = model,
            CardsPerReplica = cards,
            ComputeMilli = computeMilli,
            DeviceMemoryMib = memoryMib,
            CpuMilli = 1000,
            MemoryMib = 1024,
            Throughput = throughput,
            WorkUnit = "tokens",
        };

    public static Variant Cpu(int cpuMilli, int memoryMib = 1024) =>
        new()
        {
            Name = "cpu",
            CpuMilli = cpuMilli,
            MemoryMib = memoryMib,
        };

    public static PlacementRequest Request(params Role[] roles) => new() { Id = "r1", Roles = roles };

    public static Role Role(int replicas, params Variant[] variants) => new("worker", replicas, variants);

    public static SupplySnapshot Snapshot(IEnumerable<Node> nodes, params Offer[] offers) =>
        OneCluster().AddRange(nodes).AddRange(offers).Build();

    public static SupplySnapshotBuilder OneCluster() => new SupplySnapshotBuilder().Add(Site("s1")).Add(new Cluster("c1", "s1"));
}

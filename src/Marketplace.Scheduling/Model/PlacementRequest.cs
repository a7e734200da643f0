namespace Marketplace.Scheduling.Model;

/// <summary>A group of roles that is placed as a whole or not at all.</summary>
public sealed record PlacementRequest
{
    public required string Id { get; init; }

    /// <summary>At least one; every replica of every role is placed, or nothing is.</summary>
    public required IReadOnlyList<Role> Roles { get; init; }

    public Constraints Constraints { get; init; } = new();

    public ContractClass ContractClass { get; init; } = ContractClass.OnDemand;

    public Objective Objective { get; init; } = Objective.CheapestWork;

    /// <summary>ISO 4217 code of the prices to compare; may be null when all offers share one currency.</summary>
    public string? Currency { get; init; }

    /// <summary>Highest acceptable price of one card and hour, in 1/1,000,000 of the currency; null = any.</summary>
    public long? MaxPricePerCardHour { get; init; }

    /// <summary>Highest acceptable price of the whole request per hour, in 1/1,000,000 of the currency; null = any.</summary>
    public long? BudgetPerHour { get; init; }

    /// <summary>The region to be near to; scored, and bounded by <see cref="Constraints.MaxRoundTripMs"/>.</summary>
    public string? NearRegion { get; init; }

    /// <summary>Calls between the roles. With them, or with data that several roles read, the roles are placed as a service graph.</summary>
    public IReadOnlyList<RoleEdge> Edges { get; init; } = [];

    /// <summary>What it is to do, or null when it runs until it is stopped.</summary>
    public WorkAmount? Work { get; init; }

    /// <summary>Hours in which <see cref="Work"/> must be done; null = any.</summary>
    public double? DeadlineHours { get; init; }

    /// <summary>Hours it is planned to run; null = unknown. Not beside <see cref="Work"/>, which says so itself.</summary>
    public double? Hours { get; init; }

    /// <summary>Whose capacity is used first; null = as <see cref="Offer.Precedence"/> says.</summary>
    public ResourcePolicy? Policy { get; init; }

    /// <summary>Total cards over all roles when each role runs on its first variant.</summary>
    public long FirstChoiceCards => Roles.Sum(role => (long)role.Replicas * role.Variants[0].CardsPerReplica);
}

/// <summary>Identical replicas that start together (a gang). All of them run on one variant and one offer.</summary>
/// <param name="Name">Name, unique in the request.</param>
/// <param name="Replicas">Number of replicas, at least 1.</param>
/// <param name="Variants">The ways the same work can run; the best buy is taken.</param>
public sealed record Role(string Name, int Replicas, IReadOnlyList<Variant> Variants)
{
    /// <summary>What it reads.</summary>
    public IReadOnlyList<DataSet> Data { get; init; } = [];

    /// <summary>Site tiers this role may run on, besides what the request's constraints say; empty = any.</summary>
    public IReadOnlyList<SiteTier> Tiers { get; init; } = [];

    /// <summary>Sites this role may run at, besides what the request's constraints say; empty = any.</summary>
    public IReadOnlyList<string> SiteIds { get; init; } = [];
}

/// <summary>One way to run a role: an image and the machine shape it needs.</summary>
public sealed record Variant
{
    public required string Name { get; init; }

    public string Image { get; init; } = "";

    /// <summary>Accelerator model, or null. Null with cards means any model the constraints allow.</summary>
    public string? DeviceModel { get; init; }

    /// <summary>Accelerators of one replica; 0 = runs on processors only.</summary>
    public int CardsPerReplica { get; init; }

    /// <summary>Compute per card in 1/1000; 1000 takes whole cards, less shares them, 0 shares memory only.</summary>
    public int ComputeMilli { get; init; } = Device.FullComputeMilli;

    /// <summary>
    /// Device memory per card in MiB. For a share it is what the share gets; 0 takes the same fraction of memory as of
    /// compute, once the device is known. For a whole card it is the least memory the card must have.
    /// </summary>
    public int DeviceMemoryMib { get; init; }

    /// <summary>Processor need of one replica in 1/1000 core.</summary>
    public int CpuMilli { get; init; }

    /// <summary>Host memory of one replica in MiB.</summary>
    public int MemoryMib { get; init; }

    /// <summary>The architecture the image is built for; null = any.</summary>
    public CpuArchitecture? Architecture { get; init; }

    /// <summary>
    /// Measured units of work per second and card of this variant (per replica when it has no cards); null = unknown.
    /// </summary>
    public double? Throughput { get; init; }

    /// <summary>The unit <see cref="Throughput"/> counts: tokens, images, steps, ….</summary>
    public string WorkUnit { get; init; } = "";

    /// <summary>True when a replica takes part of a card.</summary>
    public bool IsShared => CardsPerReplica > 0 && ComputeMilli < Device.FullComputeMilli;

    /// <summary>True when a replica takes no accelerator.</summary>
    public bool IsCpuOnly => CardsPerReplica == 0;
}

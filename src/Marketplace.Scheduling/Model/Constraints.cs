namespace Marketplace.Scheduling.Model;

/// <summary>Hard constraints. An empty list, a null or a zero means "any".</summary>
public sealed record Constraints
{
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>ISO 3166 codes where the data must stay.</summary>
    public IReadOnlyList<string> Countries { get; init; } = [];

    public IReadOnlyList<string> SiteIds { get; init; } = [];

    public IReadOnlyList<string> ClusterIds { get; init; } = [];

    /// <summary>Only these offers, for example the one a person picked from a list.</summary>
    public IReadOnlyList<string> OfferIds { get; init; } = [];

    public IReadOnlyList<SiteTier> Tiers { get; init; } = [];

    public IReadOnlyList<CpuArchitecture> Architectures { get; init; } = [];

    public IReadOnlyList<string> DeviceModels { get; init; } = [];

    public IReadOnlyList<string> Vendors { get; init; } = [];

    public IReadOnlyList<string> Stacks { get; init; } = [];

    /// <summary>Least memory of a whole device, in MiB, also when only a share of it is taken.</summary>
    public int MinDeviceMemoryMib { get; init; }

    /// <summary>Center or operator ids to buy from.</summary>
    public IReadOnlyList<string> AllowedSuppliers { get; init; } = [];

    /// <summary>Center or operator ids never to buy from.</summary>
    public IReadOnlyList<string> DeniedSuppliers { get; init; } = [];

    /// <summary>0 to 3, see <see cref="Offer.VerificationLevel"/>.</summary>
    public int MinVerificationLevel { get; init; }

    /// <summary>Longest round trip to <see cref="PlacementRequest.NearRegion"/> in milliseconds; unknown distances fail it.</summary>
    public double? MaxRoundTripMs { get; init; }

    /// <summary>The one topology domain the gang must stay in.</summary>
    public TopologyLevel Together { get; init; } = TopologyLevel.Anywhere;

    public TogetherScope TogetherScope { get; init; } = TogetherScope.Request;

    /// <summary>Labels a node must carry with exactly these values.</summary>
    public IReadOnlyDictionary<string, string> NodeLabels { get; init; } = NoLabels;

    /// <summary>Taints the request tolerates.</summary>
    public IReadOnlyList<Toleration> Tolerations { get; init; } = [];

    private static readonly Dictionary<string, string> NoLabels = [];
}

using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Contracts;

public enum BundleState
{
    Draft,
    Published,
    Withdrawn,
}

public enum ParameterType
{
    Text,
    Integer,
    Number,
    Choice,
    Switch,
}

/// <summary>One field of the order form; the form is generated from these and the same rules validate the answer.</summary>
public sealed record BundleParameter
{
    public required string Name { get; init; }
    public required string Label { get; init; }
    public string? LabelZh { get; init; }
    public required ParameterType Type { get; init; }
    public string? Unit { get; init; }
    public bool Required { get; init; } = true;
    public string? Default { get; init; }
    public decimal? Min { get; init; }
    public decimal? Max { get; init; }
    public string? Pattern { get; init; }
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>One way to run a role on one chip.</summary>
/// <param name="DeviceModel">Catalogue model; null runs on CPU.</param>
/// <param name="Throughput">Measured units of work per second per card; null when nobody measured.</param>
public sealed record BundleVariant(
    string? DeviceModel,
    string Image,
    int CardsPerReplica,
    int ComputeMilli = 1000,
    int? MemoryMibPerCard = null,
    decimal? Throughput = null
);

/// <summary>One role of a recipe. Strings may contain <c>{{parameter}}</c> placeholders.</summary>
public sealed record BundleRole
{
    public required string Name { get; init; }

    /// <summary>A number or a <c>{{parameter}}</c>.</summary>
    public required string Replicas { get; init; }
    public IReadOnlyList<string> Command { get; init; } = [];
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
    public int CpuMilli { get; init; } = 1000;
    public int HostMemoryMib { get; init; } = 2048;
    public int? Port { get; init; }
    public required IReadOnlyList<BundleVariant> Variants { get; init; }

    /// <summary>Site tiers it may run on; empty is any.</summary>
    public IReadOnlyList<SiteTier> Tiers { get; init; } = [];

    /// <summary>What it reads.</summary>
    public IReadOnlyList<BundleData> Data { get; init; } = [];
}

/// <summary>Calls from one role to another.</summary>
/// <param name="From">Name of the calling role.</param>
/// <param name="To">Name of the called role; another one.</param>
/// <param name="CallsPerSecond">Calls of all replicas together, per second.</param>
/// <param name="BytesPerCall">What question and answer carry together, in bytes.</param>
/// <param name="MaxRoundTripMs">Longest tolerated network round trip in milliseconds, at least 0.5; null is any.</param>
public sealed record BundleLink(string From, string To, double CallsPerSecond = 0, double BytesPerCall = 0, double? MaxRoundTripMs = null);

/// <summary>Data a role reads. It is at one site or in one region.</summary>
/// <param name="Name">Unique in the role.</param>
/// <param name="Site">Id of the site it is at, or null.</param>
/// <param name="Region">The region it is in, or null.</param>
/// <param name="Gib">What is moved to the role, once, in GiB.</param>
/// <param name="StaysInCountry">ISO 3166-1 alpha-2 code of the country it must not leave; null when it may leave.</param>
public sealed record BundleData(string Name, string? Site = null, string? Region = null, double Gib = 0, string? StaysInCountry = null);

/// <summary>An executable recipe. <see cref="Product"/> is one of <c>Job</c>, <c>GangJob</c>, <c>Endpoint</c>.</summary>
public sealed record BundleRecipe
{
    public required string Product { get; init; }
    public string? WorkUnit { get; init; }
    public IReadOnlyList<BundleParameter> Parameters { get; init; } = [];
    public required IReadOnlyList<BundleRole> Roles { get; init; }

    /// <summary>Which role calls which; the roles are then placed as one service graph.</summary>
    public IReadOnlyList<BundleLink> Links { get; init; } = [];
}

public sealed record SaveBundle(string Title, string Summary, string Industry, BundleRecipe Recipe);

public sealed record BundleView(
    string Id,
    string OperatorId,
    string OperatorName,
    string Title,
    string Summary,
    string Industry,
    BundleState State,
    int Version,
    BundleRecipe Recipe,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Grows with every change; the ETag of the REST API.</summary>
    public int Revision { get; init; }
}

/// <summary>Recipes an operator sells over its own offers.</summary>
public interface IBundles
{
    Task<Outcome<BundleView>> CreateAsync(SaveBundle request, CancellationToken ct);

    /// <summary>Draft only; a published bundle gets a new version.</summary>
    Task<Outcome<BundleView>> SaveAsync(string bundleId, SaveBundle request, CancellationToken ct);
    Task<Outcome<BundleView>> ChangeStateAsync(string bundleId, BundleState to, CancellationToken ct);

    /// <summary>The acting operator's bundles, any state.</summary>
    Task<Page<BundleView>> ListAsync(PageQuery query, CancellationToken ct);

    /// <summary>Published bundles, for customers.</summary>
    Task<Page<BundleView>> PublishedAsync(PageQuery query, CancellationToken ct);
    Task<BundleView?> FindAsync(string bundleId, CancellationToken ct);

    /// <summary>The bundle as a YAML document, with the field names of the API.</summary>
    string ToYaml(SaveBundle bundle);

    /// <summary>Reads such a document; nothing is saved.</summary>
    Outcome<SaveBundle> FromYaml(string yaml);

    /// <summary>Validates the answers (errors point at <c>/parameters/{name}</c>) and fills every placeholder.</summary>
    Task<Outcome<BundleRecipe>> FillAsync(string bundleId, IReadOnlyDictionary<string, string> parameters, CancellationToken ct);
}

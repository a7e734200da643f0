namespace Marketplace.Scheduling.Model;

/// <summary>A place with machines, run by one compute center.</summary>
/// <param name="Id">Unique site id.</param>
/// <param name="Name">Name shown to people.</param>
/// <param name="Region">Region code; latency is known between regions.</param>
/// <param name="Country">ISO 3166 code; data residency is checked against it.</param>
/// <param name="Tier">Cloud, edge or terminal.</param>
/// <param name="CenterId">The compute center that runs it.</param>
public sealed record Site(string Id, string Name, string Region, string Country, SiteTier Tier, string CenterId);

/// <summary>A Kubernetes cluster at a site.</summary>
public sealed record Cluster(string Id, string SiteId);

/// <summary>Measured network distance between two regions, used in both directions.</summary>
/// <param name="RoundTripMs">Round-trip time in milliseconds; at least 0.</param>
public sealed record RegionLatency(string FromRegion, string ToRegion, double RoundTripMs);

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

/// <summary>
/// What moving data out of one region into another costs. One way; a pair without a price, inside one region, or in another currency than the
/// request's, counts as 0.
/// </summary>
/// <param name="PricePerGib">Price in 1/1,000,000 of the currency for one GiB.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record EgressPrice(string FromRegion, string ToRegion, long PricePerGib, string Currency);

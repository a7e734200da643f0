namespace Marketplace.Scheduling.Model;

/// <summary>Calls from one role of a request to another.</summary>
/// <param name="From">Name of the calling role.</param>
/// <param name="To">Name of the called role; another one.</param>
/// <param name="CallsPerSecond">Calls of all replicas together, per second.</param>
/// <param name="BytesPerCall">What question and answer carry together, in bytes.</param>
/// <param name="MaxRoundTripMs">
/// Longest tolerated network round trip in milliseconds; null = any. Unknown distances fail it. Inside one site a round trip takes
/// <see cref="SameSiteMs"/>, between two sites of one region <see cref="SameRegionMs"/>.
/// </param>
public sealed record RoleEdge(string From, string To, double CallsPerSecond, double BytesPerCall, double? MaxRoundTripMs = null)
{
    /// <summary>
    /// Round trip inside one site, in milliseconds: that of a packet inside one data centre (J. Dean, "Numbers everyone should know", 2009).
    /// </summary>
    public const double SameSiteMs = 0.5;

    /// <summary>Round trip between two sites of one region, in milliseconds, unless the supply states one from the region to itself.</summary>
    public const double SameRegionMs = 2;
}

/// <summary>Data a role reads before or while it works. It is at a site or in a region; exactly one of the two is named.</summary>
public sealed record DataSet
{
    public required string Name { get; init; }

    /// <summary>The site it is at, or null.</summary>
    public string? SiteId { get; init; }

    /// <summary>The region it is in, or null.</summary>
    public string? Region { get; init; }

    /// <summary>What is moved to the role, once, in GiB.</summary>
    public double Gib { get; init; }

    /// <summary>ISO 3166 code of the country it must not leave: the role runs there. Null = it may leave.</summary>
    public string? StaysInCountry { get; init; }
}

/// <summary>Work that a request is to do. Each role with variants measured in its unit does all of it.</summary>
/// <param name="Units">How much, in units of work.</param>
/// <param name="Unit">The unit, as <see cref="Variant.WorkUnit"/> spells it.</param>
public sealed record WorkAmount(double Units, string Unit);

using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Contracts;

/// <summary>
/// Whose capacity is used first. A later tier is only used when the tiers before it cannot hold the request; what belongs to no tier is not
/// used.
/// </summary>
/// <param name="Tiers">The first to be used first; 1 to 64.</param>
public sealed record PolicyRequest(IReadOnlyList<PolicyTierRequest> Tiers);

/// <summary>Offers that satisfy all of these; an empty list means any, so an empty tier holds every offer.</summary>
public sealed record PolicyTierRequest
{
    /// <summary>Ids of centers or operators.</summary>
    public IReadOnlyList<string> Suppliers { get; init; } = [];

    /// <summary>Ids of clusters.</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];
    public IReadOnlyList<SiteTier> SiteTiers { get; init; } = [];
}

/// <summary>Data a role reads. It is at one site or in one region. Data of the same role and name replaces the bundle's.</summary>
/// <param name="Name">Unique in the role.</param>
/// <param name="Role">The role that reads it; null when there is only one.</param>
/// <param name="Site">Id of the site it is at, or null.</param>
/// <param name="Region">The region it is in, or null.</param>
/// <param name="Gib">What is moved to the role, once, in GiB.</param>
/// <param name="StaysInCountry">ISO 3166-1 alpha-2 code of the country it must not leave; null when it may leave.</param>
public sealed record DataRequest(
    string Name,
    string? Role = null,
    string? Site = null,
    string? Region = null,
    double Gib = 0,
    string? StaysInCountry = null
);

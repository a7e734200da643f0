using Marketplace.Market.Contracts;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Domain;

/// <summary>A place of a center.</summary>
internal sealed class MarketSite : IPartyOwned
{
    public required string Id { get; init; }

    /// <summary>The center.</summary>
    public required string PartyId { get; init; }
    public required string Name { get; init; }
    public required string NameZh { get; init; }
    public required string Region { get; init; }
    public required string Country { get; init; }
    public required SiteTier Tier { get; init; }
    public required double Latitude { get; init; }
    public required double Longitude { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <param name="showCenter">False hides whose site it is, for white-label offers.</param>
    public SiteView View(bool showCenter) => new(Id, showCenter ? PartyId : "", Name, NameZh, Region, Country, Tier, Latitude, Longitude);
}

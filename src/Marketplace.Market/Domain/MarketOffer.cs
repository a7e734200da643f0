using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Domain;

/// <summary>An operator's retail over one listing.</summary>
internal sealed class MarketOffer : IPartyOwned
{
    public required string Id { get; init; }

    /// <summary>The operator.</summary>
    public required string PartyId { get; init; }
    public required string ListingId { get; init; }
    public required string Title { get; set; }
    public required decimal Markup { get; set; }
    public required ContractClass[] Classes { get; init; }
    public required bool WhiteLabel { get; init; }

    /// <summary>On top of the retail price; null where every card-hour costs the same.</summary>
    public PricePlan? Plan { get; set; }
    public required OfferState State { get; set; }
    public int Revision { get; set; } = 1;
    public required DateTimeOffset CreatedAt { get; init; }
}

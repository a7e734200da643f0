using Marketplace.Market.Contracts;

namespace Marketplace.Web.Components.Features.Operators.Offers;

/// <summary>A listing that may be resold, with the markup its center allows; both limits null for the operator's own listing.</summary>
public sealed record OfferSource(ListingView Listing, string Place, decimal? MinMarkup, decimal? MaxMarkup);

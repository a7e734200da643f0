namespace Marketplace.Web.Components.Features.Centers.Listings;

/// <summary>Texts of this folder.</summary>
public sealed class ListingsText;

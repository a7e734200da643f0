namespace Marketplace.Web.Components.Features.Operators.Offers;

/// <summary>Texts of this folder.</summary>
public sealed class OffersText;

namespace Marketplace.Web.Components.Features.Customers.Credits;

/// <summary>Texts of this folder.</summary>
public sealed class PromoText;

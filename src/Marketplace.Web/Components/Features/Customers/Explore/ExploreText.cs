namespace Marketplace.Web.Components.Features.Customers.Explore;

/// <summary>Texts of this folder.</summary>
public sealed class ExploreText;

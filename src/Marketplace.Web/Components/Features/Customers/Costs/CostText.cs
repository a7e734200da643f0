namespace Marketplace.Web.Components.Features.Customers.Costs;

/// <summary>Texts of this folder.</summary>
public sealed class CostText;

namespace Marketplace.Web.Components.Features.Prices;

/// <summary>Texts of this folder.</summary>
public sealed class PlanText;

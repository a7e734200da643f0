namespace Marketplace.Web.Components.Features.Centers.Fleet;

/// <summary>Texts of this folder.</summary>
public sealed class FleetText;

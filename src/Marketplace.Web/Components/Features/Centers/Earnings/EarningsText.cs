namespace Marketplace.Web.Components.Features.Centers.Earnings;

/// <summary>Texts of this folder.</summary>
public sealed class EarningsText;

namespace Marketplace.Web.Components.Features.Operators.Revenue;

/// <summary>Texts of this folder.</summary>
public sealed class RevenueText;

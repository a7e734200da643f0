namespace Marketplace.Web.Components.Features.Operators.Bundles;

/// <summary>Texts of this folder.</summary>
public sealed class BundlesText;

namespace Marketplace.Web.Components.Features.Operators.Sources;

/// <summary>Texts of this folder.</summary>
public sealed class SourcesText;

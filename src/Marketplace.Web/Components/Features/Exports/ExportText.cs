namespace Marketplace.Web.Components.Features.Exports;

/// <summary>Texts of this folder.</summary>
public sealed class ExportText;

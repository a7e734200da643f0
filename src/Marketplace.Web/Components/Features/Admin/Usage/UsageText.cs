namespace Marketplace.Web.Components.Features.Admin.Usage;

/// <summary>Texts of this folder.</summary>
public sealed class UsageText;

namespace Marketplace.Web.Components.Features.Costs;

/// <summary>Texts of this folder.</summary>
public sealed class GroupText;

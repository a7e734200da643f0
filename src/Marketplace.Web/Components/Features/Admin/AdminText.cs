namespace Marketplace.Web.Components.Features.Admin;

/// <summary>Texts of this folder.</summary>
public sealed class AdminText;

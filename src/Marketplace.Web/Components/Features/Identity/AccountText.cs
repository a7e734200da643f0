namespace Marketplace.Web.Components.Features.Identity;

/// <summary>Names the resources of identity's pages.</summary>
public sealed class AccountText;

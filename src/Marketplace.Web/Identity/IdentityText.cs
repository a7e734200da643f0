namespace Marketplace.Web.Identity;

/// <summary>Texts of identity's pages and messages: IdentityText.resx and IdentityText.zh-Hans.resx.</summary>
public sealed class IdentityText;

namespace Marketplace.Web.Components.Features.Admin.Credits;

/// <summary>Texts of vouchers and service credits.</summary>
public sealed class CreditText;

namespace Marketplace.Web.Components.Features.Customers.Configure;

/// <summary>Texts of this folder.</summary>
public sealed class ConfigureText;

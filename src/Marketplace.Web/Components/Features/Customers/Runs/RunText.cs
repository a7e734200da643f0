namespace Marketplace.Web.Components.Features.Customers.Runs;

/// <summary>Texts of this folder.</summary>
public sealed class RunText;

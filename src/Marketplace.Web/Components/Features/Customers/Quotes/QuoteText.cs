namespace Marketplace.Web.Components.Features.Customers.Quotes;

/// <summary>Texts of this folder.</summary>
public sealed class QuoteText;

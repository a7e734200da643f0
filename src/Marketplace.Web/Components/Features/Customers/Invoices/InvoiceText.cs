namespace Marketplace.Web.Components.Features.Customers.Invoices;

/// <summary>Texts of this folder.</summary>
public sealed class InvoiceText;

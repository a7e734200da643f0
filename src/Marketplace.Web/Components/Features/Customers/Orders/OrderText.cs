namespace Marketplace.Web.Components.Features.Customers.Orders;

/// <summary>Texts of this folder.</summary>
public sealed class OrderText;

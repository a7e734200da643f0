namespace Marketplace.Web.Components.Features.Operators.Orders;

/// <summary>Texts of this folder.</summary>
public sealed class OperatorOrdersText;

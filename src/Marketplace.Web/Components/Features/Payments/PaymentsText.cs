namespace Marketplace.Web.Components.Features.Payments;

/// <summary>Texts of this folder.</summary>
public sealed class PaymentsText;

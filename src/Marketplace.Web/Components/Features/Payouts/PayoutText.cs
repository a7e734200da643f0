namespace Marketplace.Web.Components.Features.Payouts;

/// <summary>Texts of payouts, for parties and the desk.</summary>
public sealed class PayoutText;

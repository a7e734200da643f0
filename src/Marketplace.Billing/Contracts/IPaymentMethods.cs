using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <param name="Brand">Such as <c>visa</c>.</param>
/// <param name="Last4">The last four digits; the rest never comes here.</param>
public sealed record PaymentMethodView(string Id, string Brand, string Last4, int ExpiryMonth, int ExpiryYear, bool IsDefault);

/// <param name="ClientSecret">For the provider's form in the browser, which sends the card to the provider alone.</param>
public sealed record MethodSetup(string Reference, string ClientSecret);

/// <summary>
/// The acting party's saved methods. They live at the provider; every call here is about the acting party's own. Without a provider of cards every
/// call answers <c>no-cards</c>.
/// </summary>
public interface IPaymentMethods
{
    Task<Outcome<IReadOnlyList<PaymentMethodView>>> ListAsync(CancellationToken ct);

    /// <summary>Begins saving a method; the browser finishes it with the provider.</summary>
    Task<Outcome<MethodSetup>> BeginAsync(CancellationToken ct);

    /// <summary>Saves one of the provider's test cards, such as <c>pm_card_visa</c>; in test mode only.</summary>
    Task<Outcome<Uri?>> AddTestCardAsync(string token, CancellationToken ct);
    Task<Outcome<Done>> MakeDefaultAsync(string methodId, CancellationToken ct);
    Task<Outcome<Done>> RemoveAsync(string methodId, CancellationToken ct);
}

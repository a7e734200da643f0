using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>Who is billed, as the organisation's own people say. Printed on invoices issued from then on.</summary>
/// <param name="RegisteredName">1 to 200 characters.</param>
/// <param name="TaxId">At most 60 characters; may be empty, as the next ones.</param>
/// <param name="Address">At most 500 characters, lines separated by a line feed.</param>
/// <param name="Email">Where invoices are announced besides the organisation's finance people.</param>
/// <param name="Locale"><c>en</c> or <c>zh-Hans</c>: the language of invoices.</param>
public sealed record BillingProfile(string RegisteredName, string TaxId, string Address, string Email, string Locale);

public interface IBillingProfiles
{
    /// <summary>A party's profile for that party, the network desk and the system; null when it has given none.</summary>
    Task<BillingProfile?> FindAsync(string partyId, CancellationToken ct);

    /// <summary>Sets the acting party's profile.</summary>
    Task<Outcome<BillingProfile>> SaveAsync(BillingProfile profile, CancellationToken ct);
}

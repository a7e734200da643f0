using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>What a provider still wants to know about whom it pays; its own list is longer and changes.</summary>
public enum AccountRequirement
{
    BankAccount,
    Terms,

    /// <summary>The person who acts for the organisation: name, birth date, address.</summary>
    Person,
    IdentityDocument,
    Company,

    /// <summary>What the organisation does, and its web site.</summary>
    Business,
    TaxNumber,

    /// <summary>Something else, which the provider's form names.</summary>
    Other,
}

/// <summary>A party's account at the payment provider.</summary>
/// <param name="IsReady">Payouts can go there.</param>
/// <param name="IsSubmitted">The form was filled in; the provider may still be checking.</param>
/// <param name="Requires">What the provider waits for.</param>
/// <param name="IsUsed">The party's payouts in the asked currency go there.</param>
public sealed record PayoutAccountView(
    string Reference,
    bool IsReady,
    bool IsSubmitted,
    bool ChargesEnabled,
    bool PayoutsEnabled,
    IReadOnlyList<AccountRequirement> Requires,
    string? DisabledReason,
    bool IsUsed,
    DateTimeOffset UpdatedAt
);

/// <param name="Form">Where the owner goes on, good for a few minutes and one visit; null when there is nothing to fill in.</param>
public sealed record PayoutAccountStart(PayoutAccountView Account, Uri? Form);

/// <summary>Payouts to an account at the payment provider instead of a bank account. A party reads and starts its own only.</summary>
public interface IPayoutAccounts
{
    /// <summary>A provider is connected that pays to accounts of its own.</summary>
    bool IsOffered { get; }

    /// <summary>The acting party's account as last heard of; null when there is none.</summary>
    Task<PayoutAccountView?> ReadAsync(Currency currency, CancellationToken ct);

    /// <summary>The same after asking the provider, so that whoever comes back from its form need not wait for a webhook.</summary>
    Task<Outcome<PayoutAccountView>> RefreshAsync(Currency currency, CancellationToken ct);

    /// <summary>
    /// Opens the account, or goes on with it: owners only, in person. As soon as it can be paid, payouts in the currency go there, after the cooling-off
    /// time of any new destination. Calling again is safe. Without a provider it is <c>payments-not-connected</c> (409).
    /// </summary>
    /// <param name="country">ISO 3166-1 alpha-2, where the organisation is registered.</param>
    /// <param name="returnPath">The portal's page the form leads back to: <c>/center/payouts</c> or <c>/operator/payouts</c>.</param>
    Task<Outcome<PayoutAccountStart>> StartAsync(Currency currency, string country, string returnPath, CancellationToken ct);
}

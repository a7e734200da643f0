using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Billing.Contracts;

/// <summary>Where a payment stands. What follows what is a table of its own, and every other step fails.</summary>
public enum PaymentState
{
    /// <summary>Intended; the provider has not answered yet.</summary>
    Created,

    /// <summary>The provider is working on it.</summary>
    Processing,

    /// <summary>The customer must confirm it with the bank.</summary>
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
    PartiallyRefunded,
    Refunded,

    /// <summary>The cardholder disputes it; the provider has taken the money back for now.</summary>
    Disputed,

    /// <summary>The dispute was lost.</summary>
    ChargedBack,
}

/// <summary>What a payment is for.</summary>
public enum PaymentPurpose
{
    TopUp,
    Invoice,
}

public sealed record PaymentView(
    string Id,
    string PartyId,
    Money Amount,
    Money Fee,
    PaymentState State,
    string Provider,
    string? ProviderReference,
    string? Failure,
    DateTimeOffset CreatedAt
)
{
    public PaymentPurpose Purpose { get; init; }
    public string? InvoiceId { get; init; }

    /// <summary>Made by the system while nobody was there.</summary>
    public bool Automatic { get; init; }

    /// <summary>What the customer knows the method by, such as <c>visa •••• 4242</c>.</summary>
    public string? MethodLabel { get; init; }

    /// <summary>Where the customer confirms it, while it is <see cref="PaymentState.RequiresAction"/>.</summary>
    public Uri? ActionUrl { get; init; }

    /// <summary>What to write on the bank transfer, while it waits for one.</summary>
    public string? TransferReference { get; init; }

    /// <summary>Refunded, or on the way there.</summary>
    public Money Refunded { get; init; } = Money.Zero(Amount.Currency);

    /// <summary>What of <see cref="Refunded"/> is still on the way. Where a payment is listed or read; zero in other answers.</summary>
    public Money Refunding { get; init; } = Money.Zero(Amount.Currency);
}

/// <summary>What to pay: an amount of prepaid credit, or what is open of an invoice.</summary>
public sealed record PaymentOrder
{
    /// <summary>For prepaid credit; null with an invoice.</summary>
    public Money? Amount { get; init; }

    /// <summary>An invoice with something open; null for prepaid credit.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>One of the party's saved methods; null takes its default.</summary>
    public string? Method { get; init; }
}

/// <summary>How payments are taken here.</summary>
/// <param name="Provider">Its name, such as <c>local</c> or <c>stripe</c>.</param>
/// <param name="TakesCards">Whether methods are saved and charged; otherwise money comes by bank transfer.</param>
/// <param name="IsTest">No real money moves.</param>
/// <param name="PublishableKey">For the provider's form in the browser; null without one.</param>
public sealed record PaymentSetup(string Provider, bool TakesCards, bool IsTest, string? PublishableKey)
{
    /// <summary>A payment waits until its transfer has arrived; false books it at once.</summary>
    public bool AwaitsTransfer { get; init; }

    /// <summary>Where to transfer to; null when the settings name no account.</summary>
    public BankAccount? Account { get; init; }
}

/// <summary>Top-ups, payments of invoices, and their ledger postings.</summary>
public interface IPayments
{
    PaymentSetup Setup { get; }

    /// <summary>Adds prepaid credit. Idempotent: the same key and amount returns the same payment; another amount is <c>idempotency-key-reused</c>.</summary>
    Task<Outcome<PaymentView>> TopUpAsync(Money amount, string idempotencyKey, CancellationToken ct);

    /// <summary>
    /// Pays. Idempotent like <see cref="TopUpAsync"/>. A payment without an answer yet comes back as it stands and is finished in the background.
    /// </summary>
    /// <returns>
    /// <c>not-found</c> for another party's invoice; <c>nothing-open</c> when the invoice is paid; <c>invalid-request</c> with the field.
    /// </returns>
    Task<Outcome<PaymentView>> PayAsync(PaymentOrder order, string idempotencyKey, CancellationToken ct);

    /// <summary>One payment of the acting party, as the provider sees it now where it is still open.</summary>
    Task<PaymentView?> FindAsync(string paymentId, CancellationToken ct);

    /// <summary>Gives up a payment that waits for its customer; <c>payment-not-open</c> when it has ended.</summary>
    Task<Outcome<PaymentView>> CancelAsync(string paymentId, CancellationToken ct);

    /// <summary>Grants promotional credit; the network desk only.</summary>
    Task<Outcome<JournalView>> GrantAsync(string partyId, Money amount, string reason, string idempotencyKey, CancellationToken ct);
    Task<Page<PaymentView>> ListAsync(PageQuery query, CancellationToken ct);
}

using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Payments.Bank;

/// <summary>One statement of one account, whatever form it came in.</summary>
/// <param name="Account">IBAN or account number, letters large and without spaces.</param>
/// <param name="Number">The bank's id of it.</param>
internal sealed record BankStatement(
    string Account,
    string Number,
    Currency Currency,
    Money? Closing,
    DateOnly? ClosingOn,
    IReadOnlyList<BankMovement> Movements
);

/// <summary>Money that came into the account or left it.</summary>
/// <param name="Reference">The bank's id of it, the same on every statement that shows it.</param>
/// <param name="Amount">Above 0.</param>
/// <param name="Texts">What was written on it: remittance lines and the payer's or our own end-to-end id.</param>
internal sealed record BankMovement(
    string Reference,
    DateOnly BookedOn,
    Money Amount,
    bool Incoming,
    bool Reversal,
    string? Counterparty,
    string? CounterpartyAccount,
    IReadOnlyList<string> Texts
)
{
    public string Details => string.Join('\n', Texts);
}

/// <summary>How accounts are compared.</summary>
internal static class AccountNumbers
{
    public static string Compact(string? number) => string.Concat((number ?? "").Where(c => !char.IsWhiteSpace(c))).ToUpperInvariant();
}

/// <summary>What the readers of all forms share.</summary>
internal static class StatementFile
{
    // Far above any account, and far below what micro-units hold.
    private const decimal MaxUnits = 1_000_000_000_000m;

    /// <summary>An amount not below 0 in main units; null when it is not in whole coins of the currency, or beyond any account.</summary>
    public static Money? InCoins(decimal units, Currency currency) =>
        units < MaxUnits && Money.From(units, currency) is var amount && amount.RoundToExponent() == amount ? amount : null;

    public static Problem Unreadable(string what) =>
        Problem.Invalid(
            "/content",
            what,
            "Import the file as the bank gave it: camt.053 or camt.054, or CSV with the columns of the guide."
        );
}

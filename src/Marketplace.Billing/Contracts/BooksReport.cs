namespace Marketplace.Billing.Contracts;

/// <summary>Result of a full check of the books; <see cref="Breaks"/> is empty when they are right.</summary>
public sealed record BooksReport(
    DateTimeOffset At,
    long Journals,
    long Legs,
    IReadOnlyDictionary<string, long> DebitMicrosByCurrency,
    IReadOnlyDictionary<string, long> CreditMicrosByCurrency,
    IReadOnlyList<string> Breaks
)
{
    public bool Balanced => Breaks.Count == 0;

    /// <summary>Debits and credits by currency and class; empty in a report that was made before there was one.</summary>
    public IReadOnlyList<TrialBalanceLine> TrialBalance { get; init; } = [];

    /// <summary>Each promise of the books, kept or broken; empty in a report that was made before they were told apart.</summary>
    public IReadOnlyList<InvariantCheck> Invariants { get; init; } = [];
}

/// <summary>The accounts of one class in one currency, in micro-units: what their legs say, and what is stored about them.</summary>
public sealed record TrialBalanceLine(
    string Currency,
    string Class,
    long Accounts,
    long LegDebitMicros,
    long LegCreditMicros,
    long StoredDebitMicros,
    long StoredCreditMicros
)
{
    public bool Agrees => LegDebitMicros == StoredDebitMicros && LegCreditMicros == StoredCreditMicros;
}

/// <param name="Invariant">One of <see cref="Invariants"/>.</param>
/// <param name="Checked">How many of its things there are: currencies, journals, accounts, keys.</param>
/// <param name="Broken">How many breaks were found.</param>
public sealed record InvariantCheck(string Invariant, long Checked, long Broken)
{
    public bool Holds => Broken == 0;
}

/// <summary>What must be true of the books at every moment.</summary>
public static class Invariants
{
    public const string DebitsEqualCredits = "debits-equal-credits";
    public const string JournalsComplete = "journals-complete";
    public const string BalancesEqualLegs = "balances-equal-legs";
    public const string FloorsKept = "floors-kept";
    public const string KeysOnce = "keys-once";

    /// <summary>Usage, charges and the ledger agree.</summary>
    public const string ChargesAgree = "charges-agree";

    /// <summary>Invoices, charges and the ledger agree.</summary>
    public const string InvoicesAgree = "invoices-agree";

    /// <summary>Payouts and the ledger agree.</summary>
    public const string PayoutsAgree = "payouts-agree";

    /// <summary>Grants, vouchers, service credits and the ledger agree.</summary>
    public const string CreditsAgree = "credits-agree";

    /// <summary>In the order they are shown.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        DebitsEqualCredits,
        JournalsComplete,
        BalancesEqualLegs,
        FloorsKept,
        KeysOnce,
        ChargesAgree,
        InvoicesAgree,
        PayoutsAgree,
        CreditsAgree,
    ];
}

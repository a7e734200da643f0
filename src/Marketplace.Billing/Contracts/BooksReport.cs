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

    /// <summary>The three sides of each month; empty in a report that was made before they were compared.</summary>
    public IReadOnlyList<PeriodReconciliation> Periods { get; init; } = [];

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

/// <summary>Before tax and tax, in micro-units.</summary>
public sealed record NetAndTax(long NetMicros, long TaxMicros);

/// <summary>
/// One month and currency (UTC, by when it was booked): what customers are charged, from usage, invoices and credit notes, and what the legs
/// gave to each side, in micro-units. Payments and payouts are on neither.
/// </summary>
/// <param name="Credited">Of credit notes; negative.</param>
/// <param name="DocumentRoundingMicros">Of the invoices issued in it, less that of its credit notes.</param>
/// <param name="Other">Booked to centers, operators, network or tax without usage or credit note: service credits, reservations.</param>
public sealed record PeriodReconciliation(
    DateOnly Period,
    string Currency,
    NetAndTax Invoiced,
    NetAndTax Uninvoiced,
    NetAndTax Credited,
    long DocumentRoundingMicros,
    NetAndTax Other,
    long OtherRoundingMicros,
    long CenterMicros,
    long OperatorMicros,
    long CommissionMicros,
    long TaxMicros,
    long RoundingMicros
)
{
    /// <summary>Customers' side, in micro-units.</summary>
    public long ChargedMicros =>
        checked(
            Invoiced.NetMicros
            + Invoiced.TaxMicros
            + Uninvoiced.NetMicros
            + Uninvoiced.TaxMicros
            + Credited.NetMicros
            + Credited.TaxMicros
            + Other.NetMicros
            + Other.TaxMicros
            + DocumentRoundingMicros
            + OtherRoundingMicros
        );

    /// <summary>The other side, in micro-units.</summary>
    public long EarnedMicros => checked(CenterMicros + OperatorMicros + CommissionMicros + TaxMicros + RoundingMicros);
    public long DifferenceMicros => checked(ChargedMicros - EarnedMicros);
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

    /// <summary>What customers are charged is what centers, operators, network and tax got, each month.</summary>
    public const string StatementsAgree = "statements-agree";

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
        StatementsAgree,
        PayoutsAgree,
        CreditsAgree,
    ];
}

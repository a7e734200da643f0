using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

/// <summary>One account of the chart: its kind, whose it is, and the currency. Made in the database when first posted to.</summary>
/// <param name="Kind">A kind of <see cref="Chart"/>.</param>
/// <param name="Qualifier">The party, the tax jurisdiction, or empty for the network's own accounts.</param>
internal readonly record struct AccountRef(string Kind, string Qualifier, string Currency)
{
    public string Code => Qualifier.Length == 0 ? Kind : $"{Kind}:{Qualifier}";

    /// <summary>Reads an account's id: code, tilde, currency. null for any other text.</summary>
    public static AccountRef? TryParse(string id)
    {
        int tilde = id.LastIndexOf('~');
        if (tilde < 0)
            return null;
        string[] code = id[..tilde].Split(':', 2);
        return new AccountRef(code[0], code.Length > 1 ? code[1] : "", id[(tilde + 1)..]);
    }
}

/// <summary>The chart of accounts. The table <c>billing.account_kind</c> holds the same kinds; a test compares them.</summary>
internal static class Chart
{
    public const string PspKind = "psp";
    public const string UnbilledKind = "unbilled";
    public const string ReceivableKind = "receivable";
    public const string AvailableKind = "customer.available";
    public const string PromoKind = "customer.promo";
    public const string HeldKind = "customer.held";
    public const string CenterPendingKind = "center.pending";
    public const string CenterPayableKind = "center.payable";
    public const string OperatorPendingKind = "operator.pending";
    public const string OperatorPayableKind = "operator.payable";
    public const string TaxKind = "tax";
    public const string CommissionKind = "commission";
    public const string PspFeeKind = "psp_fee";
    public const string PromoExpenseKind = "promo";
    public const string RoundingKind = "rounding";
    public const string BankKind = "bank";
    public const string DisputeReceivableKind = "dispute_recv";
    public const string ClawbackKind = "clawback";
    public const string FrozenKind = "customer.frozen";
    public const string DeferredKind = "deferred";
    public const string RefundTransitKind = "refund_transit";
    public const string TransferTransitKind = "transfer_transit";
    public const string UnclaimedKind = "unclaimed";
    public const string BreakageKind = "breakage";
    public const string SlaKind = "sla";
    public const string ChargebackLossKind = "cb_loss";
    public const string BadDebtKind = "bad_debt";
    public const string AdvanceKind = "advance";

    /// <summary>Kinds that belong to a party.</summary>
    public static IReadOnlySet<string> OfParties { get; } =
        new HashSet<string>(StringComparer.Ordinal)
        {
            UnbilledKind,
            ReceivableKind,
            AvailableKind,
            PromoKind,
            HeldKind,
            CenterPendingKind,
            CenterPayableKind,
            OperatorPendingKind,
            OperatorPayableKind,
            FrozenKind,
            ClawbackKind,
            AdvanceKind,
        };

    public static IReadOnlySet<string> All { get; } =
        new HashSet<string>(OfParties, StringComparer.Ordinal)
        {
            PspKind,
            TaxKind,
            CommissionKind,
            PspFeeKind,
            PromoExpenseKind,
            RoundingKind,
            BankKind,
            DisputeReceivableKind,
            DeferredKind,
            RefundTransitKind,
            TransferTransitKind,
            UnclaimedKind,
            BreakageKind,
            SlaKind,
            ChargebackLossKind,
            BadDebtKind,
        };

    /// <summary>The accounts that make up a party's position in one role. A debt counts against it.</summary>
    public static IReadOnlyList<string> OfRole(string role) =>
        role switch
        {
            "customer" => [AvailableKind, PromoKind, HeldKind, FrozenKind, UnbilledKind, ReceivableKind, ClawbackKind, AdvanceKind],
            "center" => [CenterPendingKind, CenterPayableKind],
            "operator" => [OperatorPendingKind, OperatorPayableKind],
            _ => [],
        };

    /// <summary>Assets and expenses grow on the debit side, the others on the credit side.</summary>
    public static bool IsDebitClass(string accountClass) => accountClass is "asset" or "expense";

    /// <summary>Positive on the side the class grows on, in micro-units.</summary>
    public static long Balance(string accountClass, long debits, long credits) =>
        checked(IsDebitClass(accountClass) ? debits - credits : credits - debits);

    public static AccountRef Psp(Currency currency) => new(PspKind, "", currency.Code);

    public static AccountRef PspFee(Currency currency) => new(PspFeeKind, "", currency.Code);

    public static AccountRef PromoExpense(Currency currency) => new(PromoExpenseKind, "", currency.Code);

    public static AccountRef Rounding(Currency currency) => new(RoundingKind, "", currency.Code);

    public static AccountRef Commission(Currency currency) => new(CommissionKind, "", currency.Code);

    public static AccountRef Tax(string jurisdiction, Currency currency) => new(TaxKind, jurisdiction, currency.Code);

    public static AccountRef Available(string customerId, Currency currency) => new(AvailableKind, customerId, currency.Code);

    public static AccountRef Promo(string customerId, Currency currency) => new(PromoKind, customerId, currency.Code);

    public static AccountRef Held(string customerId, Currency currency) => new(HeldKind, customerId, currency.Code);

    public static AccountRef Unbilled(string customerId, Currency currency) => new(UnbilledKind, customerId, currency.Code);

    public static AccountRef Receivable(string customerId, Currency currency) => new(ReceivableKind, customerId, currency.Code);

    public static AccountRef CenterPending(string centerId, Currency currency) => new(CenterPendingKind, centerId, currency.Code);

    public static AccountRef CenterPayable(string centerId, Currency currency) => new(CenterPayableKind, centerId, currency.Code);

    public static AccountRef OperatorPending(string operatorId, Currency currency) => new(OperatorPendingKind, operatorId, currency.Code);

    public static AccountRef OperatorPayable(string operatorId, Currency currency) => new(OperatorPayableKind, operatorId, currency.Code);

    public static AccountRef Bank(Currency currency) => new(BankKind, "", currency.Code);

    public static AccountRef DisputeReceivable(Currency currency) => new(DisputeReceivableKind, "", currency.Code);

    public static AccountRef Clawback(string customerId, Currency currency) => new(ClawbackKind, customerId, currency.Code);

    public static AccountRef Frozen(string customerId, Currency currency) => new(FrozenKind, customerId, currency.Code);

    public static AccountRef Deferred(string reservationId, Currency currency) => new(DeferredKind, reservationId, currency.Code);

    public static AccountRef RefundTransit(Currency currency) => new(RefundTransitKind, "", currency.Code);

    public static AccountRef TransferTransit(Currency currency) => new(TransferTransitKind, "", currency.Code);

    public static AccountRef Unclaimed(Currency currency) => new(UnclaimedKind, "", currency.Code);

    public static AccountRef Breakage(Currency currency) => new(BreakageKind, "", currency.Code);

    public static AccountRef Sla(Currency currency) => new(SlaKind, "", currency.Code);

    public static AccountRef ChargebackLoss(Currency currency) => new(ChargebackLossKind, "", currency.Code);

    public static AccountRef Advance(string customerId, Currency currency) => new(AdvanceKind, customerId, currency.Code);

    public static AccountRef BadDebt(Currency currency) => new(BadDebtKind, "", currency.Code);
}

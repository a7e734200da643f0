using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

// What is given without payment: vouchers, service credits, corrections of what was charged, and debts given up.
internal static partial class Postings
{
    /// <summary>A voucher is redeemed; each once per customer.</summary>
    public static JournalDraft Voucher(string voucherId, string customerId, Money amount, DateTimeOffset at) =>
        new(
            "voucher",
            "voucher",
            $"{voucherId}/{customerId}",
            at,
            voucherId,
            "Voucher redeemed",
            [new(Chart.PromoExpense(amount.Currency), Chart.Promo(customerId, amount.Currency), amount.Micros)]
        );

    /// <summary>Promotional credit ends unused: it was never an expense.</summary>
    public static JournalDraft PromoExpired(string customerId, Money amount, string key, DateTimeOffset at) =>
        new(
            "promo-expired",
            "grant",
            key,
            at,
            customerId,
            "Promotional credit expired",
            [new(Chart.Promo(customerId, amount.Currency), Chart.PromoExpense(amount.Currency), amount.Micros)]
        );

    /// <summary>
    /// A service credit that those pay who earned: center, operator, network and tax in the proportions of what was charged, by largest
    /// remainder.
    /// </summary>
    /// <param name="charged">What the contract was charged in the period the credit is for.</param>
    /// <param name="credit">Tax included; at most what was charged.</param>
    public static JournalDraft ServiceCredit(
        ChargeParties parties,
        Share charged,
        Money credit,
        string reason,
        string key,
        DateTimeOffset at
    )
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(credit.Micros, checked(charged.Net + charged.Tax), nameof(credit));
        // A loss leader's operator earned nothing, so it gives nothing back either.
        long[] parts = Split.ByLargestRemainder(
            credit.Micros,
            [charged.Center, Math.Max(0, charged.Operator), charged.Commission, charged.Tax]
        );
        Currency currency = credit.Currency;
        return new JournalDraft(
            "service-credit",
            "sla",
            key,
            at,
            parties.ContractId,
            reason,
            Movements.ToLegs([
                new Movement(Chart.CenterPending(parties.CenterId, currency), -parts[0]),
                new Movement(Chart.OperatorPending(parties.OperatorId, currency), -parts[1]),
                new Movement(Chart.Commission(currency), -parts[2]),
                new Movement(Chart.Tax(parties.TaxJurisdiction, currency), -parts[3]),
                new Movement(Chart.Promo(parties.CustomerId, currency), credit.Micros),
            ])
        );
    }

    /// <summary>A service credit the network pays, as when the fault was its own.</summary>
    public static JournalDraft ServiceCreditByNetwork(
        string contractId,
        string customerId,
        Money credit,
        string reason,
        string key,
        DateTimeOffset at
    ) =>
        new(
            "service-credit",
            "sla",
            key,
            at,
            contractId,
            reason,
            [new(Chart.Sla(credit.Currency), Chart.Promo(customerId, credit.Currency), credit.Micros)]
        );

    /// <summary>
    /// Takes back a part of what was charged and invoiced: from center, operator, network and tax; what is still open of the invoice
    /// becomes smaller, the rest is the customer's credit.
    /// </summary>
    /// <param name="back">What each gives back; amounts &gt; 0.</param>
    /// <param name="open">The part that is still to be paid, at most the whole.</param>
    public static JournalDraft CreditNote(
        string creditNoteId,
        ChargeParties parties,
        Share back,
        long open,
        string reason,
        string key,
        DateTimeOffset at
    )
    {
        Currency currency = parties.Currency;
        long whole = checked(back.Net + back.Tax);
        return new JournalDraft(
            "credit-note",
            "credit-note",
            key,
            at,
            creditNoteId,
            reason,
            Movements.ToLegs([
                new Movement(Chart.CenterPending(parties.CenterId, currency), -back.Center),
                new Movement(Chart.OperatorPending(parties.OperatorId, currency), -back.Operator),
                new Movement(Chart.Commission(currency), -back.Commission),
                new Movement(Chart.Tax(parties.TaxJurisdiction, currency), -back.Tax),
                new Movement(Chart.Receivable(parties.CustomerId, currency), open),
                new Movement(Chart.Available(parties.CustomerId, currency), checked(whole - open)),
            ])
        );
    }

    /// <summary>An invoice is paid from outside, without the detour over credit. The network bears the provider's fee.</summary>
    public static JournalDraft InvoicePaid(
        string paymentId,
        string invoiceId,
        string customerId,
        Money amount,
        Money fee,
        DateTimeOffset at
    ) =>
        new(
            "invoice-paid",
            "payment",
            paymentId,
            at,
            invoiceId,
            "Invoice paid",
            Legs(
                new LegDraft(Chart.Psp(amount.Currency), Chart.Receivable(customerId, amount.Currency), amount.Micros),
                new LegDraft(Chart.PspFee(fee.Currency), Chart.Psp(fee.Currency), fee.Micros)
            )
        );

    /// <summary>What is open of an invoice will not be paid: the network's loss.</summary>
    public static JournalDraft WrittenOff(string invoiceId, string customerId, Money amount, string reason, DateTimeOffset at) =>
        new(
            "written-off",
            "invoice",
            invoiceId + "/written-off",
            at,
            invoiceId,
            reason,
            [new(Chart.BadDebt(amount.Currency), Chart.Receivable(customerId, amount.Currency), amount.Micros)]
        );
}

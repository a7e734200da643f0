using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

// What is given without payment: vouchers, service credits, corrections of what was charged, and debts given up.
internal static partial class Postings
{
    /// <summary>A voucher is redeemed.</summary>
    /// <param name="redemptionId">One per redemption: a campaign may let a customer redeem several.</param>
    public static JournalDraft Voucher(string redemptionId, string customerId, Money amount, DateTimeOffset at) =>
        new(
            "voucher",
            "voucher",
            $"{redemptionId}/{customerId}",
            at,
            redemptionId,
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
        ServiceCreditParts parts = ServiceCreditParts.Of(charged, credit);
        Currency currency = credit.Currency;
        return new JournalDraft(
            "service-credit",
            "sla",
            key,
            at,
            parties.ContractId,
            reason,
            Movements.ToLegs([
                new Movement(Chart.CenterPending(parties.CenterId, currency), -parts.Center),
                new Movement(Chart.OperatorPending(parties.OperatorId, currency), -parts.Operator),
                new Movement(Chart.Commission(currency), -parts.Network),
                new Movement(Chart.Tax(parties.TaxJurisdiction, currency), -parts.Tax),
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
    /// Takes back a part of what one contract was charged and invoiced: from center, operator, network and tax; what is still open of the
    /// invoice becomes smaller, the rest is the customer's credit.
    /// </summary>
    /// <param name="back">What each gives back; together &gt; 0.</param>
    /// <param name="open">The part that is still to be paid, at most the whole.</param>
    /// <param name="line">The credit note's line, which makes the key.</param>
    public static JournalDraft CreditNote(
        string creditNoteId,
        int line,
        ChargeParties parties,
        Share back,
        long open,
        string reason,
        DateTimeOffset at
    )
    {
        Currency currency = parties.Currency;
        long whole = checked(back.Net + back.Tax);
        return new JournalDraft(
            "credit-note",
            "credit-note",
            FormattableString.Invariant($"{creditNoteId}/{line}"),
            at,
            parties.ContractId,
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

    /// <summary>
    /// Brings a credit note to the currency's minor unit, as its invoice was. null when nothing is rounded.
    /// </summary>
    /// <param name="open">What this takes off the open part of the invoice.</param>
    /// <param name="credit">What this adds to the customer's credit; may be negative.</param>
    public static JournalDraft? CreditNoteRounding(string creditNoteId, string customerId, Money open, Money credit, DateTimeOffset at)
    {
        Currency currency = open.Currency;
        IReadOnlyList<LegDraft> legs = Movements.ToLegs([
            new Movement(Chart.Rounding(currency), -checked(open.Micros + credit.Micros)),
            new Movement(Chart.Receivable(customerId, currency), open.Micros),
            new Movement(Chart.Available(customerId, currency), credit.Micros),
        ]);
        return legs.Count == 0
            ? null
            : new JournalDraft("credit-note", "credit-note", creditNoteId + "/rounding", at, creditNoteId, "Rounding", legs);
    }

    /// <summary>An invoice is paid from outside, without the detour over credit. The network bears the provider's fee.</summary>
    /// <param name="paidInto">As with <see cref="TopUp"/>.</param>
    /// <param name="rest">The part of the amount that was no longer open when it arrived: it becomes credit.</param>
    public static JournalDraft InvoicePaid(
        string paymentId,
        string invoiceId,
        string customerId,
        AccountRef paidInto,
        Money amount,
        Money rest,
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
                new LegDraft(paidInto, Chart.Receivable(customerId, amount.Currency), (amount - rest).Micros),
                new LegDraft(paidInto, Chart.Available(customerId, amount.Currency), rest.Micros),
                new LegDraft(Chart.PspFee(fee.Currency), paidInto, fee.Micros)
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

/// <summary>Who gives what of a service credit, in micro-units; each ≥ 0, the credit in all.</summary>
internal readonly record struct ServiceCreditParts(long Center, long Operator, long Network, long Tax)
{
    /// <summary>In the proportions of the charge, by largest remainder.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than was charged.</exception>
    public static ServiceCreditParts Of(Share charged, Money credit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(credit.Micros, checked(charged.Net + charged.Tax), nameof(credit));
        // A loss leader's operator earned nothing, so it gives nothing back either.
        long[] parts = Split.ByLargestRemainder(
            credit.Micros,
            [charged.Center, Math.Max(0, charged.Operator), charged.Commission, charged.Tax]
        );
        return new ServiceCreditParts(parts[0], parts[1], parts[2], parts[3]);
    }
}

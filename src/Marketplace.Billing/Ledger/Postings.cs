using Marketplace.Platform.Monetary;

namespace Marketplace.Billing.Ledger;

/// <summary>
/// The posting rules: each event of the marketplace as a journal, from values alone. The shell posts them; nothing else makes journals.
/// </summary>
internal static partial class Postings
{
    /// <summary>Money came in, and a fee was kept of it: the customer gets the whole amount, the network bears the fee.</summary>
    /// <param name="paidInto"><see cref="Chart.Psp"/> when a provider keeps it for us, <see cref="Chart.Bank"/> when it came by bank transfer.</param>
    public static JournalDraft TopUp(
        string paymentId,
        string customerId,
        AccountRef paidInto,
        Money amount,
        Money fee,
        DateTimeOffset at
    ) =>
        new(
            "top-up",
            "payment",
            paymentId,
            at,
            paymentId,
            "Prepaid credit",
            Legs(
                new LegDraft(paidInto, Chart.Available(customerId, amount.Currency), amount.Micros),
                new LegDraft(Chart.PspFee(fee.Currency), paidInto, fee.Micros)
            )
        );

    public static JournalDraft Grant(string customerId, Money amount, string reason, string key, DateTimeOffset at) =>
        new(
            "grant",
            "grant",
            key,
            at,
            null,
            reason,
            [new(Chart.PromoExpense(amount.Currency), Chart.Promo(customerId, amount.Currency), amount.Micros)]
        );

    /// <summary>Sets money aside for an order; the hold remembers how much of it was promotional.</summary>
    /// <param name="key">The reference for the first, another key for each growth.</param>
    public static JournalDraft Hold(string reference, string customerId, Money promo, Money available, string key, DateTimeOffset at)
    {
        AccountRef held = Chart.Held(customerId, promo.Currency);
        return new JournalDraft(
            "hold",
            "hold",
            key,
            at,
            reference,
            "Set aside",
            Legs(
                new LegDraft(Chart.Promo(customerId, promo.Currency), held, promo.Micros, reference),
                new LegDraft(Chart.Available(customerId, promo.Currency), held, available.Micros, reference)
            )
        );
    }

    /// <summary>Returns what a hold still has, each part to where it came from.</summary>
    public static JournalDraft Release(string reference, string customerId, Money promo, Money available, DateTimeOffset at)
    {
        AccountRef held = Chart.Held(customerId, promo.Currency);
        return new JournalDraft(
            "release",
            "hold",
            reference + "/release",
            at,
            reference,
            "Returned",
            Legs(
                new LegDraft(held, Chart.Promo(customerId, promo.Currency), promo.Micros, reference),
                new LegDraft(held, Chart.Available(customerId, promo.Currency), available.Micros, reference)
            )
        );
    }

    /// <summary>
    /// A three-way charge. The customer's side is what the hold covers and what it does not; the other side is the split. A part may be
    /// negative (a loss leader's operator, or a micro-unit given back by the rounding of a later window): then it pays instead of taking.
    /// </summary>
    /// <param name="uncovered">Owed by the customer: goes to unbilled, see ADR 0020.</param>
    public static JournalDraft Charge(ChargeParties parties, Share share, long uncovered, string key, DateTimeOffset at)
    {
        long covered = checked(share.Net + share.Tax - uncovered);
        return new JournalDraft(
            "charge",
            "usage",
            key,
            at,
            parties.ContractId,
            "Usage",
            Movements.ToLegs([
                new Movement(Chart.Held(parties.CustomerId, parties.Currency), -covered, covered == 0 ? null : parties.HoldReference),
                new Movement(Chart.Unbilled(parties.CustomerId, parties.Currency), -uncovered),
                new Movement(Chart.CenterPending(parties.CenterId, parties.Currency), share.Center),
                new Movement(Chart.OperatorPending(parties.OperatorId, parties.Currency), share.Operator),
                new Movement(Chart.Commission(parties.Currency), share.Commission),
                new Movement(Chart.Tax(parties.TaxJurisdiction, parties.Currency), share.Tax),
            ])
        );
    }

    /// <summary>Earnings of a contract that have passed the dispute window become payable.</summary>
    public static JournalDraft Due(
        string contractId,
        string centerId,
        string operatorId,
        Money center,
        Money @operator,
        string key,
        DateTimeOffset at
    ) =>
        new(
            "due",
            "due",
            key,
            at,
            contractId,
            "Past the dispute window",
            Movements.ToLegs([
                new Movement(Chart.CenterPending(centerId, center.Currency), -center.Micros),
                new Movement(Chart.CenterPayable(centerId, center.Currency), center.Micros),
                new Movement(Chart.OperatorPending(operatorId, @operator.Currency), -@operator.Micros),
                new Movement(Chart.OperatorPayable(operatorId, @operator.Currency), @operator.Micros),
            ])
        );

    /// <summary>
    /// An invoice turns what was charged without cover into a receivable and rounds the total to the currency's exponent with a leg of
    /// its own. null when everything was prepaid and nothing is rounded. A negative balance goes back to the customer at once.
    /// </summary>
    /// <param name="advanced">Lent on the credit line for what the invoice bills; it is asked for with it.</param>
    public static JournalDraft? Invoice(
        string invoiceId,
        string customerId,
        Money uncovered,
        Money advanced,
        Money rounding,
        DateTimeOffset at
    )
    {
        Currency currency = uncovered.Currency;
        long due = checked(uncovered.Micros + advanced.Micros + rounding.Micros);
        List<Movement> movements =
        [
            new(Chart.Unbilled(customerId, currency), uncovered.Micros),
            new(Chart.Advance(customerId, currency), advanced.Micros),
            new(Chart.Rounding(currency), rounding.Micros),
            due >= 0 ? new(Chart.Receivable(customerId, currency), -due) : new(Chart.Available(customerId, currency), -due),
        ];
        IReadOnlyList<LegDraft> legs = Movements.ToLegs(movements);
        return legs.Count == 0 ? null : new JournalDraft("invoice", "invoice", invoiceId, at, invoiceId, "Invoiced", legs);
    }

    /// <summary>Pays an open invoice from the customer's credit.</summary>
    /// <param name="already">Collected before, which makes the key.</param>
    public static JournalDraft Collect(string invoiceId, string customerId, Money amount, long already, DateTimeOffset at) =>
        new(
            "collect",
            "collect",
            $"{invoiceId}/{already}",
            at,
            invoiceId,
            "Paid from credit",
            [new(Chart.Available(customerId, amount.Currency), Chart.Receivable(customerId, amount.Currency), amount.Micros)]
        );

    private static List<LegDraft> Legs(params ReadOnlySpan<LegDraft> legs)
    {
        var kept = new List<LegDraft>(legs.Length);
        foreach (LegDraft leg in legs)
        {
            if (leg.Micros != 0)
                kept.Add(leg);
        }
        return kept;
    }
}

/// <summary>Who is on which side of a charge.</summary>
internal sealed record ChargeParties(
    string ContractId,
    string CustomerId,
    string OperatorId,
    string CenterId,
    Currency Currency,
    string TaxJurisdiction,
    string HoldReference
);

/// <summary>What a charge is made of, in micro-units; <c>Net = Center + Operator + Commission</c>.</summary>
internal readonly record struct Share(long Net, long Tax, long Center, long Operator, long Commission)
{
    public static Share operator +(Share a, Share b) =>
        checked(new(a.Net + b.Net, a.Tax + b.Tax, a.Center + b.Center, a.Operator + b.Operator, a.Commission + b.Commission));

    public static Share operator -(Share a, Share b) =>
        checked(new(a.Net - b.Net, a.Tax - b.Tax, a.Center - b.Center, a.Operator - b.Operator, a.Commission - b.Commission));

    public bool IsZero => this == default;
}

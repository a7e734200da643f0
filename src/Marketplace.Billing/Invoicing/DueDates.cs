namespace Marketplace.Billing.Invoicing;

/// <summary>When an invoice is to be paid: its issue plus the payment terms, an exact span in UTC, so months and clocks do not matter.</summary>
internal static class DueDates
{
    public static DateTimeOffset Of(DateTimeOffset issuedAt, TimeSpan terms) => issuedAt + terms;

    /// <summary>Invoices issued by then are due now: <see cref="Of"/>, turned round for a query.</summary>
    public static DateTimeOffset IssuedBy(DateTimeOffset now, TimeSpan terms) => now - terms;
}

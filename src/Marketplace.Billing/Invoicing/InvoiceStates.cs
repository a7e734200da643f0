using Marketplace.Billing.Contracts;
using Marketplace.Platform.States;

namespace Marketplace.Billing.Invoicing;

/// <summary>The life of an invoice. <c>billing.invoice_transition</c> holds the same pairs, and a test compares them.</summary>
internal static class InvoiceStates
{
    public static readonly TransitionTable<InvoiceState> Table = new(
        "Invoice",
        (InvoiceState.Draft, [InvoiceState.Grace]),
        (InvoiceState.Grace, [InvoiceState.Final]),
        (InvoiceState.Final, [InvoiceState.Paid, InvoiceState.Void, InvoiceState.Uncollectible])
    );

    /// <summary>Still collects charges: no number, not on paper.</summary>
    public static bool IsOpenForCharges(this InvoiceState state) => state is InvoiceState.Draft or InvoiceState.Grace;

    /// <summary>What a final invoice is once credit or a credit note has moved it.</summary>
    /// <param name="open">What is left to pay.</param>
    /// <param name="credited">What credit notes came to.</param>
    public static InvoiceState AfterSettling(InvoiceState state, long open, long credited, long total)
    {
        if (state != InvoiceState.Final)
            return state;
        if (total > 0 && credited == total)
            return Table.Move(state, InvoiceState.Void);
        return open == 0 ? Table.Move(state, InvoiceState.Paid) : state;
    }
}

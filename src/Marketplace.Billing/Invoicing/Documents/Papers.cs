using Marketplace.Billing.Contracts;
using static Marketplace.Billing.Invoicing.Documents.DocumentTexts;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>Invoices, credit notes and statements as papers. Pure: a view and a language give the words.</summary>
internal static class Papers
{
    public static Paper Of(InvoiceView invoice, DocumentTexts t)
    {
        bool final = invoice.Number is not null;
        List<PaperFact> facts = [];
        if (invoice.IssuedAt is { } issued)
            facts.Add(new(t["Issued"], Day(issued)));
        if (invoice.DueAt is { } due)
            facts.Add(new(t["Due"], Day(due)));
        facts.Add(new(t["Period"], Days(invoice.PeriodStart, invoice.PeriodEnd)));
        facts.Add(new(t["Currency"], invoice.Currency.Code));
        facts.Add(new(t["State"], t[$"State.{invoice.State}"]));
        List<PaperSum> sums = [new(t["Net"], AmountOf(invoice.Net)), new(t["Tax"], AmountOf(invoice.Tax))];
        if (!invoice.Rounding.IsZero)
            sums.Add(new(t["Rounding"], AmountOf(invoice.Rounding)));
        sums.Add(new(t["Total"], AmountOf(invoice.Total), Strong: true));
        if (!invoice.Credited.IsZero)
            sums.Add(new(t["Credited"], AmountOf(-invoice.Credited)));
        if (!invoice.WrittenOff.IsZero)
            sums.Add(new(t["WrittenOff"], AmountOf(invoice.WrittenOff)));
        if (final)
            sums.Add(new(t["Paid"], AmountOf(invoice.Paid)));
        if (final)
            sums.Add(new(t["Open"], AmountOf(invoice.Open), Strong: true));
        return new Paper(
            t["Invoice"],
            invoice.Number ?? t["NoNumber"],
            invoice.State switch
            {
                InvoiceState.Draft or InvoiceState.Grace => t["Mark.Draft"],
                InvoiceState.Void => t["Mark.Void"],
                _ => null,
            },
            invoice.IssuedAt ?? invoice.PeriodStart,
            PartiesOf(invoice.Seller, invoice.Buyer ?? new BilledParty(invoice.CustomerName, "", ""), t),
            facts,
            [
                new PaperTable(
                    null,
                    [
                        new(t["What"], 3.6),
                        new(t["Period"], 1.7),
                        new(t["Quantity"], 1.5, Right: true),
                        new(t["UnitPrice"], 1.2, Right: true),
                        new(t["Net"], 1.4, Right: true),
                        new(t["Tax"], 1.3, Right: true),
                    ],
                    [
                        .. invoice.Lines.Select(l =>
                            (IReadOnlyList<string>)
                                [
                                    $"{l.Description}\n{l.ContractId}",
                                    $"{Day(l.From)}\n{Day(l.To > l.From ? l.To.AddTicks(-1) : l.To)}",
                                    $"{Quantity(l.Quantity)}\n{t.Unit(l.Unit)}",
                                    Price(l.UnitPrice),
                                    Amount(l.Net),
                                    Amount(l.Tax),
                                ]
                        ),
                    ]
                ),
                TaxTable(invoice.Taxes, t),
                new PaperTable(
                    t["CreditNotes"],
                    [new(t["Number"], 2), new(t["Issued"], 1), new(t["Reason"], 3), new(t["Total"], 1.5, Right: true)],
                    [.. invoice.CreditNotes.Select(c => (IReadOnlyList<string>)[c.Number, Day(c.IssuedAt), c.Reason, Amount(-c.Total)])]
                ),
            ],
            sums,
            NotesOf(invoice, t),
            t.Words
        );
    }

    public static Paper Of(CreditNoteView note, DocumentTexts t)
    {
        List<PaperSum> sums = [new(t["Net"], AmountOf(-note.Net)), new(t["Tax"], AmountOf(-note.Tax))];
        if (!note.Rounding.IsZero)
            sums.Add(new(t["Rounding"], AmountOf(-note.Rounding)));
        sums.Add(new(t["Total"], AmountOf(-note.Total), Strong: true));
        sums.Add(new(t["Settled"], AmountOf(note.Settled)));
        sums.Add(new(t["ToCredit"], AmountOf(note.Total - note.Settled)));
        return new Paper(
            t["CreditNote"],
            note.Number,
            null,
            note.IssuedAt,
            PartiesOf(note.Seller, note.Buyer ?? new BilledParty(note.CustomerName, "", ""), t),
            [new(t["Issued"], Day(note.IssuedAt)), new(t["OfInvoice"], note.InvoiceNumber), new(t["Currency"], note.Currency.Code)],
            [
                new PaperTable(
                    null,
                    [
                        new(t["What"], 4),
                        new(t["InvoiceLine"], 1, Right: true),
                        new(t["Net"], 1.4, Right: true),
                        new(t["Tax"], 1.3, Right: true),
                        new(t["Total"], 1.4, Right: true),
                    ],
                    [
                        .. note.Lines.Select(l =>
                            (IReadOnlyList<string>)
                                [
                                    $"{l.Description}\n{l.ContractId}",
                                    Quantity(l.InvoiceLine),
                                    Amount(-l.Net),
                                    Amount(-l.Tax),
                                    Amount(-l.Total),
                                ]
                        ),
                    ]
                ),
                TaxTable([.. note.Taxes.Select(x => x with { Net = -x.Net, Tax = -x.Tax })], t),
            ],
            sums,
            [$"{t["Reason"]}: {note.Reason}"],
            t.Words
        );
    }

    /// <param name="party">Whose statement, as named on it.</param>
    /// <param name="seller">Who draws it up.</param>
    public static Paper Of(StatementView statement, BilledParty seller, BilledParty party, DocumentTexts t) =>
        new(
            t["Statement"],
            Days(statement.PeriodStart, statement.PeriodEnd),
            null,
            statement.PeriodEnd,
            PartiesOf(seller, party, t),
            [
                new(t["Role"], t[$"Role.{statement.Role}"]),
                new(t["Currency"], statement.Currency.Code),
                new(t["Opening"], Amount(statement.Opening)),
                new(t["Closing"], Amount(statement.Closing)),
            ],
            [
                new PaperTable(
                    t["Summary"],
                    [new(t["Kind"], 4), new(t["Amount"], 1.6, Right: true)],
                    [.. statement.Kinds.Select(k => (IReadOnlyList<string>)[t.Kind(k.Kind), Amount(k.Amount)])]
                ),
                new PaperTable(
                    t["Contracts"],
                    [
                        new(t["What"], 3.6),
                        new(t["Quantity"], 1.5, Right: true),
                        new(t["UnitPrice"], 1.3, Right: true),
                        new(t["Billed"], 1.5, Right: true),
                        new(t["Earned"], 1.5, Right: true),
                    ],
                    [
                        .. statement.Contracts.Select(c =>
                            (IReadOnlyList<string>)
                                [
                                    $"{c.Description}\n{c.ContractId}",
                                    $"{Quantity(c.Quantity)}\n{t.Unit(c.Unit)}",
                                    Price(c.UnitPrice),
                                    Amount(c.Billed),
                                    Amount(c.Earned),
                                ]
                        ),
                    ]
                ),
                new PaperTable(
                    t["Movements"],
                    [new(t["Date"], 1.1), new(t["What"], 4), new(t["Amount"], 1.5, Right: true), new(t["Balance"], 1.5, Right: true)],
                    [
                        .. statement.Lines.Select(l =>
                            (IReadOnlyList<string>)[Day(l.At), $"{l.Description}\n{t.Kind(l.Kind)}", Amount(l.Amount), Amount(l.Balance)]
                        ),
                    ]
                ),
            ],
            [new(t["Opening"], AmountOf(statement.Opening)), new(t["Closing"], AmountOf(statement.Closing), Strong: true)],
            [t["Statement.Note"]],
            t.Words
        );

    private static IReadOnlyList<PaperParty> PartiesOf(BilledParty? seller, BilledParty buyer, DocumentTexts t) =>
        seller is null ? [new(t["BilledTo"], buyer)] : [new(t["From"], seller), new(t["BilledTo"], buyer)];

    private static PaperTable TaxTable(IReadOnlyList<TaxLineView> taxes, DocumentTexts t) =>
        new(
            t["TaxLines"],
            [
                new(t["Jurisdiction"], 3),
                new(t["Rate"], 1, Right: true),
                new(t["TaxBase"], 1.5, Right: true),
                new(t["Tax"], 1.5, Right: true),
            ],
            [.. taxes.Select(x => (IReadOnlyList<string>)[x.Jurisdiction, Percent(x.Rate), Amount(x.Net), Amount(x.Tax)])]
        );

    private static IReadOnlyList<string> NotesOf(InvoiceView invoice, DocumentTexts t) =>
        invoice.State switch
        {
            InvoiceState.Draft or InvoiceState.Grace => [t["Note.Draft"]],
            InvoiceState.Final => [t["Note.Pay", Day(invoice.DueAt!.Value), AmountOf(invoice.Open)]],
            InvoiceState.Paid => [t["Note.Paid"]],
            InvoiceState.Void => [t["Note.Void"]],
            _ => [],
        };
}

using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>A business document as words, before it has a form: what is on it, in the order it is read.</summary>
/// <param name="Date">When it was issued; also the file's own date, so that the same document is the same bytes.</param>
/// <param name="Mark">A word across the head for what is no final document, or is one no longer; null for none.</param>
internal sealed record Paper(
    string Title,
    string Number,
    string? Mark,
    DateTimeOffset Date,
    IReadOnlyList<PaperParty> Parties,
    IReadOnlyList<PaperFact> Facts,
    IReadOnlyList<PaperTable> Tables,
    IReadOnlyList<PaperSum> Sums,
    IReadOnlyList<string> Notes,
    PaperWords Words
);

/// <summary>Words of the form itself.</summary>
/// <param name="PageOf">With <c>{0}</c> for the page and <c>{1}</c> for their number.</param>
internal sealed record PaperWords(string PageOf, string TaxId);

internal sealed record PaperParty(string Label, BilledParty Party);

internal sealed record PaperFact(string Label, string Value);

/// <param name="Strong">The figure that is looked for.</param>
internal sealed record PaperSum(string Label, string Value, bool Strong = false);

/// <param name="Title">Above the table; null for none.</param>
internal sealed record PaperTable(string? Title, IReadOnlyList<PaperColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <param name="Weight">The part of the width, against the other columns'.</param>
/// <param name="Right">Figures stand right.</param>
internal sealed record PaperColumn(string Title, double Weight, bool Right = false);

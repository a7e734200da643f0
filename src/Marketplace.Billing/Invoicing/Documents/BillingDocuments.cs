using System.Globalization;
using System.Text;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Invoicing.Documents;

/// <summary>The module's face for files: reads what the actor may see, and sets it on paper.</summary>
internal sealed class BillingDocuments(
    IInvoices invoices,
    ICreditNotes creditNotes,
    BillingProfiles profiles,
    IOptions<BillingOptions> options
) : IBillingDocuments
{
    private const string Pdf = "application/pdf";

    public async Task<Outcome<FileDownload>> InvoicePdfAsync(string invoiceId, string? locale, CancellationToken ct)
    {
        if (await invoices.FindAsync(invoiceId, ct) is not { } invoice)
            return Problem.NotFound("invoice", invoiceId);
        var texts = await TextsAsync(locale, invoice.CustomerId, ct);
        return texts.IsOk ? Write(Papers.Of(await NamedAsync(invoice, ct), texts.Value), invoice.Number ?? invoice.Id) : texts.Problem;
    }

    public async Task<Outcome<FileDownload>> CreditNotePdfAsync(string creditNoteId, string? locale, CancellationToken ct)
    {
        if (await creditNotes.FindAsync(creditNoteId, ct) is not { } note)
            return Problem.NotFound("credit note", creditNoteId);
        var texts = await TextsAsync(locale, note.CustomerId, ct);
        return texts.IsOk ? Write(Papers.Of(note, texts.Value), note.Number) : texts.Problem;
    }

    public async Task<Outcome<FileDownload>> StatementPdfAsync(StatementQuery query, string? locale, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var statement = await ReadAsync(query, ct);
        if (!statement.IsOk)
            return statement.Problem;
        var texts = await TextsAsync(locale, query.PartyId, ct);
        if (!texts.IsOk)
            return texts.Problem;
        BilledParty party = await profiles.BuyerAsync(query.PartyId, ct);
        return Write(Papers.Of(statement.Value, options.Value.Seller, party, texts.Value), NameOf(query));
    }

    public async Task<Outcome<FileDownload>> StatementCsvAsync(StatementQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        var statement = await ReadAsync(query, ct);
        if (!statement.IsOk)
            return statement.Problem;
        byte[] bytes = Encoding.UTF8.GetBytes(StatementCsv.Write(statement.Value));
        return new FileDownload(NameOf(query) + ".csv", "text/csv; charset=utf-8", (stream, t) => stream.WriteAsync(bytes, t).AsTask());
    }

    private Task<Outcome<StatementView>> ReadAsync(StatementQuery query, CancellationToken ct) =>
        invoices.StatementAsync(query.PartyId, query.Role, query.Currency, query.From, query.To, ct);

    // What is not final yet has printed nothing: it names both as they are now.
    private async Task<InvoiceView> NamedAsync(InvoiceView invoice, CancellationToken ct) =>
        invoice.Number is null
            ? invoice with
            {
                Seller = options.Value.Seller,
                Buyer = await profiles.BuyerAsync(invoice.CustomerId, ct),
            }
            : invoice;

    private async Task<Outcome<DocumentTexts>> TextsAsync(string? locale, string partyId, CancellationToken ct)
    {
        string wanted = locale ?? await profiles.LocaleAsync(partyId, ct);
        return BillingProfiles.Locales.Contains(wanted, StringComparer.Ordinal)
            ? new DocumentTexts(wanted)
            : Problem.Invalid("?lang", $"'{wanted}' is no language of documents.", "Use en or zh-Hans.");
    }

    private Outcome<FileDownload> Write(Paper paper, string name)
    {
        var fonts = PaperFonts.Find(options.Value.FontDirectory);
        if (!fonts.IsOk)
            return fonts.Problem;
        byte[] bytes = PdfPaper.Write(paper, fonts.Value);
        return new FileDownload(name + ".pdf", Pdf, (stream, ct) => stream.WriteAsync(bytes, ct).AsTask());
    }

    private static string NameOf(StatementQuery query) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"statement-{query.Role}-{query.Currency.Code}-{query.From.UtcDateTime:yyyyMMdd}-{query.To.UtcDateTime:yyyyMMdd}"
        );
}

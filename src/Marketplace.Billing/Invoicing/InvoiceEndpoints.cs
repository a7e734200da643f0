using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Billing.Invoicing;

/// <summary>REST: invoices, credit notes, statements and who is billed.</summary>
internal static class InvoiceEndpoints
{
    /// <param name="Reason">1 to 500 characters, for the books.</param>
    internal sealed record WriteOffRequest(string Reason);

    public static void MapInvoicing(this IEndpointRouteBuilder api)
    {
        var invoices = api.MapGroup("/invoices").WithTags("Money");
        invoices.MapGet("", ListInvoices).RequirePermission(Permission.MoneyRead).WithSummary("List invoices");
        invoices
            .MapGet("/{invoiceId}", GetInvoice)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read an invoice with its lines, tax lines and credit notes");
        invoices
            .MapGet("/{invoiceId}.pdf", GetInvoicePdf)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Download an invoice as PDF");
        invoices
            .MapPost("/{invoiceId}/credit-notes", Credit)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Issue a credit note: in full, by line or by amount");
        invoices
            .MapPost("/{invoiceId}/write-off", WriteOff)
            .RequirePermission(Permission.PlatformWrite)
            .RequireIdempotencyKey()
            .WithSummary("Give up what is open of an invoice");
        var notes = api.MapGroup("/credit-notes").WithTags("Money");
        notes.MapGet("", ListCreditNotes).RequirePermission(Permission.MoneyRead).WithSummary("List credit notes");
        notes
            .MapGet("/{creditNoteId}", GetCreditNote)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Read a credit note with its lines");
        notes
            .MapGet("/{creditNoteId}.pdf", GetCreditNotePdf)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Download a credit note as PDF");
        var money = api.MapGroup("").WithTags("Money");
        money.MapGet("/statements", GetStatement).RequirePermission(Permission.MoneyRead).WithSummary("Read your statement of a period");
        money
            .MapGet("/statements.pdf", GetStatementPdf)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Download your statement as PDF");
        money
            .MapGet("/statements.csv", GetStatementCsv)
            .RequirePermission(Permission.MoneyRead)
            .WithSummary("Download your statement as CSV");
        money.MapGet("/billing-profile", GetProfile).RequirePermission(Permission.MoneyRead).WithSummary("Read who is billed");
        money.MapPut("/billing-profile", PutProfile).RequirePermission(Permission.MoneyWrite).WithSummary("Set who is billed");
    }

    private static async Task<ApiPage<InvoiceView>> ListInvoices(
        [AsParameters] ListParameters list,
        InvoiceState? state,
        IInvoices invoices,
        CancellationToken ct
    ) => await list.PageOf(new InvoiceQuery { State = state }, ListRules.ByKey(InvoiceDesk.Sorting), q => invoices.ListAsync(q, ct));

    private static async Task<ApiResult<InvoiceView>> GetInvoice(string invoiceId, IInvoices invoices, CancellationToken ct) =>
        (await invoices.FindAsync(invoiceId, ct)).OrNotFound("invoice", invoiceId);

    private static async Task<ApiPdf> GetInvoicePdf(string invoiceId, string? lang, IBillingDocuments documents, CancellationToken ct) =>
        new(await documents.InvoicePdfAsync(invoiceId, lang, ct));

    private static async Task<ApiCreated<CreditNoteView>> Credit(
        string invoiceId,
        CreditNoteRequest request,
        IdempotencyKey key,
        ICreditNotes notes,
        CancellationToken ct
    ) => (await notes.IssueAsync(invoiceId, request, key, ct)).ToCreated(n => $"/api/v1/credit-notes/{n.Id}");

    private static async Task<ApiResult<InvoiceView>> WriteOff(
        string invoiceId,
        WriteOffRequest request,
        IdempotencyKey key,
        IInvoices invoices,
        CancellationToken ct
    )
    {
        // An invoice is written off once, whatever the key: the repetition is answered by the middleware.
        ArgumentNullException.ThrowIfNull(key);
        return (await invoices.WriteOffAsync(invoiceId, request.Reason, ct)).ToResult();
    }

    private static async Task<ApiPage<CreditNoteView>> ListCreditNotes(
        [AsParameters] ListParameters list,
        string? invoiceId,
        ICreditNotes notes,
        CancellationToken ct
    ) =>
        await list.PageOf(
            new CreditNoteQuery { InvoiceId = invoiceId },
            ListRules.ByKey(CreditNoteDesk.Sorting),
            q => notes.ListAsync(q, ct)
        );

    private static async Task<ApiResult<CreditNoteView>> GetCreditNote(string creditNoteId, ICreditNotes notes, CancellationToken ct) =>
        (await notes.FindAsync(creditNoteId, ct)).OrNotFound("credit note", creditNoteId);

    private static async Task<ApiPdf> GetCreditNotePdf(
        string creditNoteId,
        string? lang,
        IBillingDocuments documents,
        CancellationToken ct
    ) => new(await documents.CreditNotePdfAsync(creditNoteId, lang, ct));

    private static async Task<ApiResult<StatementView>> GetStatement(
        string role,
        string currency,
        DateTimeOffset from,
        DateTimeOffset to,
        IInvoices invoices,
        ActorContext actor,
        CancellationToken ct
    ) =>
        (
            Query(actor, role, currency, from, to) is { } query
                ? await invoices.StatementAsync(query.PartyId, role, query.Currency, from, to, ct)
                : UnknownCurrency(currency)
        ).ToResult();

    private static async Task<ApiPdf> GetStatementPdf(
        string role,
        string currency,
        DateTimeOffset from,
        DateTimeOffset to,
        string? lang,
        IBillingDocuments documents,
        ActorContext actor,
        CancellationToken ct
    ) =>
        new(
            Query(actor, role, currency, from, to) is { } query
                ? await documents.StatementPdfAsync(query, lang, ct)
                : UnknownCurrency(currency)
        );

    private static async Task<ApiFile> GetStatementCsv(
        string role,
        string currency,
        DateTimeOffset from,
        DateTimeOffset to,
        IBillingDocuments documents,
        ActorContext actor,
        CancellationToken ct
    ) =>
        new(Query(actor, role, currency, from, to) is { } query ? await documents.StatementCsvAsync(query, ct) : UnknownCurrency(currency));

    private static async Task<ApiResult<BillingProfile>> GetProfile(IBillingProfiles profiles, ActorContext actor, CancellationToken ct) =>
        (await profiles.FindAsync(actor.Current.PartyId, ct)).OrNotFound("billing profile", actor.Current.PartyId);

    private static async Task<ApiResult<BillingProfile>> PutProfile(
        BillingProfile profile,
        IBillingProfiles profiles,
        CancellationToken ct
    ) => (await profiles.SaveAsync(profile, ct)).ToResult();

    private static StatementQuery? Query(ActorContext actor, string role, string currency, DateTimeOffset from, DateTimeOffset to) =>
        Currency.TryParse(currency) is { } parsed ? new StatementQuery(actor.Current.PartyId, role, parsed, from, to) : null;

    private static Problem UnknownCurrency(string code) =>
        Problem.Invalid("?currency", $"'{code}' is not traded here.", "Use CNY, USD or EUR.");
}

using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;

namespace Marketplace.Web.Components.Features.Customers.Invoices;

/// <summary>The same files as the API's for the person who is signed in, in the language of the page: below /api a cookie does not count.</summary>
internal static class DocumentDownloads
{
    private const string Root = "/downloads";

    public static string Invoice(string id) => $"{Root}/invoices/{id}.pdf";

    public static string CreditNote(string id) => $"{Root}/credit-notes/{id}.pdf";

    /// <param name="format"><c>pdf</c> or <c>csv</c>.</param>
    public static string Statement(string role, Currency currency, DateTimeOffset from, DateTimeOffset to, string format) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Root}/statements.{format}?role={role}&currency={currency.Code}&from={from.UtcDateTime:yyyy-MM-dd}T00:00:00Z&to={to.UtcDateTime:yyyy-MM-dd}T00:00:00Z"
        );

    public static void MapDocumentDownloads(this IEndpointRouteBuilder routes)
    {
        var downloads = routes.MapGroup(Root).ExcludeFromDescription();
        downloads.MapGet(
            "/invoices/{id}.pdf",
            (string id, HttpContext http) => SendAsync(http, d => d.InvoicePdfAsync(id, Language, http.RequestAborted))
        );
        downloads.MapGet(
            "/credit-notes/{id}.pdf",
            (string id, HttpContext http) => SendAsync(http, d => d.CreditNotePdfAsync(id, Language, http.RequestAborted))
        );
        downloads.MapGet(
            "/statements.{format:regex(^(pdf|csv)$)}",
            (string format, string role, string currency, DateTimeOffset from, DateTimeOffset to, ActorContext actor, HttpContext http) =>
                SendAsync(
                    http,
                    d =>
                        Currency.TryParse(currency) is not { } known
                            ? Task.FromResult<Outcome<FileDownload>>(
                                Problem.Invalid("?currency", $"'{currency}' is not traded here.", "Use CNY, USD or EUR.")
                            )
                        : new StatementQuery(actor.Current.PartyId, role, known, from, to) is var query && format == "csv"
                            ? d.StatementCsvAsync(query, http.RequestAborted)
                        : d.StatementPdfAsync(query, Language, http.RequestAborted)
                )
        );
    }

    private static string Language => CultureInfo.CurrentUICulture.Name;

    private static async Task<IResult> SendAsync(HttpContext http, Func<IBillingDocuments, Task<Outcome<FileDownload>>> ask)
    {
        if (http.RequestServices.GetRequiredService<ActorContext>().TryGet() is not { } person)
            return Results.LocalRedirect("/sign-in");
        return new ApiFile(
            person.Check(Permission.MoneyRead) is { } refused
                ? Outcome<FileDownload>.Fail(refused)
                : await ask(http.RequestServices.GetRequiredService<IBillingDocuments>())
        );
    }
}

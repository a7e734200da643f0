using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;

namespace Marketplace.Billing.Contracts;

/// <summary>Whose statement of which period (half-open, UTC), in which role.</summary>
public sealed record StatementQuery(string PartyId, string Role, Currency Currency, DateTimeOffset From, DateTimeOffset To);

/// <summary>
/// The papers of the trade as files. The same paper in the same state and language is the same bytes. <c>locale</c> is <c>en</c> or
/// <c>zh-Hans</c>; null takes the customer's. <c>fonts-missing</c> (503) says what to install when there is nothing to write them with.
/// </summary>
public interface IBillingDocuments
{
    Task<Outcome<FileDownload>> InvoicePdfAsync(string invoiceId, string? locale, CancellationToken ct);
    Task<Outcome<FileDownload>> CreditNotePdfAsync(string creditNoteId, string? locale, CancellationToken ct);
    Task<Outcome<FileDownload>> StatementPdfAsync(StatementQuery query, string? locale, CancellationToken ct);

    /// <summary>The statement's movements as CSV (RFC 4180), amounts in main units with six decimals.</summary>
    Task<Outcome<FileDownload>> StatementCsvAsync(StatementQuery query, CancellationToken ct);
}

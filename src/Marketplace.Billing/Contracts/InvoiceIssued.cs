using Marketplace.Platform.Outbox;

namespace Marketplace.Billing.Contracts;

/// <summary>An invoice has become final; published once, with it.</summary>
[Message("billing.invoice-issued.v1")]
public sealed record InvoiceIssued(string InvoiceId, string PartyId, string Number);

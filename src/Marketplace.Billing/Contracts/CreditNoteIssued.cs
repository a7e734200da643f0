using Marketplace.Platform.Outbox;

namespace Marketplace.Billing.Contracts;

/// <summary>A credit note was issued; published once, with it.</summary>
[Message("billing.credit-note-issued.v1")]
public sealed record CreditNoteIssued(string CreditNoteId, string PartyId, string Number);

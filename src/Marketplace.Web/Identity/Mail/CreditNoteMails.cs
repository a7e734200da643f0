using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outbox;

namespace Marketplace.Web.Identity.Mail;

/// <summary>Tells whom the invoice was announced to that a part of it is credited. Once per credit note, as with invoices.</summary>
internal sealed class CreditNoteMails(ICreditNotes notes, BillingRecipients recipients, Mailbox mailbox, PublicLinks links)
    : IMessageHandler<CreditNoteIssued>
{
    public async Task HandleAsync(CreditNoteIssued message, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(message);
        CreditNoteView note =
            await notes.FindAsync(message.CreditNoteId, ct)
            ?? throw new InvalidOperationException($"Credit note {message.CreditNoteId} was announced and is not there.");
        foreach (var (email, locale) in await recipients.OfAsync(message.PartyId, ct))
            mailbox.Post(
                email,
                "CreditNote",
                locale,
                note.Number,
                note.InvoiceNumber,
                note.CustomerName,
                InvoiceMails.Amount(note.Total),
                note.Reason,
                $"{links.Origin}/credit-notes/{note.Id}"
            );
    }
}

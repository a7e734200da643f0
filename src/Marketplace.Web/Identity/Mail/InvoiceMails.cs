using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;

namespace Marketplace.Web.Identity.Mail;

/// <summary>
/// Tells a customer's finance people, and the address its billing profile names, that an invoice is there: with a link, so that only who may
/// see it does. Once per invoice, since its message is published once and taken once.
/// </summary>
internal sealed class InvoiceMails(IInvoices invoices, BillingRecipients recipients, Mailbox mailbox, PublicLinks links)
    : IMessageHandler<InvoiceIssued>
{
    public async Task HandleAsync(InvoiceIssued message, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(message);
        InvoiceView invoice =
            await invoices.FindAsync(message.InvoiceId, ct)
            ?? throw new InvalidOperationException($"Invoice {message.InvoiceId} was announced and is not there.");
        string link = $"{links.Origin}/invoices/{invoice.Id}";
        foreach (var (email, locale) in await recipients.OfAsync(message.PartyId, ct))
            Post(email, locale, invoice, link);
    }

    private void Post(string email, string locale, InvoiceView invoice, string link)
    {
        string period = $"{Day(invoice.PeriodStart)} – {Day(invoice.PeriodEnd.AddTicks(-1))}";
        if (invoice.Open.IsZero || invoice.DueAt is not { } due)
            mailbox.Post(email, "InvoicePaid", locale, invoice.Number!, invoice.CustomerName, period, Amount(invoice.Total), link);
        else
            mailbox.Post(
                email,
                "InvoiceOpen",
                locale,
                invoice.Number!,
                invoice.CustomerName,
                period,
                Amount(invoice.Total),
                link,
                Amount(invoice.Open),
                Day(due)
            );
    }

    internal static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static string Amount(Money amount) =>
        $"{amount.Amount.ToString("#,##0.00####", CultureInfo.InvariantCulture)} {amount.Currency.Code}";
}

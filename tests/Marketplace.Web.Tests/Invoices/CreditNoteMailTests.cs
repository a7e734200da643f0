using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Web.Tests.Invoices;

/// <summary>Billing documents are announced by mail once, however often their message arrives.</summary>
public sealed class CreditNoteMailTests(PortalHost host) : IClassFixture<PortalHost>
{
    private const int Dispatchers = 4;

    [Fact]
    public async Task A_credit_note_is_mailed_like_its_invoice_and_once_however_often_its_message_is_delivered()
    {
        var (customer, invoice) = await InvoicedAsync("Credited");
        await host.PersonAsync("owner@credited.example", customer.Id);
        PortalHost.Must(
            await host.ActAsync<IBillingProfiles, Outcome<BillingProfile>>(
                new Actor(customer.Id, customer.Kinds, MemberRole.Owner),
                p => p.SaveAsync(new BillingProfile("示例", "", "", "billing@credited.example", "zh-Hans"), default)
            )
        );
        var note = PortalHost.Must(
            await host.ActAsync<ICreditNotes, Outcome<CreditNoteView>>(
                new Actor("org_desk", PartyKinds.Platform, MemberRole.Owner),
                n => n.IssueAsync(invoice.Id, new CreditNoteRequest("Too slow", null, 2), "key", default)
            )
        );
        await using var scope = host.Services.CreateAsyncScope();
        var dispatcher = ActivatorUtilities.CreateInstance<OutboxDispatcher>(scope.ServiceProvider, NullLogger<OutboxDispatcher>.Instance);
        for (int i = 0; i < 3; i++)
        {
            await Task.WhenAll(
                Enumerable
                    .Range(0, Dispatchers)
                    .Select(_ =>
                        Task.Run(async () =>
                        {
                            while (await dispatcher.DeliverOneAsync(default)) { }
                        })
                    )
            );
            // As after a dispatcher that died between handling and marking: delivered, and nobody knows.
            await host.ScalarAsync<long>(
                $"with again as (update platform.outbox_message set delivered_at = null where key in ('{note.Id}', '{invoice.Id}') returning 1) select count(*) from again"
            );
        }
        var mails = await host.ActAsync<LocalOutbox, IReadOnlyList<MailView>>(Actor.System, o => o.ReadAsync(default));
        string[] subjects =
        [
            .. mails
                .Where(m => m.Recipient.EndsWith("@credited.example", StringComparison.Ordinal))
                .OrderBy(m => m.Recipient, StringComparer.Ordinal)
                .ThenBy(m => m.Subject, StringComparer.Ordinal)
                // An invoice's mail says what is open when it is sent, which may be before or after the credit note.
                .Select(m => m.Subject.Split(':', '：')[0]),
        ];
        Assert.Equal(
            [$"发票 {invoice.Number}", $"红字发票 {note.Number}", $"Credit note {note.Number}", $"Invoice {invoice.Number}"],
            subjects
        );
        Assert.All(
            mails.Where(m => m.Subject.Contains(note.Number, StringComparison.Ordinal)),
            m => Assert.Contains($"/credit-notes/{note.Id}", m.Body, StringComparison.Ordinal)
        );
    }

    private async Task<(PartyView Customer, InvoiceView Invoice)> InvoicedAsync(string name)
    {
        var customer = await host.PartyAsync(name, PartyKinds.Customer);
        var center = await host.PartyAsync(name + " center", PartyKinds.Center);
        string id = $"ctr_{customer.Id}";
        var terms = new ContractTerms(
            id,
            $"ord_{customer.Id}",
            customer.Id,
            center.Id,
            center.Id,
            "CNY",
            "Ascend 910B",
            "1 × 昇腾 910B",
            10,
            7,
            0.05m,
            0.19m,
            "CN",
            ""
        );
        DateTimeOffset end = ManualTimeProvider.DefaultStart;
        await host.ActAsync<IRating, bool>(
            Actor.System,
            async rating =>
            {
                await rating.RegisterAsync(terms, default);
                await rating.RecordAsync(
                    [new UsageReading("agent", id, id, "alc_1", "card-seconds", 3600, end.AddHours(-1), end, true)],
                    default
                );
                await rating.SettleAsync(id, default);
                return true;
            }
        );
        return (
            customer,
            PortalHost.Must(await host.ActAsync<IInvoices, Outcome<InvoiceView>>(Actor.System, i => i.InvoiceContractAsync(id, default)))
        );
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Invoices;

/// <summary>Invoices over HTTP: the customer's own, the desk's credit notes, the files, and the mail.</summary>
public sealed class InvoiceApiTests(PortalHost host) : IClassFixture<PortalHost>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    private async Task<(PartyView Customer, PartyView Center, InvoiceView Invoice)> InvoiceAsync(string name)
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
        await host.ActAsync<IRating, bool>(
            Actor.System,
            async rating =>
            {
                await rating.RegisterAsync(terms, default);
                await rating.RecordAsync(
                    [new UsageReading("agent", id, id, "alc_1", "card-seconds", 3600, Start.AddHours(-1), Start, true)],
                    default
                );
                await rating.SettleAsync(id, default);
                return true;
            }
        );
        return (
            customer,
            center,
            PortalHost.Must(await host.ActAsync<IInvoices, Outcome<InvoiceView>>(Actor.System, i => i.InvoiceContractAsync(id, default)))
        );
    }

    private async Task<HttpClient> ProgramAsync(PartyView party) => host.Program((await host.KeyAsync(party)).Secret);

    [Fact]
    public async Task A_customer_reads_and_downloads_its_invoice_and_nobody_elses()
    {
        var (customer, center, invoice) = await InvoiceAsync("Invoice reader");
        var mine = await ProgramAsync(customer);
        var read = await mine.GetFromJsonAsync<JsonElement>($"/api/v1/invoices/{invoice.Id}");
        Assert.Equal(("final", invoice.Number), (read.GetProperty("state").GetString(), read.GetProperty("number").GetString()));
        Assert.Equal("0.19", Assert.Single(read.GetProperty("taxes").EnumerateArray()).GetProperty("rate").ToString().TrimEnd('0'));
        var pdf = await mine.GetAsync($"/api/v1/invoices/{invoice.Id}.pdf?lang=zh-Hans");
        Assert.Equal((HttpStatusCode.OK, "application/pdf"), (pdf.StatusCode, pdf.Content.Headers.ContentType!.MediaType));
        byte[] bytes = await pdf.Content.ReadAsByteArrayAsync();
        Assert.Equal("%PDF"u8, bytes.AsSpan(0, 4));
        Assert.Equal(bytes, await mine.GetByteArrayAsync($"/api/v1/invoices/{invoice.Id}.pdf?lang=zh-Hans"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await mine.GetAsync($"/api/v1/invoices/{invoice.Id}.pdf?lang=xx")).StatusCode);
        foreach (string path in new[] { "", ".pdf" })
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await (await ProgramAsync(center)).GetAsync($"/api/v1/invoices/{invoice.Id}{path}")).StatusCode
            );

        const string Period = "currency=CNY&from=2030-01-01T00:00:00Z&to=2030-02-01T00:00:00Z";
        string csv = await (await ProgramAsync(center)).GetStringAsync($"/api/v1/statements.csv?role=center&{Period}");
        Assert.Contains("Contract,,charge,,", csv, StringComparison.Ordinal);
        Assert.Contains(",1,card-hour,7,7,7,,CNY", csv, StringComparison.Ordinal);
        Assert.DoesNotContain(customer.Name, csv, StringComparison.Ordinal);
        Assert.Equal(
            "application/pdf",
            (await mine.GetAsync($"/api/v1/statements.pdf?role=customer&{Period}")).Content.Headers.ContentType!.MediaType
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await mine.GetAsync($"/api/v1/statements.csv?role=king&{Period}")).StatusCode);

        // With the portal's session, beside the API.
        var owner = host.Browser();
        await host.PersonAsync("owner@invoice.example", customer.Id);
        await owner.SignInAsync("owner@invoice.example");
        Assert.Equal(HttpStatusCode.OK, await owner.OpenAsync($"/downloads/invoices/{invoice.Id}.pdf"));
        Assert.Equal(HttpStatusCode.OK, await owner.OpenAsync($"/downloads/statements.csv?role=customer&{Period}"));
        var stranger = await host.Program(null).GetAsync($"/downloads/invoices/{invoice.Id}.pdf");
        Assert.Equal((HttpStatusCode.Redirect, "/sign-in"), (stranger.StatusCode, stranger.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task The_desk_credits_once_per_key_and_a_customer_never()
    {
        var (customer, _, invoice) = await InvoiceAsync("Invoice credited");
        var desk = await ProgramAsync(await host.PartyAsync("Invoice desk", PartyKinds.Platform));
        string path = $"/api/v1/invoices/{invoice.Id}/credit-notes";
        var body = new { reason = "Two hours of failed hardware", amount = 1.19m };
        async Task<HttpResponseMessage> PostAsync(HttpClient http, string? key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
            if (key is not null)
                request.Headers.Add("Idempotency-Key", key);
            return await http.SendAsync(request);
        }
        var mine = await ProgramAsync(customer);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(mine, "k")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(desk, null)).StatusCode);
        var first = await PostAsync(desk, "k");
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await (await PostAsync(desk, "k")).Content.ReadAsStringAsync());
        var note = Assert.Single(
            (await mine.GetFromJsonAsync<JsonElement>($"/api/v1/credit-notes?invoiceId={invoice.Id}")).GetProperty("items").EnumerateArray()
        );
        Assert.Equal(HttpStatusCode.OK, (await mine.GetAsync($"/api/v1/credit-notes/{note.GetProperty("id").GetString()}.pdf")).StatusCode);
    }

    [Fact]
    public async Task Who_is_billed_is_said_by_the_organisation_and_wrong_fields_are_named()
    {
        var party = await host.PartyAsync("Invoice profile", PartyKinds.Customer);
        var http = await ProgramAsync(party);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/v1/billing-profile")).StatusCode);
        var wrong = await http.PutAsJsonAsync(
            "/api/v1/billing-profile",
            new
            {
                registeredName = "",
                taxId = "",
                address = "",
                email = "no address",
                locale = "fr",
            }
        );
        var errors = (await wrong.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray();
        Assert.Equal(["/registeredName", "/email", "/locale"], errors.Select(e => e.GetProperty("pointer").GetString()));
        var right = new BillingProfile("示例有限公司", "9111", "海淀区\n1 号", "billing@example.com", "zh-Hans");
        (await http.PutAsJsonAsync("/api/v1/billing-profile", right)).EnsureSuccessStatusCode();
        Assert.Equal(right, await http.GetFromJsonAsync<BillingProfile>("/api/v1/billing-profile"));
        // Another party's is not to be had.
        Assert.Null(
            await host.ActAsync<IBillingProfiles, BillingProfile?>(
                new Actor("org_other", PartyKinds.Customer, MemberRole.Owner),
                p => p.FindAsync(party.Id, default)
            )
        );
    }

    [Fact]
    public async Task Finance_people_and_the_billing_address_get_one_mail_each_in_their_language()
    {
        var (customer, _, invoice) = await InvoiceAsync("Invoice mailed");
        await host.PersonAsync("owner@mailed.example", customer.Id);
        await host.PersonAsync("viewer@mailed.example", customer.Id, MemberRole.Viewer);
        PortalHost.Must(
            await host.ActAsync<IBillingProfiles, Outcome<BillingProfile>>(
                new Actor(customer.Id, customer.Kinds, MemberRole.Owner),
                p => p.SaveAsync(new BillingProfile("示例", "", "", "billing@mailed.example", "zh-Hans"), default)
            )
        );
        // Published once, however often the job runs.
        Assert.Equal(
            1,
            await host.ScalarAsync<long>(
                $"select count(*) from platform.outbox_message where type = 'billing.invoice-issued.v1' and key = '{invoice.Id}'"
            )
        );
        await host.ActAsync<IServiceProvider, bool>(
            Actor.System,
            async services =>
            {
                var db = services.GetRequiredService<MarketplaceDbContext>();
                var handler = services.GetRequiredService<InvoiceMails>();
                return await db.InTransactionAsync(
                    async ct =>
                    {
                        await handler.HandleAsync(new InvoiceIssued(invoice.Id, customer.Id, invoice.Number!), ct);
                        return true;
                    },
                    default
                );
            }
        );
        var mails = await host.ActAsync<LocalOutbox, IReadOnlyList<MailView>>(Actor.System, o => o.ReadAsync(default));
        var mine = mails
            .Where(m => m.Recipient.EndsWith("@mailed.example", StringComparison.Ordinal))
            .OrderBy(m => m.Recipient, StringComparer.Ordinal)
            .ToList();
        Assert.Equal(["billing@mailed.example", "owner@mailed.example"], mine.Select(m => m.Recipient));
        Assert.Equal($"发票 {invoice.Number}：11.90 CNY，请于 2030-01-29 前支付", mine[0].Subject);
        Assert.Equal($"Invoice {invoice.Number}: 11.90 CNY due 2030-01-29", mine[1].Subject);
        Assert.All(mine, m => Assert.Contains($"/invoices/{invoice.Id}", m.Body, StringComparison.Ordinal));
    }
}

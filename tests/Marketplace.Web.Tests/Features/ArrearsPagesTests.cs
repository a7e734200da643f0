using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Admin.Arrears;
using Marketplace.Web.Components.Features.Customers.Quotes;
using Marketplace.Web.Components.Layout;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Web.Tests.Features;

/// <summary>Arrears and stops as the desk sees them, the customer's notice, and the mails.</summary>
public sealed class ArrearsPagesTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    [Fact]
    public async Task The_desk_sees_who_owes_what_and_gives_time_with_a_reason()
    {
        string customer = await OwingAsync("Debtor One", ArrearsState.Grace);
        await SignInAsync(PartyKinds.Platform);
        var page = Render<ArrearsPage>();
        await page.WaitForAssertionAsync(() => Row(page, customer));
        string row = Row(page, customer).TextContent;
        Assert.Contains("Grace", row, StringComparison.Ordinal);
        Assert.Contains("12.50", row, StringComparison.Ordinal);
        Assert.Contains("Suspend", row, StringComparison.Ordinal);
        await PressAsync(page, () => Row(page, customer).QuerySelector("button")!);
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Give Debtor One more time", page.Find("dialog").TextContent, StringComparison.Ordinal)
        );
        // Without a reason nothing happens, and the dialog says why.
        await PressAsync(page, () => page.FindAll("dialog button")[^1]);
        await page.WaitForAssertionAsync(() => Assert.Contains("Say why", page.Find("dialog").TextContent, StringComparison.Ordinal));
        Assert.Equal(0L, await Host.ScalarAsync<long>($"select count(more_time_until) from billing.arrears where party_id = '{customer}'"));
    }

    [Fact]
    public async Task Nobody_else_sees_the_desks_pages()
    {
        string customer = await OwingAsync("Debtor Two", ArrearsState.Grace);
        await SignInAsync(PartyKinds.Customer);
        var arrears = Render<ArrearsPage>();
        await arrears.WaitForAssertionAsync(() => Assert.Contains("Nobody is past due", arrears.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain(customer, arrears.Markup, StringComparison.Ordinal);
        var stops = Render<StopsPage>();
        await stops.WaitForAssertionAsync(() => Assert.Contains("Not allowed", stops.Markup, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ArrearsState.Grace, "New orders wait until it is paid")]
    [InlineData(ArrearsState.Suspended, "paying lets it go on")]
    [InlineData(ArrearsState.Ended, "paying lets you order again")]
    public async Task A_customer_is_told_on_every_page(ArrearsState state, string words)
    {
        string customer = await OwingAsync($"Debtor {state}", state);
        var mine = await Host.ActAsync<IArrears, IReadOnlyList<ArrearsView>>(
            new Actor(customer, PartyKinds.Customer, MemberRole.Owner),
            a => a.MineAsync(default)
        );
        var notice = Render<PastDueNotice>(p => p.Add(n => n.PastDue, mine));
        Assert.Contains(words, notice.Markup, StringComparison.Ordinal);
        Assert.Contains("12.50", notice.Markup, StringComparison.Ordinal);
        Assert.Equal("/invoices", notice.Find("a").GetAttribute("href"));
    }

    [Theory]
    [InlineData(ArrearsState.Grace)]
    [InlineData(ArrearsState.Ended)]
    public async Task A_quote_says_that_it_cannot_be_ordered_and_leads_to_what_is_due(ArrearsState state)
    {
        string customer = await OwingAsync($"Quoted {state}", state);
        ArrearsView mine = Assert.Single(
            await Host.ActAsync<IArrears, IReadOnlyList<ArrearsView>>(
                new Actor(customer, PartyKinds.Customer, MemberRole.Owner),
                a => a.MineAsync(default)
            )
        );
        var panel = Render<PastDuePanel>(p => p.Add(q => q.PastDue, mine));
        Assert.Contains("Cannot be ordered yet", panel.Markup, StringComparison.Ordinal);
        Assert.Contains("12.50", panel.Markup, StringComparison.Ordinal);
        Assert.Equal("/invoices", panel.Find("a").GetAttribute("href"));
        // Who may not read money reads that something is due, not how much.
        ArrearsView member = Assert.Single(
            await Host.ActAsync<IArrears, IReadOnlyList<ArrearsView>>(
                new Actor(customer, PartyKinds.Customer, MemberRole.Member),
                a => a.MineAsync(default)
            )
        );
        Assert.DoesNotContain("0.00", Render<PastDuePanel>(p => p.Add(q => q.PastDue, member)).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_step_is_mailed_to_those_who_may_pay_and_to_nobody_else()
    {
        string customer = await OwingAsync("Debtor Three", ArrearsState.Suspended);
        string other = (await Host.PartyAsync("Bystander", PartyKinds.Customer)).Id;
        await Host.PersonAsync($"pays@{customer}.example", customer, MemberRole.Finance);
        await Host.PersonAsync($"looks@{customer}.example", customer, MemberRole.Member);
        await Host.PersonAsync($"pays@{other}.example", other, MemberRole.Owner);
        var message = new ArrearsChanged(customer, "CNY", ArrearsState.Grace, ArrearsState.Suspended, 12.5m, Host.Time.GetUtcNow(), null);
        await HandleAsync<MailArrears, ArrearsChanged>(message);
        var mail = Assert.Single(await MailsAsync(customer));
        Assert.Equal(($"pays@{customer}.example", "Debtor Three: your workloads are suspended"), (mail.Recipient, mail.Subject));
        Assert.Empty(await MailsAsync(other));
    }

    [Fact]
    public async Task A_stop_without_proof_is_mailed_to_the_desk()
    {
        string desk = (await Host.PartyAsync("Desk", PartyKinds.Platform)).Id;
        await Host.PersonAsync($"on-call@{desk}.example", desk, MemberRole.Admin);
        await HandleAsync<MailStopAlarm, StopAlarmed>(new StopAlarmed("stp_1", "ctr_silent", "clu_1", StopState.Overdue, null));
        var mails = await MailsAsync(desk);
        Assert.All(mails, m => Assert.Equal("A stop is not verified: ctr_silent", m.Subject));
        Assert.Single(mails);
    }

    private static AngleSharp.Dom.IElement Row(IRenderedComponent<ArrearsPage> page, string customer) =>
        page.FindAll("tbody tr").Single(row => row.TextContent.Contains(customer, StringComparison.Ordinal));

    private async Task<string> OwingAsync(string name, ArrearsState state)
    {
        string customer = (await Host.PartyAsync(name, PartyKinds.Customer)).Id;
        await using var insert = Host.Database.CreateCommand(
            """
            insert into billing.arrears (id, party_id, party_name, currency, state, entered_at, overdue, unsecured, invoices, since, looked_at)
            values ($1, $2, $3, 'CNY', $4, $5, 12500000, 0, 1, $5, $5)
            """
        );
        foreach (object value in new object[] { $"arr_{customer}", customer, name, state.ToString(), Host.Time.GetUtcNow() })
            insert.Parameters.Add(new Npgsql.NpgsqlParameter { Value = value });
        await insert.ExecuteNonQueryAsync();
        return customer;
    }

    private Task<bool> HandleAsync<THandler, TMessage>(TMessage message)
        where THandler : IMessageHandler<TMessage>
        where TMessage : class =>
        Host.ActAsync<IServiceProvider, bool>(
            Actor.System,
            async services =>
            {
                await ActivatorUtilities.CreateInstance<THandler>(services).HandleAsync(message, default);
                await services.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync();
                return true;
            }
        );

    private Task<List<OutgoingMail>> MailsAsync(string party) =>
        Host.ActAsync<MarketplaceDbContext, List<OutgoingMail>>(
            Actor.System,
            db => db.Set<OutgoingMail>().Where(m => m.Recipient.EndsWith($"@{party}.example")).ToListAsync()
        );
}

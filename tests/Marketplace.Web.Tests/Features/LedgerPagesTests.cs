using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Admin.Ledger;
using Marketplace.Web.Tests.Hosting;

namespace Marketplace.Web.Tests.Features;

/// <summary>The explorer of accounts and journals as the network desk sees it.</summary>
public sealed class LedgerPagesTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    private Task<T> LedgerAsync<T>(Func<ILedger, Task<T>> use) => Host.ActAsync(Actor.System, use);

    /// <summary>A customer with two top-ups and a hold, and the name it goes by.</summary>
    private async Task<(string Id, string Name)> CustomerAsync(string name)
    {
        var party = await Host.PartyAsync(name, PartyKinds.Customer);
        var actor = new Actor(party.Id, PartyKinds.Customer, MemberRole.Owner);
        foreach (decimal amount in new[] { 100m, 50m })
            PortalHost.Must(
                await Host.ActAsync<IPayments, Outcome<PaymentView>>(
                    actor,
                    p => p.TopUpAsync(Money.From(amount, Currency.Cny), $"{party.Id}/{amount}", default)
                )
            );
        PortalHost.Must(
            await Host.ActAsync<ILedger, Outcome<HoldView>>(
                actor,
                l => l.HoldAsync($"order:{party.Id}", party.Id, Money.From(30, Currency.Cny), null, default)
            )
        );
        return (party.Id, name);
    }

    [Fact]
    public async Task Accounts_show_owner_class_and_balance_and_are_narrowed_and_sorted()
    {
        var (id, name) = await CustomerAsync("Plum Robotics");
        await SignInAsync(PartyKinds.Platform);
        Navigation.NavigateTo($"/admin/ledger?q={id}&sort=-code");
        var page = Render<AccountsPage>();
        await page.WaitForAssertionAsync(() => Assert.Equal(3, page.FindAll("tbody tr").Count));
        Assert.Equal(
            [$"customer.promo:{id}", $"customer.held:{id}", $"customer.available:{id}"],
            page.FindAll("tbody td:first-child small").Select(a => a.TextContent)
        );
        Assert.All(page.FindAll("tbody [data-name]"), owner => Assert.Equal(name, owner.TextContent));
        Assert.Equal(["¥0.00", "¥30.00", "¥120.00"], page.FindAll("tbody td:last-child").Select(td => td.TextContent.Trim()));
        Navigation.NavigateTo($"/admin/ledger?q={id}&class=asset");
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("tbody tr")));
        Navigation.NavigateTo($"/admin/ledger?q={id}&class=liability&currency=USD");
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("tbody tr")));
        Navigation.NavigateTo($"/admin/ledger?q={id}&class=liability&currency=CNY");
        await page.WaitForAssertionAsync(() => Assert.Equal(3, page.FindAll("tbody tr").Count));
    }

    [Fact]
    public async Task An_account_shows_its_legs_with_running_balances_over_pages()
    {
        var (id, _) = await CustomerAsync("Quince Robotics");
        await SignInAsync(PartyKinds.Platform);
        string account = $"customer.available:{id}~CNY";
        Navigation.NavigateTo($"/admin/ledger/accounts/{account}?size=2");
        var page = Render<AccountPage>(p => p.Add(x => x.Id, account));
        await page.WaitForAssertionAsync(() => Assert.Equal(["¥120.000000", "¥150.000000"], Last(page)));
        Assert.Contains($"customer.held:{id}", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Prepaid credit", page.Markup, StringComparison.Ordinal);
        Navigation.NavigateTo($"/admin/ledger/accounts/{account}?size=2&page=2");
        await page.WaitForAssertionAsync(() => Assert.Equal(["¥100.000000"], Last(page)));
        Navigation.NavigateTo($"/admin/ledger/accounts/{account}?sort=recordedAt");
        await page.WaitForAssertionAsync(() => Assert.Equal(["¥100.000000", "¥150.000000", "¥120.000000"], Last(page)));
        Assert.Equal("Customer credit", page.Find("h1").FirstChild!.TextContent);
        Assert.Contains($"customer.available:{id}", page.Find(".head .sub").TextContent, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Last(IRenderedComponent<AccountPage> page) =>
        page.FindAll("tbody td:last-child").Select(td => td.TextContent.Trim());

    [Fact]
    public async Task A_journal_shows_its_legs_who_why_and_that_it_waits_for_its_seal()
    {
        var (id, _) = await CustomerAsync("Rowan Robotics");
        var journal = (
            await LedgerAsync(l => l.JournalsAsync(new JournalQuery { Account = $"customer.held:{id}", Limit = 1 }, default))
        ).Items[0];
        await SignInAsync(PartyKinds.Platform);
        var page = Render<JournalPage>(p => p.Add(x => x.Id, journal.Id));
        await page.WaitForAssertionAsync(() => Assert.Single(page.FindAll("tbody tr")));
        Assert.Equal(
            [
                "1",
                $"Customer credit · Rowan Roboticscustomer.available:{id}",
                $"Held for a customer · Rowan Roboticscustomer.held:{id}",
                "¥30.000000",
            ],
            page.FindAll("tbody td").Select(td => td.TextContent.Trim())
        );
        Assert.Contains("not sealed yet", page.Find("h1").TextContent, StringComparison.Ordinal);
        Assert.Contains(id, page.Find("dl").TextContent, StringComparison.Ordinal);

        await Host.SealAllAsync();
        await page.WaitForAssertionAsync(() => Assert.Contains("sealed in block", page.Find("h1").TextContent, StringComparison.Ordinal));
        Assert.Contains(
            (await LedgerAsync(l => l.FindJournalAsync(journal.Id, default)))!.Seal!.Hash,
            page.Find("dl").TextContent,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Journals_are_narrowed_by_kind()
    {
        var (id, _) = await CustomerAsync("Sorrel Robotics");
        await SignInAsync(PartyKinds.Platform);
        Navigation.NavigateTo("/admin/ledger/journals?kind=hold");
        var page = Render<JournalsPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains($"customer.held:{id}", page.Markup, StringComparison.Ordinal));
        Assert.All(page.FindAll("tbody td:first-child b"), kind => Assert.Equal("Hold", kind.TextContent));
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh-Hans")]
    public async Task Somebody_else_s_account_and_journal_are_not_there(string culture)
    {
        var (id, _) = await CustomerAsync("Tansy Robotics");
        string journal = (await LedgerAsync(l => l.JournalsAsync(new JournalQuery { Account = $"customer.held:{id}", Limit = 1 }, default)))
            .Items[0]
            .Id;
        Speak(culture);
        await SignInAsync(PartyKinds.Customer);
        var account = Render<AccountPage>(p => p.Add(x => x.Id, $"customer.available:{id}~CNY"));
        await account.WaitForAssertionAsync(() =>
            Assert.Contains(culture == "en" ? "There is no such account." : "没有此账户。", account.Markup, StringComparison.Ordinal)
        );
        var page = Render<JournalPage>(p => p.Add(x => x.Id, journal));
        await page.WaitForAssertionAsync(() =>
            Assert.Contains(culture == "en" ? "There is no such journal." : "没有此凭证。", page.Markup, StringComparison.Ordinal)
        );
    }
}

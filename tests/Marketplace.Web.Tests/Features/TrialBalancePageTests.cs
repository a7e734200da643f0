using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Admin.Ledger;
using Marketplace.Web.Components.Layout.Navigation;
using Marketplace.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Web.Tests.Features;

/// <summary>The trial balance before, during and after its jobs have run, and when the books are wrong.</summary>
public sealed class TrialBalancePageTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    private async Task TopUpAsync()
    {
        var party = await Host.PartyAsync("Balanced", PartyKinds.Customer);
        PortalHost.Must(
            await Host.ActAsync<IPayments, Outcome<PaymentView>>(
                new Actor(party.Id, PartyKinds.Customer, MemberRole.Owner),
                p => p.TopUpAsync(Money.From(100, Currency.Cny), party.Id, default)
            )
        );
    }

    private static IEnumerable<string> Chips(IRenderedComponent<TrialBalancePage> page) =>
        page.FindAll("#invariants tbody tr td:last-child").Select(td => td.TextContent.Trim());

    [Fact]
    public async Task The_books_prove_themselves_and_show_what_was_tampered_with()
    {
        await TopUpAsync();
        await SignInAsync(PartyKinds.Platform);
        var page = Render<TrialBalancePage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("It has not been computed yet.", page.Markup, StringComparison.Ordinal));
        Assert.Contains("not verified yet", page.Markup, StringComparison.Ordinal);

        await Host.SealAllAsync();
        await Host.RunJobAsync("billing-check-books");
        await Host.RunJobAsync("billing-verify-seals");
        await page.WaitForAssertionAsync(() => Assert.Equal(Enumerable.Repeat("holds", Invariants.All.Count), Chips(page)));
        await page.WaitForAssertionAsync(() => Assert.Contains("intact", page.Markup, StringComparison.Ordinal));
        // One account of each class that moved, then the currency's total; every difference is nought.
        Assert.Equal(
            ["Asset", "Liability", "Total CNY"],
            page.FindAll("#trial-balance tbody td:first-child").Select(td => td.FirstChild!.TextContent.Trim())
        );
        Assert.All(page.FindAll("#trial-balance tbody td:last-child"), td => Assert.Equal("¥0.000000", td.TextContent.Trim()));
        Assert.Equal(
            ["¥100.000000", "¥0.000000", "¥100.000000"],
            page.FindAll("#trial-balance tbody td:nth-child(3)").Select(td => td.TextContent.Trim())
        );

        await TamperAsync("update billing.account set credits = credits + 1 where kind = 'customer.available'");
        await Host.RunJobAsync("billing-check-books");
        await page.WaitForAssertionAsync(() => Assert.Equal("broken: 1", Chips(page).ElementAt(2)));
        Assert.Contains("\u2212¥0.000001", page.Find("#trial-balance").TextContent, StringComparison.Ordinal);
        await TamperAsync("delete from billing.seal_block");
        await Host.RunJobAsync("billing-verify-seals");
        await page.WaitForAssertionAsync(() => Assert.Contains("block 1 is missing", page.Markup, StringComparison.Ordinal));
        Assert.Single(page.FindAll("dl a[href^='/admin/ledger/journals/']"));

        var rail = await Host.ActAsync<NavigationFigures, RailFigures>(
            new Actor("org_desk", PartyKinds.Platform, MemberRole.Owner),
            figures => figures.ReadAsync(WorkspaceKind.Admin, default)
        );
        Assert.Equal(new NavCount(2, WaitsForYou: true), rail.Counts["admin-trial-balance"]);
    }

    [Theory]
    [InlineData("Compute again", "billing-check-books")]
    [InlineData("Verify now", "billing-verify-seals")]
    public async Task A_button_asks_for_a_run_of_its_job(string button, string job)
    {
        await ActivatorUtilities.CreateInstance<JobRunner>(Host.Services).PrepareAsync(default);
        await SignInAsync(PartyKinds.Platform);
        var page = Render<TrialBalancePage>();
        await page.WaitForAssertionAsync(() => Find(page, button));
        await PressAsync(page, () => Find(page, button));
        Assert.Equal(
            1,
            await Host.ScalarAsync<long>($"select count(*) from platform.job_run where job = '{job}' and outcome = 'Requested'")
        );
        Assert.Empty(Refusals(page));
    }

    [Theory]
    [InlineData("en", "Not allowed|needs the role")]
    [InlineData("zh-Hans", "[\u4e00-\u9fff]")]
    public async Task A_reader_of_the_desk_is_told_why_a_button_did_nothing(string culture, string says)
    {
        Speak(culture);
        await ActivatorUtilities.CreateInstance<JobRunner>(Host.Services).PrepareAsync(default);
        await SignInAsync(PartyKinds.Platform, MemberRole.Viewer);
        var page = Render<TrialBalancePage>();
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll(".panel button")));
        await PressAsync(page, () => page.FindAll(".panel button")[0]);
        await page.WaitForAssertionAsync(() => Assert.Matches(says, Assert.Single(Refusals(page)).TextContent));
    }

    // A note in a panel is about the books, not about the button.
    private static IEnumerable<AngleSharp.Dom.IElement> Refusals(IRenderedComponent<TrialBalancePage> page) =>
        page.FindAll(".note").Where(n => n.Closest(".panel") is null);

    private static AngleSharp.Dom.IElement Find(IRenderedComponent<TrialBalancePage> page, string button) =>
        page.FindAll("button").Single(b => b.TextContent.Trim() == button);

    private async Task TamperAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Host.TestDatabase.AdminConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand("set session_replication_role = replica; " + sql);
        await command.ExecuteNonQueryAsync();
    }
}

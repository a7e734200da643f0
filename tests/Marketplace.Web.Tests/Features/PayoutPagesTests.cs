using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Features.Admin.Credits;
using Marketplace.Web.Components.Features.Admin.Payouts;
using Marketplace.Web.Components.Features.Customers.Credits;
using Marketplace.Web.Components.Features.Payouts;
using Marketplace.Web.Tests.Hosting;
using Npgsql;

namespace Marketplace.Web.Tests.Features;

/// <summary>Payouts as a center and the desk see them, and vouchers from the campaign to the customer's credit.</summary>
public sealed class PayoutPagesTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    private static readonly PayoutDestination Account = new("Green Compute", "DE89370400440532013000", null, "Bank of Hohhot");

    private Task<T> AsAsync<TService, T>(string party, PartyKinds kinds, Func<TService, Task<T>> use)
        where TService : notnull => Host.ActAsync(new Actor(party, kinds, MemberRole.Owner), use);

    [Fact]
    public async Task An_owner_says_where_to_pay_and_sees_the_mask_only()
    {
        await SignInAsync(PartyKinds.Center);
        Navigation.NavigateTo("/center/payouts");
        var page = Render<PayoutsPage>();
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Nothing can be paid until there is an account.", page.Markup, StringComparison.Ordinal)
        );
        await PressAsync(
            page,
            () => page.FindAll("button").Single(b => b.TextContent.Contains("Set the account", StringComparison.Ordinal))
        );
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("form")));
        var inputs = page.FindAll("form input");
        await page.InvokeAsync(() => page.FindAll("form input")[0].Change("Green Compute"));
        await page.InvokeAsync(() => page.FindAll("form input")[1].Change("DE89370400440532013001"));
        await page.InvokeAsync(() => page.FindAll("form input")[3].Change("Bank of Hohhot"));
        Assert.Equal(4, inputs.Count);
        await page.InvokeAsync(() => page.Find("form").Submit());
        await page.WaitForAssertionAsync(() => Assert.Contains("check digits do not fit", page.Markup, StringComparison.Ordinal));
        await page.InvokeAsync(() => page.FindAll("form input")[1].Change("DE89 3704 0044 0532 0130 00"));
        await page.InvokeAsync(() => page.Find("form").Submit());
        await page.WaitForAssertionAsync(() => Assert.Contains("Bank of Hohhot ···· 3000", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("0532", page.Markup, StringComparison.Ordinal);
        Assert.Equal("/center/statement", page.Find("a.btn").GetAttribute("href"));
    }

    [Fact]
    public async Task Who_is_no_owner_changes_nothing_and_who_may_not_see_money_sees_none()
    {
        await SignInAsync(PartyKinds.Operator, MemberRole.Finance);
        Navigation.NavigateTo("/operator/payouts");
        var page = Render<PayoutsPage>();
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Only owners of your organisation change it.", page.Markup, StringComparison.Ordinal)
        );
        Assert.Equal("/operator/revenue/statement", page.Find("a.btn").GetAttribute("href"));
    }

    [Theory]
    [InlineData("en", "Only people with the finance role see payouts.")]
    [InlineData("zh-Hans", "只有财务角色可以查看结算。")]
    public async Task A_viewer_is_told_why_there_is_nothing(string culture, string text)
    {
        Speak(culture);
        await SignInAsync(PartyKinds.Center, MemberRole.Viewer);
        var page = Render<PayoutsPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains(text, page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_desk_approves_what_waits_and_the_party_sees_it()
    {
        string center = (await Host.PartyAsync("Earner", PartyKinds.Center)).Id;
        PortalHost.Must(
            await AsAsync<IPayouts, Outcome<PayoutDestinationView>>(
                center,
                PartyKinds.Center,
                p => p.SetDestinationAsync(Currency.Cny, Account, default)
            )
        );
        await EligibleAsync(center, "pyo_wait");
        await SignInAsync(PartyKinds.Platform);
        var page = Render<PayoutQueuePage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("Earner", page.Markup, StringComparison.Ordinal));
        Assert.Contains("Bank of Hohhot ···· 3000", page.Markup, StringComparison.Ordinal);
        await PressAsync(page, () => page.FindAll("tbody button").Single(b => b.TextContent == "Approve"));
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll("dialog")));
        await PressAsync(page, () => page.FindAll("dialog button").Last());
        await page.WaitForAssertionAsync(() => Assert.Contains("approved", page.Find("tbody tr").TextContent, StringComparison.Ordinal));
        PayoutView seen = Assert.Single(
            (await AsAsync<IPayouts, Platform.Pages.Page<PayoutView>>(center, PartyKinds.Center, p => p.ListAsync(new(), default))).Items
        );
        Assert.Equal((PayoutState.Approved, null), (seen.State, seen.ApprovedBy));
    }

    [Fact]
    public async Task The_desk_holds_back_from_an_organisation_it_chooses()
    {
        string seller = (await Host.PartyAsync("Held Seller", PartyKinds.Operator)).Id;
        await SignInAsync(PartyKinds.Platform);
        var page = Render<PayoutQueuePage>();
        await PressAsync(page, () => page.FindAll("button").First(b => b.TextContent.Contains("Hold back", StringComparison.Ordinal)));
        await page.WaitForAssertionAsync(() => Assert.Equal(3, page.FindAll("form select").Count));
        await page.InvokeAsync(() => page.FindAll("form select")[0].Change("operator"));
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Held Seller", page.FindAll("form select")[2].TextContent, StringComparison.Ordinal)
        );
        await page.InvokeAsync(() => page.FindAll("form select")[2].Change(seller));
        await page.InvokeAsync(() => page.FindAll("form input")[0].Change("12.5"));
        await page.InvokeAsync(() => page.FindAll("form input")[1].Change("Under review"));
        await page.InvokeAsync(() => page.Find("form").Submit());
        await page.WaitForAssertionAsync(() => Assert.Empty(page.FindAll("form")));
        Assert.Contains("Under review", page.Markup, StringComparison.Ordinal);
        PayoutHoldView held = Assert.Single(
            PortalHost.Must(await Host.ActAsync<IPayouts, Outcome<IReadOnlyList<PayoutHoldView>>>(Actor.System, p => p.HoldsAsync(default)))
        );
        Assert.Equal((seller, Money.From(12.5m, Currency.Cny)), (held.PartyId, held.Amount));
    }

    // As the schedule would have left it.
    private async Task EligibleAsync(string party, string id)
    {
        await using var source = NpgsqlDataSource.Create(Host.TestDatabase.OwnerConnectionString);
        foreach (
            string sql in new[]
            {
                $"insert into billing.payout (id, party_id, role, currency, amount, state, due_on, created_at, updated_at) values ('{id}', '{party}', 'center', 'CNY', 500000000, 'Accrued', '2030-01-14', now(), now())",
                $"update billing.payout set state = 'Eligible', destination_id = (select id from billing.payout_destination where party_id = '{party}') where id = '{id}'",
            }
        )
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_campaign_shows_its_code_once_and_a_customer_redeems_it()
    {
        await SignInAsync(PartyKinds.Platform);
        var desk = Render<VouchersPage>();
        await PressAsync(desk, () => desk.FindAll("button").Single(b => b.TextContent.Contains("New campaign", StringComparison.Ordinal)));
        await desk.WaitForAssertionAsync(() => Assert.NotEmpty(desk.FindAll("form")));
        await desk.InvokeAsync(() => desk.FindAll("form input")[0].Change("Spring"));
        await desk.InvokeAsync(() => desk.Find("form").Submit());
        await desk.WaitForAssertionAsync(() =>
            Assert.Contains("The amount must be more than zero, in whole coins.", desk.Markup, StringComparison.Ordinal)
        );
        await desk.InvokeAsync(() => desk.FindAll("form input")[1].Change("50"));
        await desk.InvokeAsync(() => desk.Find("form").Submit());
        await desk.WaitForAssertionAsync(() => Assert.Contains("Codes of Spring", desk.Markup, StringComparison.Ordinal));
        string code = System.Text.RegularExpressions.Regex.Match(desk.Markup, "([0-9A-Z]{4}-){3}[0-9A-Z]{4}").Value;
        Assert.StartsWith("data:text/csv;base64,", desk.Find("a[download]").GetAttribute("href"), StringComparison.Ordinal);
        await PressAsync(
            desk,
            () => desk.FindAll("button").Single(b => b.TextContent.Contains("I have saved them", StringComparison.Ordinal))
        );
        await desk.WaitForAssertionAsync(() => Assert.DoesNotContain(code, desk.Markup, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("en", "There is no voucher with this code.")]
    [InlineData("zh-Hans", "没有这个券码")]
    public async Task A_customer_redeems_a_code_and_reads_until_when_it_lives(string culture, string unknown)
    {
        Speak(culture);
        var made = PortalHost.Must(
            await Host.ActAsync<IVouchers, Outcome<NewCampaign>>(
                new Actor("org_desk", PartyKinds.Platform, MemberRole.Owner),
                v =>
                    v.CreateAsync(
                        new CampaignRequest(
                            "Summer " + culture,
                            "CNY",
                            50,
                            Host.Time.GetUtcNow(),
                            Host.Time.GetUtcNow().AddDays(9),
                            1,
                            9,
                            1,
                            0,
                            false,
                            10
                        ),
                        default
                    )
            )
        );
        await SignInAsync(PartyKinds.Customer);
        var page = Render<GrantPanel>(p => p.Add(x => x.Currency, Currency.Cny));
        await page.InvokeAsync(() => page.Find("form input").Change("NONE"));
        await page.InvokeAsync(() => page.Find("form").Submit());
        await page.WaitForAssertionAsync(() => Assert.Contains(unknown, page.Markup, StringComparison.Ordinal));
        await page.InvokeAsync(() => page.Find("form input").Change(made.Codes[0]));
        await page.InvokeAsync(() => page.Find("form").Submit());
        await page.WaitForAssertionAsync(() =>
            Assert.Contains("Summer " + culture, page.Find("tbody").TextContent, StringComparison.Ordinal)
        );
        Assert.Contains("50.00", page.Find("tbody").TextContent, StringComparison.Ordinal);
    }
}

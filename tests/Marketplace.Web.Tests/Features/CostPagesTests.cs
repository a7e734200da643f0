using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Web.Components.Features.Centers.Earnings;
using Marketplace.Web.Components.Features.Customers.Costs;
using Marketplace.Web.Components.Features.Operators.Revenue;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Tests.Features;

/// <summary>Costs, revenue and earnings as each party sees its own.</summary>
public sealed class CostPagesTests : PageContext, IClassFixture<PortalHost>
{
    public CostPagesTests(PortalHost host)
        : base(host) =>
        // What is used in the next hour counts when it is over.
        Time.StepTo(Host.Time.GetUtcNow().AddHours(2));

    private async Task<string> ProjectAsync(string party, string name) =>
        PortalHost
            .Must(
                await Host.ActAsync<IProjects, Outcome<ProjectView>>(
                    new Actor(party, PartyKinds.Customer, MemberRole.Owner),
                    p => p.CreateAsync(new NameProject(name), default)
                )
            )
            .Id;

    private static IReadOnlyList<string> Rows<T>(IRenderedComponent<T> page)
        where T : IComponent => [.. page.FindAll("table.tbl")[0].QuerySelectorAll("tbody tr").Select(r => r.TextContent)];

    [Fact]
    public async Task A_customer_s_costs_are_grouped_by_project_and_what_has_none_is_named()
    {
        string party = await SignInAsync(PartyKinds.Customer);
        await Host.SpendAsync(party, cardHours: 6, projectId: await ProjectAsync(party, "Vision"));
        await Host.SpendAsync(party, cardHours: 3);
        // Somebody else's work of the same kind.
        await Host.SpendAsync((await Host.PartyAsync("Neighbour", PartyKinds.Customer)).Id, cardHours: 13);
        var budget = await Host.BudgetAsync(party, BudgetKind.Month, 900, name: "Whole month");
        Navigation.NavigateTo("/costs?by=project");
        var page = Render<CostsPage>();
        await page.WaitForAssertionAsync(() => Assert.Equal(2, Rows(page).Count));
        Assert.Contains("Vision", Rows(page)[0], StringComparison.Ordinal);
        Assert.Contains("¥60.00", Rows(page)[0], StringComparison.Ordinal);
        Assert.Contains("No project", Rows(page)[1], StringComparison.Ordinal);
        Assert.Contains("¥30.00", Rows(page)[1], StringComparison.Ordinal);
        Assert.Contains("¥90.00", page.Find("tfoot").TextContent, StringComparison.Ordinal);
        Assert.Contains("last 7 days", page.Markup, StringComparison.Ordinal);
        Assert.NotNull(page.Find("svg.chart"));
        Assert.StartsWith(
            "/downloads/costs?side=customer&by=project&currency=CNY&from=",
            page.Find("a[download][href^='/downloads/costs']").GetAttribute("href"),
            StringComparison.Ordinal
        );
        await page.WaitForAssertionAsync(() => Assert.NotEmpty(page.FindAll($"a[href='/costs/budgets/{budget.Id}']")));
        Assert.Contains("Whole month", page.Markup, StringComparison.Ordinal);

        Navigation.NavigateTo("/costs?by=deviceModel");
        await page.WaitForAssertionAsync(() => Assert.Contains("A100", Assert.Single(Rows(page)), StringComparison.Ordinal));
        Assert.DoesNotContain("130.00", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "Nothing was charged in this period.", "No budget counts now.")]
    [InlineData("zh-Hans", "此时段没有费用。", "目前没有生效的预算。")]
    public async Task A_customer_without_costs_is_told_so(string culture, string nothing, string budget)
    {
        Speak(culture);
        await Host.SpendAsync((await Host.PartyAsync("Neighbour", PartyKinds.Customer)).Id, cardHours: 11);
        await SignInAsync(PartyKinds.Customer);
        var page = Render<CostsPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains(nothing, page.Markup, StringComparison.Ordinal));
        await page.WaitForAssertionAsync(() => Assert.Contains(budget, page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operator_sees_revenue_and_margin_by_customer_and_only_its_own()
    {
        string me = await SignInAsync(PartyKinds.Operator);
        string buyer = (await Host.PartyAsync("Steady buyer", PartyKinds.Customer)).Id;
        await Host.SpendAsync(buyer, cardHours: 10, operatorId: me);
        await Host.SpendAsync(buyer, cardHours: 7);
        Navigation.NavigateTo("/operator/revenue?by=customer");
        var page = Render<RevenuePage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("Steady buyer", Assert.Single(Rows(page)), StringComparison.Ordinal));
        // 100 sold, 80 wholesale, 5 for the network: 15 are left.
        foreach (string amount in new[] { "¥100.00", "¥80.00", "¥5.00", "¥15.00", "15%" })
            Assert.Contains(amount, Rows(page)[0], StringComparison.Ordinal);
        Assert.Contains("¥15.000000", page.Markup, StringComparison.Ordinal);
        Assert.NotNull(page.Find("a[href='/operator/payouts']"));
        Navigation.NavigateTo("/operator/revenue?by=bundle&period=month");
        await page.WaitForAssertionAsync(() => Assert.Contains("Own image", Assert.Single(Rows(page)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_center_sees_what_it_earned_and_what_comes_next()
    {
        string me = await SignInAsync(PartyKinds.Center);
        string buyer = (await Host.PartyAsync("Buyer", PartyKinds.Customer)).Id;
        await Host.SpendAsync(buyer, cardHours: 10, centerId: me);
        await Host.SpendAsync(buyer, cardHours: 7);
        var page = Render<EarningsPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("A100", Assert.Single(Rows(page)), StringComparison.Ordinal));
        Assert.Contains("¥80.00", Rows(page)[0], StringComparison.Ordinal);
        // Neither the retail price nor the buyer.
        Assert.DoesNotContain("100.00", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain(buyer, page.Markup, StringComparison.Ordinal);
        Assert.NotNull(page.Find("a[href='/center/payouts']"));
        Navigation.NavigateTo("/center/earnings?by=site");
        await page.WaitForAssertionAsync(() => Assert.Contains("Not recorded", Assert.Single(Rows(page)), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PartyKinds.Customer)]
    [InlineData(PartyKinds.Operator)]
    [InlineData(PartyKinds.Center)]
    public async Task Who_may_not_read_money_sees_none(PartyKinds kind)
    {
        string me = await SignInAsync(kind, MemberRole.Member);
        await Host.SpendAsync(me, cardHours: 5, operatorId: me, centerId: me);
        string markup = kind switch
        {
            PartyKinds.Customer => await MarkupAsync<CostsPage>(),
            PartyKinds.Operator => await MarkupAsync<RevenuePage>(),
            _ => await MarkupAsync<EarningsPage>(),
        };
        Assert.Contains("finance role", markup, StringComparison.Ordinal);
        Assert.DoesNotContain("¥", markup, StringComparison.Ordinal);
    }

    private async Task<string> MarkupAsync<TPage>()
        where TPage : IComponent
    {
        var page = Render<TPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("finance role", page.Markup, StringComparison.Ordinal));
        return page.Markup;
    }
}

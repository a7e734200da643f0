using AngleSharp.Dom;
using Bunit;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Testing;
using Marketplace.Web.Components.Features.Customers.Budgets;
using Marketplace.Web.Components.Features.Customers.Projects;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Tests.Features;

/// <summary>Budgets and projects as a customer sees and changes them.</summary>
public sealed class BudgetPagesTests(PortalHost host) : PageContext(host), IClassFixture<PortalHost>
{
    [Fact]
    public async Task The_list_shows_what_is_used_committed_and_left_and_what_was_told()
    {
        string party = await SignInAsync(PartyKinds.Customer);
        await Host.SpendAsync(party, cardHours: 6);
        var budget = await Host.BudgetAsync(party, BudgetKind.Month, 300);
        var page = Render<BudgetsPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("¥60.00 + ¥140.00", page.Markup, StringComparison.Ordinal));
        Assert.Contains("20%", page.Markup, StringComparison.Ordinal);
        Assert.Contains("¥100.00", page.Markup, StringComparison.Ordinal);
        Assert.Equal($"/costs/budgets/{budget.Id}", page.Find("tbody td.wide a").GetAttribute("href"));
        Assert.NotEmpty(page.FindAll("a[href='/costs/budgets/new']"));
        await Host.BudgetAsync(party, BudgetKind.Day, 70);
        await page.WaitForAssertionAsync(() => Assert.Contains("80% used", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_budget_is_changed_and_ended_and_shows_what_it_stopped()
    {
        string party = await SignInAsync(PartyKinds.Customer);
        string contract = await Host.SpendAsync(party, cardHours: 6);
        var budget = await Host.BudgetAsync(party, BudgetKind.Month, 50, hardStop: true);
        var page = Render<BudgetPage>(p => p.Add(x => x.Id, budget.Id));
        await page.WaitForAssertionAsync(() => Assert.Contains("Stopped 1 workload in this period", page.Markup, StringComparison.Ordinal));
        Assert.NotNull(page.Find($"a[href='/runs/{contract}']"));
        Assert.Contains("used up", page.Markup, StringComparison.Ordinal);
        Assert.NotNull(page.Find("svg.chart"));
        await PressAsync(page, () => Button(page, "Change"));
        await page.InvokeAsync(() => Labelled(page, "Amount").ChangeAsync(new ChangeEventArgs { Value = "80" }));
        await page.InvokeAsync(() => Labelled(page, "Tell the owners at").ChangeAsync(new ChangeEventArgs { Value = "x" }));
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());
        await page.WaitForAssertionAsync(() => Assert.Contains("is not a percentage", page.Markup, StringComparison.Ordinal));
        await page.InvokeAsync(() => Labelled(page, "Tell the owners at").ChangeAsync(new ChangeEventArgs { Value = "25, 100%" }));
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());
        await Eventually.HoldsAsync(async () => (await NowAsync(budget.Id)).Version == 2, "the second version");
        Assert.Equal(80m, (await NowAsync(budget.Id)).Amount.Amount);
        Assert.Equal([0.25m, 1m], (await NowAsync(budget.Id)).Thresholds);
        await PressAsync(page, () => Button(page, "End budget"));
        await PressAsync(
            page,
            () => page.FindAll("dialog button, [role=dialog] button").First(b => b.TextContent.Contains("End budget", Ordinal))
        );
        await Eventually.HoldsAsync(async () => (await NowAsync(budget.Id)).State == BudgetState.Ended, "the budget to end");
    }

    [Fact]
    public async Task The_form_makes_a_budget_of_a_project()
    {
        string party = await SignInAsync(PartyKinds.Customer);
        var project = PortalHost.Must(
            await Host.ActAsync<IProjects, Outcome<ProjectView>>(Owner(party), p => p.CreateAsync(new NameProject("Vision"), default))
        );
        Navigation.NavigateTo($"/costs/budgets/new?project={project.Id}");
        var page = Render<NewBudgetPage>();
        await page.WaitForAssertionAsync(() => Assert.NotNull(Labelled(page, "Project")));
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());
        await page.WaitForAssertionAsync(() => Assert.Contains("Give the budget a short name.", page.Markup, StringComparison.Ordinal));
        await page.InvokeAsync(() => Labelled(page, "Name").ChangeAsync(new ChangeEventArgs { Value = "Vision month" }));
        await page.InvokeAsync(() => Labelled(page, "Amount").ChangeAsync(new ChangeEventArgs { Value = "500" }));
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());
        await page.WaitForAssertionAsync(() => Assert.Contains("/costs/budgets/bud_", Navigation.Uri, StringComparison.Ordinal));
        var made = await NowAsync(Navigation.Uri.Split('/')[^1]);
        Assert.Equal(("Vision month", "Vision", 500m), (made.Name, made.ScopeName, made.Amount.Amount));
    }

    [Fact]
    public async Task Who_may_not_read_money_sees_no_budget()
    {
        string party = await SignInAsync(PartyKinds.Customer, MemberRole.Member);
        await Host.BudgetAsync(party, BudgetKind.Month, 50, name: "Secret plans");
        var page = Render<BudgetsPage>();
        await page.WaitForAssertionAsync(() => Assert.Contains("Finance", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("Secret plans", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Projects_are_made_and_archived_and_show_what_they_spent()
    {
        string party = await SignInAsync(PartyKinds.Customer);
        var page = Render<ProjectsPage>();
        await page.WaitForAssertionAsync(() => Assert.NotNull(Button(page, "New project")));
        await PressAsync(page, () => Button(page, "New project"));
        await page.InvokeAsync(() => Labelled(page, "Name").ChangeAsync(new ChangeEventArgs { Value = "Vision" }));
        await PressAsync(page, () => page.FindAll("button").First(b => b.TextContent.Trim() == "Create"));
        await page.WaitForAssertionAsync(() => Assert.Contains("Vision", page.Find("tbody").TextContent, StringComparison.Ordinal));
        string id = (await Host.ActAsync<IProjects, Page<ProjectView>>(Owner(party), p => p.ListAsync(new ProjectQuery(), default)))
            .Items[0]
            .Id;
        await Host.SpendAsync(party, cardHours: 4, projectId: id);
        var month = new DateOnly(Host.Time.GetUtcNow().Year, Host.Time.GetUtcNow().Month, 1);
        var spent = await Host.ActAsync<IBudgets, IReadOnlyList<ScopeSpending>>(
            Owner(party),
            b => b.SpendingAsync(BudgetScope.Project, Marketplace.Platform.Monetary.Currency.Cny, month, month.AddMonths(1), default)
        );
        Assert.Equal((id, 40m), (spent.Single().ScopeId, spent.Single().Spent.Amount));
        await page.WaitForAssertionAsync(() => Assert.NotNull(Button(page, "Archive")));
        await PressAsync(page, () => Button(page, "Archive"));
        await PressAsync(page, () => page.FindAll("button").Last(b => b.TextContent.Trim() == "Archive"));
        await page.WaitForAssertionAsync(() => Assert.Contains("Archived", page.Find("tbody").TextContent, StringComparison.Ordinal));
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static Actor Owner(string partyId) => new(partyId, PartyKinds.Customer, MemberRole.Owner);

    private async Task<BudgetView> NowAsync(string id) =>
        (await Host.ActAsync<IBudgets, BudgetView?>(Actor.System, b => b.FindAsync(id, default)))!;

    private static IElement Button<T>(IRenderedComponent<T> page, string text)
        where T : IComponent => page.FindAll("button").First(b => b.TextContent.Trim() == text);

    private static IElement Labelled<T>(IRenderedComponent<T> page, string label)
        where T : IComponent =>
        page.FindAll("label")
            .Where(l => l.TextContent.Trim().StartsWith(label, Ordinal))
            .Select(l => page.Find("#" + l.GetAttribute("for")))
            .First();
}

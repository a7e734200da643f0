using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Bulk;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Provisioning.Contracts;
using Marketplace.Testing;
using static Marketplace.Orders.Tests.OrdersHouse;

namespace Marketplace.Orders.Tests;

/// <summary>Budgets and projects on the way of an order: quote, order, bulk line, extension, charge.</summary>
public sealed class BudgetTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    // One card for two hours, tax included.
    private const decimal Two = 2 * Retail * 1.06m;

    [Fact]
    public async Task A_hundred_orders_at_once_spend_one_budget_and_not_more()
    {
        await using var house = await OpenAsync(db, cards: 100, credit: 10_000);
        await BudgetAsync(house, BudgetKind.Month, (Two * 7) + 1);
        var orders = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => house.PlaceAsync(house.Request())));
        Assert.Equal(7, orders.Count(o => o.IsOk));
        Assert.All(orders.Where(o => !o.IsOk), o => Assert.Equal("budget-exceeded", o.Problem!.Code));
        Assert.Equal(Two * 7, (await house.WalletAsync()).Held.Amount);
        Assert.Equal(7, (await house.ListingAsync()).SoldCards);
    }

    [Fact]
    public async Task A_quote_says_before_buying_what_the_order_would_be_told()
    {
        await using var house = await OpenAsync(db);
        var budget = await BudgetAsync(house, BudgetKind.Month, Two * 1.5m);
        await BudgetAsync(house, BudgetKind.HourlyRate, 1_000);
        var quote = Ok(await house.QuoteAsync(house.Request()));
        Assert.Equal(2, quote.Budgets.Count);
        Assert.All(quote.Budgets, b => Assert.True(b.Allowed));
        Ok(await house.AcceptAsync(quote.Id));
        var second = Ok(await house.QuoteAsync(house.Request()));
        var fit = second.Budgets[0];
        Assert.Equal((budget.Id, false, Two, Two * 0.5m), (fit.BudgetId, fit.Allowed, fit.Committed.Amount, fit.Left.Amount));
        var refused = Refused(await house.AcceptAsync(second.Id));
        Assert.Equal((ProblemKind.Conflict, "budget-exceeded", budget.Id), (refused.Kind, refused.Code, refused.Figures!["budgetId"]));
        Assert.Equal(Two, (await house.WalletAsync()).Held.Amount);
        // The quote is still firm: with the budget raised it can be accepted.
        Ok(
            await house.As<IBudgets, Outcome<BudgetView>>(
                house.Customer,
                b => b.ChangeAsync(budget.Id, new ChangeBudget { Amount = Two * 2 }, default)
            )
        );
        Ok(await house.AcceptAsync(second.Id));
    }

    [Fact]
    public async Task More_hours_count_too_and_a_refused_extension_changes_nothing()
    {
        await using var house = await OpenAsync(db);
        await BudgetAsync(house, BudgetKind.Total, Two * 1.5m);
        await BudgetAsync(house, BudgetKind.HourlyRate, Retail * 1.06m);
        var contract = await house.BuyAsync(house.Request());
        Assert.Equal("budget-exceeded", Refused(await ExtendAsync(house, contract.Id, 1.1m)).Code);
        Assert.Equal(contract.EndsAt, (await house.ContractAsync(contract.Id)).EndsAt);
        Assert.Equal(Two, (await house.WalletAsync()).Held.Amount);
        Assert.Equal(contract.EndsAt.AddHours(1), Ok(await ExtendAsync(house, contract.Id, 1)).EndsAt);
    }

    [Fact]
    public async Task A_bulk_order_spends_as_far_as_the_budget_reaches_or_not_at_all()
    {
        await using var house = await OpenAsync(db, cards: 20);
        await BudgetAsync(house, BudgetKind.Day, (Two * 3) + 1);
        var all = await BulkAsync(house, BulkMode.Atomic, 4);
        Assert.Equal((BulkState.Failed, 0), (all.State, all.Accepted));
        var some = await BulkAsync(house, BulkMode.BestEffort, 5);
        Assert.Equal((BulkState.Completed, 3, 2), (some.State, some.Accepted, some.Refused));
        var lines = (await house.As<IBulkOrders, Page<BulkLineResult>>(house.Customer, b => b.ResultsAsync(some.Id, new(), default))).Items;
        Assert.All(
            lines.Where(l => l.Status == "refused"),
            l =>
            {
                Assert.Equal(("budget-exceeded", "1.000000"), (l.Problem!.Code, l.Problem.Figures!["left"]));
                Assert.StartsWith($"/lines/{l.Line}", l.Problem.Errors[0].Pointer, StringComparison.Ordinal);
            }
        );
        Assert.Equal(Two * 3, (await house.WalletAsync()).Held.Amount);
    }

    [Fact]
    public async Task Orders_and_contracts_keep_project_and_member_and_are_found_by_them()
    {
        await using var house = await OpenAsync(db);
        var ann = house.Customer with { UserId = "usr_ann" };
        var robot = house.Customer with { CredentialId = "key_robot" };
        var vision = await ProjectAsync(house, "Vision");
        var speech = await ProjectAsync(house, "Speech");
        var mine = Ok(await house.PlaceAsync(house.Request() with { Project = "vision" }, who: ann));
        var quote = Ok(await house.QuoteAsync(house.Request() with { Project = speech.Id }, who: ann));
        var its = Ok(await house.AcceptAsync(quote.Id, who: robot));
        Ok(await house.PlaceAsync(house.Request()));
        Assert.Equal((vision.Id, "Vision", "usr_ann"), (mine.ProjectId, mine.ProjectName, mine.MemberId));
        Assert.Equal((speech.Id, "Speech", "key_robot"), (its.ProjectId, its.ProjectName, its.MemberId));
        var contract = await house.ContractAsync(mine.Lines[0].ContractId!);
        Assert.Equal((vision.Id, "Vision", "usr_ann"), (contract.ProjectId, contract.ProjectName, contract.MemberId));
        // The operator and the center of the trade learn neither, and cannot filter by them.
        foreach (var other in new[] { house.Operator, house.Center })
        {
            var seen = await house.ContractAsync(contract.Id, other);
            Assert.Equal((null, null, null), (seen.ProjectId, seen.ProjectName, seen.MemberId));
            Assert.Empty(await ContractsAsync(house, other, new ContractQuery { ProjectId = vision.Id }));
            Assert.Empty(await ContractsAsync(house, other, new ContractQuery { MemberId = "usr_ann" }));
        }
        Assert.Equal([contract.Id], await ContractsAsync(house, house.Customer, new ContractQuery { ProjectId = vision.Id }));
        Assert.Equal([its.Id], await OrdersAsync(house, new OrderQuery { MemberId = "key_robot" }));
        Assert.Equal([mine.Id], await OrdersAsync(house, new OrderQuery { ProjectId = vision.Id }));
        // A bulk order's lines are its submitter's.
        var bulk = await BulkAsync(house, BulkMode.BestEffort, 1, who: ann, project: "Speech");
        Assert.Equal(1, bulk.Accepted);
        Assert.Equal(2, (await OrdersAsync(house, new OrderQuery { MemberId = "usr_ann" })).Count);
        Assert.Equal(2, (await OrdersAsync(house, new OrderQuery { ProjectId = speech.Id })).Count);
    }

    [Fact]
    public async Task A_wrong_or_archived_project_is_named_and_takes_nothing()
    {
        await using var house = await OpenAsync(db);
        var vision = await ProjectAsync(house, "Vision");
        var quote = Ok(await house.QuoteAsync(house.Request() with { Project = "Vision" }));
        foreach (string wrong in new[] { "Visoin", "prj_none" })
            Assert.Equal(
                "/project",
                Assert.Single(Refused(await house.PlaceAsync(house.Request() with { Project = wrong })).Errors).Pointer
            );
        Ok(await StateAsync(house, vision.Id, ProjectState.Archived));
        Assert.Equal("/project", Refused(await house.QuoteAsync(house.Request() with { Project = "Vision" })).Errors[0].Pointer);
        Assert.Equal("project-archived", Refused(await house.AcceptAsync(quote.Id)).Code);
        Assert.Equal("project-archived", Refused(await StateAsync(house, vision.Id, ProjectState.Archived)).Code);
        Ok(await StateAsync(house, vision.Id, ProjectState.Active));
        Assert.Equal("project-active", Refused(await StateAsync(house, vision.Id, ProjectState.Active)).Code);
        Ok(await house.AcceptAsync(quote.Id));
        var bulk = await BulkAsync(house, BulkMode.BestEffort, 1, project: "Visoin");
        var line = (await house.As<IBulkOrders, Page<BulkLineResult>>(house.Customer, b => b.ResultsAsync(bulk.Id, new(), default))).Items[
            0
        ];
        Assert.Equal("/lines/0/project", line.Problem!.Errors[0].Pointer);
    }

    [Fact]
    public async Task Projects_are_named_once_and_belong_to_their_organisation()
    {
        await using var house = await OpenAsync(db);
        var vision = await ProjectAsync(house, "Vision");
        Assert.Equal("project-exists", Refused(await CreateAsync(house, house.Customer, " VISION ")).Code);
        foreach (string bad in new[] { "", "  ", new string('x', 61), "a\nb" })
            Assert.Equal("/name", Refused(await CreateAsync(house, house.Customer, bad)).Errors[0].Pointer);
        // Two at once of one name are one project.
        var twins = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CreateAsync(house, house.Customer, "Twin")));
        Assert.Single(twins, t => t.IsOk);
        var renamed = Ok(
            await house.As<IProjects, Outcome<ProjectView>>(house.Customer, p => p.RenameAsync(vision.Id, new("Sight"), default))
        );
        Assert.Equal((vision.Id, "Sight"), (renamed.Id, renamed.Name));
        var stranger = await house.PartyAsync(PartyKinds.Customer, "Stranger");
        Ok(await CreateAsync(house, stranger, "Sight"));
        Assert.Equal(
            "/project",
            Refused(await house.QuoteAsync(house.Request() with { Project = vision.Id }, who: stranger)).Errors[0].Pointer
        );
        Assert.Null(await house.As<IProjects, ProjectView?>(stranger, p => p.FindAsync(vision.Id, default)));
        Assert.Equal(
            ProblemKind.NotFound,
            Refused(await house.As<IProjects, Outcome<ProjectView>>(stranger, p => p.RenameAsync(vision.Id, new("Mine"), default))).Kind
        );
        Assert.Equal(ProblemKind.NotFound, Refused(await StateAsync(house, vision.Id, ProjectState.Archived, stranger)).Kind);
        Assert.Empty(await house.As<IProjects, IReadOnlyDictionary<string, string>>(stranger, p => p.NamesAsync([vision.Id], default)));
        foreach (var actor in new[] { house.Customer with { Role = MemberRole.Finance }, house.Operator })
            Assert.Equal(ProblemKind.Forbidden, Refused(await CreateAsync(house, actor, "No")).Kind);
    }

    [Fact]
    public async Task Measured_usage_passes_thresholds_and_stops_what_runs()
    {
        await using var house = await OpenAsync(db);
        var contract = await house.BuyAsync(house.Request(hours: 4));
        await house.BuyAsync(house.Request(hours: 1));
        var budget = await BudgetAsync(house, BudgetKind.Month, Two, hardStop: true);
        await house.ReportAsync(contract.Id, WorkloadPhase.Ready, readyAt: house.Now);
        DateTimeOffset ready = house.Now;
        house.Time.Advance(TimeSpan.FromHours(2));
        await house.RelayAsync(house.Usage(contract, ready, 2m));
        var alerts = await house.As<IBudgets, Page<BudgetAlertView>>(
            house.Customer,
            b => b.AlertsAsync(new BudgetAlertQuery { BudgetId = budget.Id }, default)
        );
        Assert.Equal([1m, 0.8m, 0.5m], alerts.Items.Where(a => a.Kind == BudgetAlertKind.Reached).Select(a => a.Threshold));
        var stops = await house.DeliverAsync<SpendingStopped>();
        Assert.Equal(2, stops.Count(s => s.LimitId == budget.Id));
        Assert.Contains($"{Two:0.00} CNY", stops[0].Reason, StringComparison.Ordinal);
        Assert.Equal("budget-exceeded", Refused(await house.PlaceAsync(house.Request())).Code);
    }

    private static async Task<BudgetView> BudgetAsync(OrdersHouse house, BudgetKind kind, decimal amount, bool hardStop = false) =>
        Ok(
            await house.As<IBudgets, Outcome<BudgetView>>(
                house.Customer,
                b =>
                    b.CreateAsync(
                        new CreateBudget($"{kind}", BudgetScope.Organization, null, kind, amount, "CNY") { HardStop = hardStop },
                        house.NewKey(),
                        default
                    )
            )
        );

    private static Task<Outcome<ProjectView>> CreateAsync(OrdersHouse house, Actor who, string name) =>
        house.As<IProjects, Outcome<ProjectView>>(who, p => p.CreateAsync(new NameProject(name), default));

    private static async Task<ProjectView> ProjectAsync(OrdersHouse house, string name) =>
        Ok(await CreateAsync(house, house.Customer, name));

    private static Task<Outcome<ProjectView>> StateAsync(OrdersHouse house, string projectId, ProjectState to, Actor? who = null) =>
        house.As<IProjects, Outcome<ProjectView>>(who ?? house.Customer, p => p.ChangeStateAsync(projectId, to, default));

    private static Task<Outcome<ContractView>> ExtendAsync(OrdersHouse house, string contractId, decimal hours) =>
        house.As<IContracts, Outcome<ContractView>>(house.Customer, c => c.ExtendAsync(contractId, hours, house.NewKey(), default));

    private static async Task<IReadOnlyList<string>> ContractsAsync(OrdersHouse house, Actor who, ContractQuery query) =>
        [.. (await house.As<IContracts, Page<ContractView>>(who, c => c.ListAsync(query, default))).Items.Select(c => c.Id)];

    private static async Task<IReadOnlyList<string>> OrdersAsync(OrdersHouse house, OrderQuery query) =>
        [.. (await house.As<IOrders, Page<OrderView>>(house.Customer, o => o.ListAsync(query, default))).Items.Select(o => o.Id)];

    private static async Task<BulkOrderView> BulkAsync(
        OrdersHouse house,
        BulkMode mode,
        int lines,
        Actor? who = null,
        string? project = null
    )
    {
        var request = new BulkOrderRequest
        {
            Mode = mode,
            Lines =
            [
                .. Enumerable
                    .Range(0, lines)
                    .Select(i =>
                        JsonSerializer.SerializeToElement(
                            house.Request() with
                            {
                                Name = $"line-{i}",
                                Project = project,
                            },
                            OrdersJson.Options
                        )
                    ),
            ],
        };
        var bulk = Ok(
            await house.As<IBulkOrders, Outcome<BulkOrderView>>(who ?? house.Customer, b => b.SubmitAsync(request, house.NewKey(), default))
        );
        await house.DeliverAsync<BulkSubmitted>();
        return (await house.As<IBulkOrders, BulkOrderView?>(house.Customer, b => b.FindAsync(bulk.Id, default)))!;
    }
}

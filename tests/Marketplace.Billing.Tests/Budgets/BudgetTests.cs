using Marketplace.Billing.Budgets;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests.Budgets;

/// <summary>Budgets over a database: turns, sums, alerts, stops, versions, and who may see them.</summary>
public sealed partial class BudgetTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_hundred_spends_at_once_are_admitted_exactly_as_far_as_the_budget_reaches()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10_000);
        var budget = Ok(await MakeAsync(house, customer, BudgetKind.Month, 250));
        // 34 times 7.30 fit into 250, the 35th would be 255.50.
        var spends = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SpendAsync(house, customer, 7.30m)));
        Assert.Equal(34, spends.Count(p => p is null));
        Assert.All(spends.OfType<Problem>(), p => Assert.Equal("budget-exceeded", p.Code));
        var standing = (await FindAsync(house, customer, budget.Id)).Standing!;
        Assert.Equal((Money(0), Money(248.20m), Money(1.80m)), (standing.Used, standing.Committed, standing.Left));
        // What is left can still be ordered, and not a micro-unit more.
        Assert.NotNull(await SpendAsync(house, customer, 1.800001m));
        Assert.Null(await SpendAsync(house, customer, 1.80m));
    }

    [Fact]
    public async Task A_rate_counts_hours_of_what_is_open_and_nothing_else()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 10_000);
        Ok(await MakeAsync(house, customer, BudgetKind.HourlyRate, 30));
        Assert.Null(await SpendAsync(house, customer, 500, perHour: 20));
        Assert.Equal("hourlyRate", (await SpendAsync(house, customer, 1, perHour: 10.01m))!.Figures!["kind"]);
        Assert.Null(await SpendAsync(house, customer, 500, perHour: 10));
        // More hours of what runs add no rate.
        Assert.Null((await AdmitAsync(house, customer, 999, 0))[0]);
    }

    [Fact]
    public async Task Charges_move_money_from_committed_to_spent_and_ended_contracts_give_the_rest_back()
    {
        await using var house = Over(db);
        var (customer, terms) = await RunningAsync(house, hold: 100);
        var budget = Ok(await MakeAsync(house, customer, BudgetKind.Month, 100));
        var before = (await FindAsync(house, customer, budget.Id)).Standing!;
        await house.RecordAsync(house.Reading(terms, cardHours: 2, atHour: 1));
        var charged = (await FindAsync(house, customer, budget.Id)).Standing!;
        Assert.Equal((Money(0), Money(100), Money(0)), (before.Used, before.Committed, before.Left));
        Assert.Equal((Money(23.80m), Money(76.20m), Money(0)), (charged.Used, charged.Committed, charged.Left));
        await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default));
        var ended = (await FindAsync(house, customer, budget.Id)).Standing!;
        Assert.Equal((Money(23.80m), Money(0), Money(76.20m)), (ended.Used, ended.Committed, ended.Left));
        await AssertDaysAsync(house);
    }

    [Fact]
    public async Task A_day_begins_anew_at_midnight_utc_and_a_total_never_does()
    {
        await using var house = Over(db);
        var (customer, terms) = await RunningAsync(house, hold: 500);
        var day = Ok(await MakeAsync(house, customer, BudgetKind.Day, 1_000));
        var total = Ok(await MakeAsync(house, customer, BudgetKind.Total, 1_000));
        // Two windows: until midnight, and an hour of the next day.
        await house.RecordAsync(house.Reading(terms, cardHours: 12, atHour: 12));
        house.Time.Advance(TimeSpan.FromHours(13));
        await house.RecordAsync(
            house.Reading(terms, cardHours: 13, atHour: 13) with
            {
                From = ManualTimeProvider.DefaultStart.AddHours(12),
            }
        );
        var today = (await FindAsync(house, customer, day.Id)).Standing!;
        Assert.Equal((Money(11.90m), new DateOnly(2030, 1, 16)), (today.Used, today.PeriodStart));
        Assert.Equal(Money(154.70m), (await FindAsync(house, customer, total.Id)).Standing!.Used);
        var line = (await As(house, customer, b => b.BurnDownAsync(day.Id, default)))!;
        Assert.Equal(Money(988.10m), line.Left[^1].Left);
        Assert.Equal(Money(845.30m), (await As(house, customer, b => b.BurnDownAsync(total.Id, default)))!.Left[^1].Left);
        await AssertDaysAsync(house);
    }

    [Fact]
    public async Task A_project_and_a_member_are_counted_by_themselves()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        await house.TopUpAsync(customer, 1_000);
        var project = Ok(
            await house.ActAsync<IProjects, Outcome<ProjectView>>(Customer(customer), p => p.CreateAsync(new("Vision"), default))
        );
        Ok(await MakeAsync(house, customer, BudgetKind.Month, 50, BudgetScope.Project, project.Id));
        Ok(await MakeAsync(house, customer, BudgetKind.Month, 30, BudgetScope.Member, "usr_ann"));
        Assert.Null(await SpendAsync(house, customer, 300));
        Assert.Null(await SpendAsync(house, customer, 20, project: project.Id, member: "usr_ann"));
        Assert.Equal("10.000000", (await SpendAsync(house, customer, 11, member: "usr_ann"))!.Figures!["left"]);
        Assert.Null(await SpendAsync(house, customer, 30, project: project.Id, member: "usr_bob"));
        Assert.Equal("0.000000", (await SpendAsync(house, customer, 1, project: project.Id))!.Figures!["left"]);
        // Another organisation's project is none of ours.
        var stranger = Refused(await MakeAsync(house, house.NewParty(), BudgetKind.Month, 50, BudgetScope.Project, project.Id));
        Assert.Equal("/scopeId", stranger.Errors[0].Pointer);
    }

    [Fact]
    public async Task Each_threshold_is_told_once_a_period_however_often_and_by_however_many_it_is_looked_at()
    {
        await using var house = Over(db);
        var (customer, terms) = await RunningAsync(house, hold: 500);
        var budget = Ok(await MakeAsync(house, customer, BudgetKind.Day, 100));
        await house.RecordAsync(house.Reading(terms, cardHours: 7, atHour: 7));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WatchAsync(house, terms.ContractId)));
        await WatchAllAsync(house);
        Assert.Equal([0.8m, 0.5m], (await AlertsAsync(house, customer, budget.Id)).Where(IsReached).Select(a => a.Threshold));
        // Two thresholds at once are one mail, of the higher; a forecast is another.
        var told = await MessagesAsync(house, "billing.budget-alert.v1", budget.Id);
        Assert.Equal((await AlertsAsync(house, customer, budget.Id)).Count(a => !IsReached(a)) + 1, told);
        await house.RecordAsync(house.Reading(terms, cardHours: 9, atHour: 9));
        await WatchAsync(house, terms.ContractId);
        Assert.Equal(3, (await AlertsAsync(house, customer, budget.Id)).Count(IsReached));
        // A raised amount is another limit, and a new day another period.
        Ok(await As(house, customer, b => b.ChangeAsync(budget.Id, new ChangeBudget { Amount = 200 }, default)));
        var raised = (await AlertsAsync(house, customer, budget.Id)).Where(IsReached).ToList();
        Assert.Equal((4, 0.5m, Money(200)), (raised.Count, raised[0].Threshold, raised[0].Amount));
        house.Time.Advance(TimeSpan.FromDays(1));
        await WatchAsync(house, terms.ContractId);
        Assert.Equal(4, (await AlertsAsync(house, customer, budget.Id)).Count(IsReached));
    }

    [Fact]
    public async Task A_hard_stop_stops_every_open_contract_in_its_scope_once_a_period()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        var (_, mine) = await RunningAsync(house, 200, customer, project: "prj_a");
        var (_, idle) = await RunningAsync(house, 50, customer, project: "prj_a");
        var (_, ended) = await RunningAsync(house, 50, customer, project: "prj_a");
        var (_, other) = await RunningAsync(house, 50, customer, project: "prj_b");
        await house.RatingAsync(Actor.System, r => r.SettleAsync(ended.ContractId, default));
        var project = Ok(await house.ActAsync<IProjects, Outcome<ProjectView>>(Customer(customer), p => p.CreateAsync(new("A"), default)));
        await house.AsOwnerAsync(
            $"""
            alter table billing.contract_scope disable trigger contract_scope_immutable;
            update billing.contract_scope set project_id = '{project.Id}' where project_id = 'prj_a';
            alter table billing.contract_scope enable trigger contract_scope_immutable;
            """
        );
        var budget = Ok(await MakeAsync(house, customer, BudgetKind.Month, 100, BudgetScope.Project, project.Id, hardStop: true));
        await house.RecordAsync(house.Reading(mine, cardHours: 8, atHour: 8));
        await WatchAsync(house, mine.ContractId);
        Assert.Equal(0, await StoppedAsync(house, mine, idle, ended, other));
        await house.RecordAsync(house.Reading(mine, cardHours: 9, atHour: 9));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => WatchAsync(house, mine.ContractId)));
        await WatchAllAsync(house);
        Assert.Equal(
            (1, 1, 0, 0),
            (
                await StoppedAsync(house, mine),
                await StoppedAsync(house, idle),
                await StoppedAsync(house, ended),
                await StoppedAsync(house, other)
            )
        );
        Assert.Equal(2, (await FindAsync(house, customer, budget.Id)).Standing!.Stopped);
        Assert.Equal(
            new[] { mine.ContractId, idle.ContractId }.Order(StringComparer.Ordinal),
            (await As(house, customer, b => b.StopsAsync(budget.Id, default))).Select(s => s.ContractId).Order(StringComparer.Ordinal)
        );
        // The next month begins with nothing spent, and nothing of it is stopped.
        house.Time.Advance(TimeSpan.FromDays(20));
        await WatchAllAsync(house);
        Assert.Equal(2, await StoppedAsync(house, mine, idle));
        Assert.Equal(0, (await FindAsync(house, customer, budget.Id)).Standing!.Stopped);
        // Lowering an amount below what is spent stops at once.
        var total = Ok(await MakeAsync(house, customer, BudgetKind.Total, 500, hardStop: true, startsOn: null));
        await house.RecordAsync(
            house.Reading(mine, cardHours: 2, atHour: (20 * 24) + 1, allocation: "alc_2") with
            {
                From = ManualTimeProvider.DefaultStart.AddDays(20),
            }
        );
        Ok(await As(house, customer, b => b.ChangeAsync(total.Id, new ChangeBudget { Amount = 20 }, default)));
        Assert.Equal((2, 2, 1), (await StoppedAsync(house, mine), await StoppedAsync(house, idle), await StoppedAsync(house, other)));
    }

    private static bool IsReached(BudgetAlertView alert) => alert.Kind == BudgetAlertKind.Reached;

    private static CreateBudget Request(BudgetKind kind, decimal amount) => new($"{kind}", BudgetScope.Organization, kind, amount, "CNY");

    private static Task<Outcome<BudgetView>> MakeAsync(
        BillingHouse house,
        string customer,
        BudgetKind kind,
        decimal amount,
        BudgetScope scope = BudgetScope.Organization,
        string? scopeId = null,
        bool hardStop = false,
        string? key = null,
        DateOnly? startsOn = null
    ) =>
        As(
            house,
            customer,
            b =>
                b.CreateAsync(
                    Request(kind, amount) with
                    {
                        Scope = scope,
                        ScopeId = scopeId,
                        HardStop = hardStop,
                        StartsOn = startsOn,
                    },
                    key ?? house.NewId("key"),
                    default
                )
        );

    private static Task<T> As<T>(BillingHouse house, string customer, Func<IBudgets, Task<T>> use) =>
        house.ActAsync(Customer(customer), use);

    private static async Task<BudgetView> FindAsync(BillingHouse house, string customer, string budgetId) =>
        (await As(house, customer, b => b.FindAsync(budgetId, default)))!;

    private static async Task<IReadOnlyList<BudgetAlertView>> AlertsAsync(BillingHouse house, string customer, string budgetId) =>
        (await As(house, customer, b => b.AlertsAsync(new BudgetAlertQuery { BudgetId = budgetId }, default))).Items;

    private static Task<bool> WatchAsync(BillingHouse house, string contractId) =>
        house.ActAsync<IBudgetAdmission, bool>(
            Actor.System,
            async a =>
            {
                await a.WatchAsync(contractId, default);
                return true;
            }
        );

    private static Task<int> WatchAllAsync(BillingHouse house) => house.ActAsync<BudgetWatch, int>(Actor.System, w => w.RunAsync(default));

    private static async Task<int> MessagesAsync(BillingHouse house, string type, params string[] keys)
    {
        int count = 0;
        foreach (string key in keys)
            count += (int)
                (long)
                    (
                        await house.AsApplicationAsync(
                            $"select count(*) from platform.outbox_message where type = '{type}' and key = '{key}'"
                        )
                    )!;
        return count;
    }

    private static Task<int> StoppedAsync(BillingHouse house, params ContractTerms[] contracts) =>
        MessagesAsync(house, "billing.spending-stopped.v1", [.. contracts.Select(c => c.ContractId)]);

    private static async Task<(string Customer, ContractTerms Terms)> RunningAsync(
        BillingHouse house,
        decimal hold,
        string? customer = null,
        string? project = null
    )
    {
        var terms = await house.ContractAsync(hold, with: t => customer is null ? t : t with { CustomerId = customer });
        await RegisterAsync(house, terms, project, null, 11.9m);
        return (terms.CustomerId, terms);
    }

    private static Task<bool> RegisterAsync(BillingHouse house, ContractTerms terms, string? project, string? member, decimal perHour) =>
        house.ActAsync<IServiceProvider, bool>(
            Actor.System,
            async services =>
            {
                services
                    .GetRequiredService<IBudgetAdmission>()
                    .Register([new ContractScope(terms.ContractId, terms.CustomerId, project, member, Money(perHour))]);
                await services.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync();
                return true;
            }
        );

    private static Task<IReadOnlyList<Problem?>> AdmitAsync(BillingHouse house, string customer, decimal total, decimal perHour) =>
        house.ActAsync<IServiceProvider, IReadOnlyList<Problem?>>(
            Customer(customer),
            services =>
                services
                    .GetRequiredService<MarketplaceDbContext>()
                    .InTransactionAsync(
                        t =>
                            services
                                .GetRequiredService<IBudgetAdmission>()
                                .AdmitAsync(customer, [new SpendRequest(Money(total), Money(perHour), null, null)], t),
                        default
                    )
        );

    /// <summary>Asked, held and registered in one transaction, as an order does.</summary>
    private static Task<Problem?> SpendAsync(
        BillingHouse house,
        string customer,
        decimal total,
        decimal perHour = 1,
        string? project = null,
        string? member = null
    ) =>
        house.ActAsync<IServiceProvider, Problem?>(
            Customer(customer),
            services =>
                services
                    .GetRequiredService<MarketplaceDbContext>()
                    .InTransactionAsync<Problem?>(
                        async t =>
                        {
                            var budgets = services.GetRequiredService<IBudgetAdmission>();
                            if (
                                (await budgets.AdmitAsync(customer, [new(Money(total), Money(perHour), project, member)], t))[0] is
                                { } refused
                            )
                                return refused;
                            string id = house.NewId(IdPrefix.Contract);
                            var held = await services
                                .GetRequiredService<ILedger>()
                                .HoldAsync($"contract:{id}", customer, Money(total), null, t);
                            if (!held.IsOk)
                                return held.Problem;
                            await services
                                .GetRequiredService<IRating>()
                                .RegisterAsync(
                                    new ContractTerms(
                                        id,
                                        "ord_1",
                                        customer,
                                        "org_o",
                                        "org_c",
                                        "CNY",
                                        null,
                                        "x",
                                        1,
                                        1,
                                        0,
                                        0,
                                        "CN",
                                        $"contract:{id}"
                                    ),
                                    t
                                );
                            budgets.Register([new ContractScope(id, customer, project, member, Money(perHour))]);
                            await services.GetRequiredService<MarketplaceDbContext>().SaveChangesAsync(t);
                            return null;
                        },
                        default,
                        problem => problem is null
                    )
        );

    private static async Task AssertDaysAsync(BillingHouse house) =>
        Assert.Equal(
            0L,
            await house.AsApplicationAsync(
                """
                select count(*) from billing.contract_day d
                full join (
                    select contract_id, (window_from at time zone 'UTC')::date as day, sum(net + tax)::bigint as spent
                    from billing.rated_line group by 1, 2
                ) l on l.contract_id = d.contract_id and l.day = d.day
                where d.spent is distinct from l.spent
                """
            )
        );
}

using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Budgets;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests.Budgets;

/// <summary>The pure rules of budgets: what may be ordered, what is told, where spending leads.</summary>
public sealed class AdmissionTests
{
    private static readonly DateOnly Day = new(2026, 3, 10);
    private static readonly string?[] Names = [null, "a", "b"];

    private static readonly Gen<BudgetStanding> Budgets =
        from scope in Gen.Elements(Enum.GetValues<BudgetScope>())
        from kind in Gen.Elements(Enum.GetValues<BudgetKind>())
        from name in Gen.Elements("a", "b")
        from amount in Gen.Choose(1, 400)
        from spent in Gen.Choose(0, 250)
        from held in Gen.Choose(0, 250)
        from rate in Gen.Choose(0, 250)
        select Standing(kind, amount, spent, held, rate) with
        {
            Scope = scope,
            ScopeId = scope == BudgetScope.Organization ? null : name,
        };

    private static readonly Gen<SpendRequest> Requests =
        from total in Gen.Choose(0, 120)
        from rate in Gen.Choose(0, 60)
        from project in Gen.Elements(Names)
        from member in Gen.Elements(Names)
        select new SpendRequest(Yuan(total), Yuan(rate), project, member);

    private static readonly Gen<(BudgetStanding[] Budgets, SpendRequest[] Requests)> Cases =
        from budgets in Budgets.ArrayOf()
        from requests in Requests.ArrayOf()
        select (budgets, requests);

    [Fact]
    public void What_is_admitted_never_passes_a_budget() =>
        Properties.Check(
            Cases,
            c =>
            {
                var admitted = Admitted(c.Budgets, c.Requests);
                return c.Budgets.All(b =>
                {
                    long added = admitted.Where(r => b.Counts(r.ProjectId, r.MemberId)).Sum(b.Adds);
                    return added == 0 || b.Used + b.Committed + added <= b.Amount;
                });
            },
            count: 500
        );

    [Fact]
    public void What_is_refused_would_have_passed_one() =>
        Properties.Check(
            Cases,
            c =>
            {
                var problems = Admission.Decide(c.Budgets, c.Requests);
                List<SpendRequest> before = [];
                foreach (var (request, problem) in c.Requests.Zip(problems))
                {
                    bool fits = c
                        .Budgets.Where(b => b.Counts(request.ProjectId, request.MemberId))
                        .All(b =>
                            b.Adds(request) == 0
                            || b.Used + b.Committed + before.Where(r => b.Counts(r.ProjectId, r.MemberId)).Sum(b.Adds) + b.Adds(request)
                                <= b.Amount
                        );
                    if (fits != problem is null)
                        return false;
                    if (problem is null)
                        before.Add(request);
                }
                return true;
            },
            count: 500
        );

    [Fact]
    public void A_refusal_says_the_numbers_of_the_tightest_and_names_every_budget_that_refuses()
    {
        var rate = Standing(BudgetKind.HourlyRate, amount: 50, spent: 0, held: 0, rate: 45) with { Id = "bud_rate", Name = "Rate" };
        var month = Standing(BudgetKind.Month, amount: 1_000, spent: 600, held: 300, rate: 45) with { Id = "bud_month", Name = "Month" };
        var other = month with { Id = "bud_other", Scope = BudgetScope.Project, ScopeId = "b" };
        var problem = Admission.Decide([rate, month, other], [new SpendRequest(Yuan(150), Yuan(8), "a", null)])[0]!;
        Assert.Equal(Admission.Code, problem.Code);
        Assert.Equal(
            [
                "The budget 'Month' allows 1000.00 CNY until 2026-04-01 00:00 UTC: 600.00 CNY spent, 300.00 CNY committed, 150.00 CNY more asked, 100.00 CNY left.",
                "The budget 'Rate' allows 50.00 CNY per hour: 45.00 CNY running or held, 8.00 CNY more asked, 5.00 CNY left.",
            ],
            problem.Errors.Select(e => e.Message)
        );
        Assert.Equal(
            ("bud_month", "1000.000000", "600.000000", "300.000000", "150.000000", "100.000000", "2026-04-01T00:00:00Z"),
            (
                problem.Figures!["budgetId"],
                problem.Figures["amount"],
                problem.Figures["spent"],
                problem.Figures["committed"],
                problem.Figures["requested"],
                problem.Figures["left"],
                problem.Figures["until"]
            )
        );
    }

    [Fact]
    public void Periods_are_calendar_days_and_months_in_utc()
    {
        Assert.Equal(new BudgetPeriod(Day, Day.AddDays(1)), BudgetPeriod.Of(BudgetKind.Day, Day.AddYears(-1), Day));
        Assert.Equal(
            new BudgetPeriod(new(2026, 12, 1), new(2027, 1, 1)),
            BudgetPeriod.Of(BudgetKind.Month, Day, new DateOnly(2026, 12, 31))
        );
        Assert.Equal(new BudgetPeriod(Day.AddDays(-9), null), BudgetPeriod.Of(BudgetKind.Total, Day.AddDays(-9), Day));
        // 23:30 in Shanghai is still the day before in UTC's evening: the moment decides, not its clock.
        Assert.Equal(Day, BudgetPeriod.DayOf(new DateTimeOffset(2026, 3, 11, 7, 59, 0, TimeSpan.FromHours(8))));
        Assert.Equal(Day.AddDays(1), BudgetPeriod.DayOf(new DateTimeOffset(2026, 3, 11, 8, 0, 0, TimeSpan.FromHours(8))));
    }

    [Fact]
    public void A_threshold_is_due_from_its_fraction_on()
    {
        DateTimeOffset night = BudgetPeriod.Begin(Day);
        decimal[] At(long spent) =>
            [
                .. AlertRule
                    .Due(Standing(BudgetKind.Day, 100, spent, 0, 0), night)
                    .Where(a => a.Kind == BudgetAlertKind.Reached)
                    .Select(a => a.Threshold),
            ];
        Assert.Empty(At(49));
        Assert.Equal([0.5m], At(50));
        Assert.Equal([0.5m, 0.8m], At(99));
        Assert.Equal([0.5m, 0.8m, 1m], At(100));
    }

    [Fact]
    public void A_forecast_is_told_only_when_the_pace_uses_it_up_in_its_period()
    {
        DateTimeOffset noon = BudgetPeriod.Begin(Day).AddHours(12);
        var half = Standing(BudgetKind.Day, 100, spent: 60, held: 0, rate: 0);
        // 60 in twelve hours: the other 40 last eight more.
        Assert.Equal(noon.AddHours(8), Pace.UsedUpAt(half, noon));
        Assert.Contains(AlertRule.Due(half, noon), a => a.Kind == BudgetAlertKind.Forecast && a.UsedUpAt == noon.AddHours(8));
        Assert.Null(Pace.UsedUpAt(half with { Spent = Micros(40) }, noon));
        Assert.Null(Pace.UsedUpAt(half with { Spent = Micros(100) }, noon));
        // A pace of an hour says nothing.
        Assert.Null(Pace.UsedUpAt(half, BudgetPeriod.Begin(Day).AddHours(1)));
        // A month by the pace of a week: 6.5 days have cost 130, the other 300 last 15 more of the 21.5 that are left.
        var month = Standing(BudgetKind.Month, 500, spent: 200, held: 0, rate: 0) with
        {
            Lately = Micros(130),
        };
        Assert.Equal(noon.AddDays(15), Pace.UsedUpAt(month, noon));
        Assert.Null(Pace.UsedUpAt(month with { Lately = Micros(65) }, noon));
    }

    [Fact]
    public void Only_a_hard_stop_stops_and_never_a_rate()
    {
        var budget = Standing(BudgetKind.Month, 100, spent: 100, held: 0, rate: 500) with { HardStop = true };
        Assert.True(AlertRule.Stops(budget));
        Assert.False(AlertRule.Stops(budget with { HardStop = false }));
        Assert.False(AlertRule.Stops(budget with { Spent = budget.Amount - 1, Held = budget.Amount }));
        Assert.False(AlertRule.Stops(budget with { Kind = BudgetKind.HourlyRate }));
    }

    [Fact]
    public void A_burn_down_falls_by_what_was_spent_and_ends_at_what_is_left() =>
        Properties.Check(
            from spent in Gen.Choose(0, 30).ListOf(9)
            from hour in Gen.Choose(0, 23)
            select (spent, hour),
            c =>
            {
                DateTimeOffset begin = BudgetPeriod.Begin(new DateOnly(2026, 3, 1));
                DateTimeOffset now = begin.AddDays(c.spent.Count - 1).AddHours(c.hour).AddMinutes(1);
                var budget = Standing(BudgetKind.Month, 400, c.spent.Sum(), 0, 0) with { Lately = Micros(c.spent.TakeLast(7).Sum()) };
                var line = BurnDownRule.Of(
                    budget,
                    [.. c.spent.Select((s, i) => (begin.AddDays(i), Micros(s))).Where(s => s.Item2 > 0)],
                    TimeSpan.FromDays(1),
                    now,
                    maxPoints: 100
                );
                return line.Left.Count == c.spent.Count + 1
                    && line.Left[0].Left.Micros == budget.Amount
                    && line.Left[^1] == new BurnPoint(now, budget.Money(budget.Amount - budget.Spent))
                    && line.Left.Zip(line.Left.Skip(1)).All(p => p.First.At < p.Second.At && p.First.Left >= p.Second.Left)
                    && line.Forecast.All(p => !p.Left.IsNegative && p.At <= BudgetPeriod.Begin(new DateOnly(2026, 4, 1)))
                    && (line.Forecast.Count == 0 || line.Forecast[0] == line.Left[^1]);
            },
            count: 300
        );

    [Fact]
    public void An_ended_budget_takes_no_step()
    {
        Assert.Equal(3, BudgetRow.States.Forbidden().Count());
        Assert.All(
            BudgetRow.States.Forbidden(),
            p => Assert.Throws<Platform.States.IllegalTransitionException>(() => BudgetRow.States.Move(p.From, p.To))
        );
        Assert.Equal(BudgetState.Ended, BudgetRow.States.Move(BudgetState.Active, BudgetState.Ended));
    }

    [Theory]
    [InlineData("/name", "", BudgetScope.Organization, null, BudgetKind.Month, 10, "CNY")]
    [InlineData("/amount", "x", BudgetScope.Organization, null, BudgetKind.Month, 0, "CNY")]
    [InlineData("/amount", "x", BudgetScope.Organization, null, BudgetKind.Month, 2e9, "CNY")]
    [InlineData("/currency", "x", BudgetScope.Organization, null, BudgetKind.Month, 10, "GBP")]
    [InlineData("/scopeId", "x", BudgetScope.Project, null, BudgetKind.Month, 10, "CNY")]
    [InlineData("/scopeId", "x", BudgetScope.Organization, "prj_1", BudgetKind.Month, 10, "CNY")]
    [InlineData("/kind", "x", BudgetScope.Organization, null, (BudgetKind)9, 10, "CNY")]
    [InlineData("/scope", "x", (BudgetScope)9, null, BudgetKind.Month, 10, "CNY")]
    public void What_is_wrong_is_named(
        string pointer,
        string name,
        BudgetScope scope,
        string? scopeId,
        BudgetKind kind,
        double amount,
        string currency
    )
    {
        var error = Assert.Single(BudgetRules.Check(new CreateBudget(name, scope, scopeId, kind, (decimal)amount, currency), Day)!.Errors);
        Assert.Equal(pointer, error.Pointer);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public void Thresholds_first_day_and_hard_stop_are_checked()
    {
        var good = new CreateBudget("x", BudgetScope.Organization, null, BudgetKind.Month, 10, "CNY");
        Assert.Null(BudgetRules.Check(good with { Thresholds = [], StartsOn = Day.AddDays(30), HardStop = true }, Day));
        decimal[][] wrong =
        [
            [0m],
            [0.5m, 0.5m],
            [11m],
            [0.33333m],
            [-1m],
            [.. Enumerable.Range(1, 11).Select(i => i / 20m)],
        ];
        Assert.All(
            wrong,
            t => Assert.Equal("/thresholds", Assert.Single(BudgetRules.Check(good with { Thresholds = t }, Day)!.Errors).Pointer)
        );
        Assert.All(
            new[] { Day.AddDays(-1), Day.AddDays(400) },
            d => Assert.Equal("/startsOn", Assert.Single(BudgetRules.Check(good with { StartsOn = d }, Day)!.Errors).Pointer)
        );
        Assert.Equal(
            "/hardStop",
            Assert.Single(BudgetRules.Check(good with { Kind = BudgetKind.HourlyRate, HardStop = true }, Day)!.Errors).Pointer
        );
        Assert.Equal(
            "/hardStop",
            Assert.Single(BudgetRules.Check(new ChangeBudget { HardStop = true }, BudgetKind.HourlyRate)!.Errors).Pointer
        );
    }

    private static List<SpendRequest> Admitted(BudgetStanding[] budgets, SpendRequest[] requests) =>
        [.. requests.Zip(Admission.Decide(budgets, requests)).Where(r => r.Second is null).Select(r => r.First)];

    private static long Micros(long yuan) => yuan * Money.MicrosPerUnit;

    private static Money Yuan(long yuan) => new(Micros(yuan), Currency.Cny);

    private static BudgetStanding Standing(BudgetKind kind, long amount, long spent, long held, long rate) =>
        new(
            $"bud_{kind}",
            1,
            BudgetScope.Organization,
            null,
            kind,
            $"{kind}",
            Currency.Cny,
            Micros(amount),
            BudgetRules.DefaultThresholds,
            false,
            Day,
            BudgetPeriod.Of(kind, Day, Day),
            Micros(spent),
            Micros(held),
            Micros(rate),
            Micros(spent)
        );
}

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

// Who may change a budget, and how a change is kept.
public sealed partial class BudgetTests
{
    [Fact]
    public async Task A_change_is_a_version_and_an_end_is_final()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        var budget = Ok(await MakeAsync(house, customer, BudgetKind.Month, 100));
        var changed = Ok(
            await As(
                house,
                customer,
                b =>
                    b.ChangeAsync(
                        budget.Id,
                        new ChangeBudget
                        {
                            Version = 1,
                            Name = "More",
                            Amount = 150,
                        },
                        default
                    )
            )
        );
        Assert.Equal((2, "More", Money(150)), (changed.Version, changed.Name, changed.Amount));
        Assert.Equal(
            "budget-changed",
            Refused(await As(house, customer, b => b.ChangeAsync(budget.Id, new ChangeBudget { Version = 1, Amount = 1 }, default))).Code
        );
        // Ten at once are ten versions in a row: nobody's change is lost without a word.
        var crowd = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(i => As(house, customer, b => b.ChangeAsync(budget.Id, new ChangeBudget { Amount = 200 + i }, default)))
        );
        Assert.Equal(Enumerable.Range(3, 10), crowd.Select(c => Ok(c).Version).Order());
        Assert.Equal(BudgetState.Ended, Ok(await As(house, customer, b => b.EndAsync(budget.Id, default))).State);
        Assert.Equal("budget-ended", Refused(await As(house, customer, b => b.EndAsync(budget.Id, default))).Code);
        Assert.Equal("budget-ended", Refused(await As(house, customer, b => b.ChangeAsync(budget.Id, new() { Amount = 5 }, default))).Code);
        Assert.Equal(13, (await As(house, customer, b => b.VersionsAsync(budget.Id, default))).Count);
        await house.TopUpAsync(customer, 1_000);
        Assert.Null(await SpendAsync(house, customer, 999));
        foreach (
            string sql in new[]
            {
                $"update billing.budget_version set amount = 1 where budget_id = '{budget.Id}'",
                $"delete from billing.budget where id = '{budget.Id}'",
                $"insert into billing.budget_version select budget_id, 14, party_id, name, amount, thresholds, hard_stop, starts_on, 'Active', made_at, made_by from billing.budget_version where budget_id = '{budget.Id}' and version = 13",
                "truncate billing.budget_alert",
            }
        )
            await Assert.ThrowsAsync<PostgresException>(() => house.AsOwnerAsync(sql));
        await Assert.ThrowsAsync<PostgresException>(() => house.AsApplicationAsync("update billing.contract_day set spent = 0"));
    }

    [Fact]
    public async Task A_budget_is_its_organisation_s_and_its_finance_role_s()
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        string key = house.NewId("key");
        var budget = Ok(await MakeAsync(house, customer, BudgetKind.Month, 100, key: key));
        Assert.Equal(budget.Id, Ok(await MakeAsync(house, customer, BudgetKind.Month, 100, key: key)).Id);
        Assert.Equal("idempotency-key-reused", Refused(await MakeAsync(house, customer, BudgetKind.Month, 101, key: key)).Code);
        string stranger = house.NewParty();
        Assert.Null(await As(house, stranger, b => b.FindAsync(budget.Id, default)));
        Assert.Empty((await As(house, stranger, b => b.ListAsync(new BudgetQuery(), default))).Items);
        Assert.Empty(await As(house, stranger, b => b.VersionsAsync(budget.Id, default)));
        Assert.Empty((await As(house, stranger, b => b.AlertsAsync(new BudgetAlertQuery { BudgetId = budget.Id }, default))).Items);
        Assert.Equal(ProblemKind.NotFound, Refused(await As(house, stranger, b => b.EndAsync(budget.Id, default))).Kind);
        Assert.Equal(
            ProblemKind.NotFound,
            Refused(await As(house, stranger, b => b.ChangeAsync(budget.Id, new ChangeBudget { Amount = 1 }, default))).Kind
        );
        foreach (
            var actor in new[]
            {
                new Actor(customer, PartyKinds.Customer, MemberRole.Member),
                Center(house.NewParty()),
                Operator(house.NewParty()),
            }
        )
            Assert.Equal(
                ProblemKind.Forbidden,
                Refused(
                    await house.ActAsync<IBudgets, Outcome<BudgetView>>(
                        actor,
                        b => b.CreateAsync(Request(BudgetKind.Month, 1), house.NewId("key"), default)
                    )
                ).Kind
            );
        // Nobody spends another's money, and nobody asks what another's budget would say.
        var outsider = await house.ActAsync<IBudgetAdmission, IReadOnlyList<BudgetFit>>(
            Customer(stranger),
            a => a.FitsAsync(customer, new SpendRequest(Money(1), Money(1), null, null), default)
        );
        Assert.Empty(outsider);
        Assert.Single(
            await house.ActAsync<IBudgetAdmission, IReadOnlyList<BudgetFit>>(
                Customer(customer),
                a => a.FitsAsync(customer, new SpendRequest(Money(1), Money(1), null, null), default)
            )
        );
    }
}

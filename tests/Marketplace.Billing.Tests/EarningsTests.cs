using Marketplace.Billing.Contracts;
using Marketplace.Billing.Credits;
using Marketplace.Billing.Payouts;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Earnings from the legs: they are the statement, with credits taken off. Random lives are in FocusLedgerTests.</summary>
public sealed class EarningsTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Credits_are_taken_off_and_payouts_stand_beside()
    {
        var uptime = new KnownUptime();
        await using var house = Over(
            db,
            s => s.AddSingleton<IContractUptime>(uptime),
            ("ServiceCreditsAutomatic", "true"),
            ("ServiceCreditTiers", "0.5=0.5")
        );
        var one = await house.ContractAsync(hold: 500);
        var two = await house.ContractAsync(
            hold: 500,
            with: t => t with { OperatorId = one.OperatorId, CenterId = one.CenterId, DeviceModel = "H800" }
        );
        Ok(await PayoutSteps.PayoutsAsync(house, Center(one.CenterId), p => p.SetDestinationAsync(Cny, PayoutSteps.Account, default)));
        house.Time.Advance(TimeSpan.FromDays(1));
        await house.RecordAsync(house.Reading(one, 20, 10), house.Reading(two, 10, 4));
        uptime.Down[two.ContractId] = TimeSpan.FromHours(60);
        house.Time.StepTo(new DateTimeOffset(2030, 2, 12, 0, 0, 0, TimeSpan.Zero));
        await house.ActAsync<ProposeServiceCredits, int>(Actor.System, p => p.RunAsync(default));
        await house.ActAsync<MakeDue, int>(Actor.System, d => d.RunAsync(default));
        await PayoutSteps.ApprovedAsync(house, one.CenterId);
        await PayoutSteps.SubmitAsync(house);

        var chips = Ok(await AskAsync(house, Operator(one.OperatorId), "operator", CostGroupings.DeviceModel));
        EarningsGroup faulty = chips.Groups.Single(g => g.Key == "H800");
        // 10 card-hours at 10, half of it given back: of retail, of 8.5 wholesale and of 0.5 commission each.
        Assert.Equal(new TradeSplit(Money(50), Money(42.5m), Money(2.5m)), faulty.Split);
        Assert.Equal((Money(10), Money(-5), Money(0), Money(0)), (faulty.Usage, faulty.ServiceCredits, faulty.CreditNotes, faulty.Other));
        Assert.Equal((Money(5), 10m), (faulty.Earned, faulty.CardHours));
        Assert.Equal((Money(25), Money(0)), (chips.Earned, chips.PaidOut));
        var center = Ok(await AskAsync(house, Center(one.CenterId), "center", CostGroupings.Contract));
        Assert.Equal((Money(212.5m), Money(-212.5m), Money(0)), (center.Earned, center.PaidOut, center.Movement));
        Assert.All(center.Groups, g => Assert.Null(g.Split));
        Assert.Equal(Money(-42.5m), center.Groups.Single(g => g.Key == two.ContractId).ServiceCredits);
        foreach (var (actor, role) in new[] { (Operator(one.OperatorId), "operator"), (Center(one.CenterId), "center") })
            await AssertIsStatementAsync(house, actor.PartyId, role, ManualTimeProvider.DefaultStart, house.Now.AddDays(1));
    }

    [Fact]
    public async Task An_operator_without_a_margin_still_has_revenue_and_a_stranger_has_none()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 100, retail: 10, wholesale: 9.5m);
        house.Time.Advance(TimeSpan.FromDays(1));
        await house.RecordAsync(house.Reading(terms, 2, 2));
        var mine = Ok(await AskAsync(house, Operator(terms.OperatorId), "operator", CostGroupings.Customer));
        EarningsGroup only = Assert.Single(mine.Groups);
        Assert.Equal((terms.CustomerId, Money(0), new TradeSplit(Money(20), Money(19), Money(1))), (only.Key, only.Earned, only.Split));
        foreach (Actor stranger in new[] { Customer(terms.CustomerId), Operator(house.NewParty()), Center(house.NewParty()) })
        {
            foreach (string role in new[] { "operator", "center" })
            {
                var nothing = Ok(await AskAsync(house, stranger, role, CostGroupings.Day));
                Assert.Empty(nothing.Groups);
                Assert.Equal(Money(0), nothing.Movement);
            }
        }
        // The other side of the same trade is somebody else's role.
        Assert.Empty(Ok(await AskAsync(house, Center(terms.CenterId), "operator", CostGroupings.Day)).Groups);
    }

    [Fact]
    public async Task A_wrong_question_is_answered_with_the_parameter_and_the_fix()
    {
        await using var house = Over(db);
        Actor actor = Operator(house.NewParty());
        foreach (
            var (role, by, days, pointer) in new[]
            {
                ("customer", "day", 1, "?role"),
                ("operator", "project", 1, "?by"),
                ("center", "customer", 1, "?by"),
                ("operator", "day", 0, "?to"),
                ("operator", "day", 401, "?to"),
            }
        )
        {
            var asked = await house.ActAsync<IEarnings, Outcome<EarningsReport>>(
                actor,
                e => e.ReportAsync(new EarningsQuery(role, by, Cny, house.Now, house.Now.AddDays(days)), default)
            );
            Assert.Equal(pointer, Assert.Single(Refused(asked).Errors).Pointer);
        }
    }

    /// <summary>By every grouping, and one also by day: the sum is the statement's movement.</summary>
    internal static async Task AssertIsStatementAsync(BillingHouse house, string party, string role, DateTimeOffset from, DateTimeOffset to)
    {
        Actor actor = role == "center" ? Center(party) : Operator(party);
        var statement = Ok(await house.InvoicesAsync(actor, i => i.StatementAsync(party, role, Cny, from, to, default)));
        Side side = Sides.Parse(role)!.Value;
        foreach (string by in Groupings.All.Where(g => g.Knows.Contains(side)).Select(g => g.Name))
        {
            foreach (bool daily in by == CostGroupings.Contract ? new[] { false, true } : [false])
            {
                var report = Ok(
                    await house.ActAsync<IEarnings, Outcome<EarningsReport>>(
                        actor,
                        e => e.ReportAsync(new EarningsQuery(role, by, Cny, from, to) { Daily = daily }, default)
                    )
                );
                Assert.Equal(statement.Closing.Micros - statement.Opening.Micros, report.Movement.Micros);
                Assert.All(report.Groups, g => Assert.Equal(daily, g.Day is not null));
                if (role == "operator")
                    Assert.All(report.Groups, g => Assert.Equal(g.Earned, g.Split!.Retail - g.Split.Wholesale - g.Split.Commission));
            }
        }
    }

    private Task<Outcome<EarningsReport>> AskAsync(BillingHouse house, Actor actor, string role, string by) =>
        house.ActAsync<IEarnings, Outcome<EarningsReport>>(
            actor,
            e => e.ReportAsync(new EarningsQuery(role, by, Cny, ManualTimeProvider.DefaultStart.AddDays(-1), house.Now.AddDays(1)), default)
        );
}

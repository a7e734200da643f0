using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>Costs by every grouping: nothing is lost, nothing is told to a side that does not know it.</summary>
public sealed class CostGroupTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    /// <param name="Project">0 is none, as for the bundle.</param>
    /// <param name="Scoped">False plays what was sold before there were scopes.</param>
    /// <param name="CardHours">Thousandths.</param>
    /// <param name="Tokens">Thousands; 0 without that meter.</param>
    public sealed record Sale(int Project, int Bundle, bool Scoped, int CardHours, int Tokens, int Day, bool Ends);

    private static readonly Gen<Sale> Sales =
        from project in Gen.Choose(0, 2)
        from bundle in Gen.Choose(0, 2)
        from scoped in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        from hours in Gen.Choose(1, 9_999)
        from tokens in Gen.Choose(0, 4_999)
        from day in Gen.Choose(0, 5)
        from ends in Gen.Elements(true, false)
        select new Sale(project, bundle, scoped, hours, tokens, day, ends);

    [Fact]
    public void Every_grouping_adds_up_to_the_total_to_the_micro_unit() =>
        Properties.Check(Sales.ArrayOf(6), sales => LiveAsync(sales).GetAwaiter().GetResult(), count: 8);

    private async Task<bool> LiveAsync(Sale[] sales)
    {
        await using var house = Over(db);
        string customer = house.NewParty();
        string @operator = house.NewParty();
        house.Time.Advance(TimeSpan.FromDays(10));
        long ended = 0;
        foreach (Sale sale in sales)
        {
            var terms = await SoldAsync(house, sale, customer, @operator);
            double at = (sale.Day * 24) + 5;
            await house.RecordAsync(
                house.Reading(terms, sale.CardHours / 1000m, at) with
                {
                    From = ManualTimeProvider.DefaultStart.AddHours(at - 1),
                }
            );
            if (sale.Tokens > 0)
                await house.RecordAsync(
                    house.Reading(terms, 0, at) with
                    {
                        Meter = "tokens",
                        Quantity = sale.Tokens * 1000m,
                        From = ManualTimeProvider.DefaultStart.AddHours(at - 1),
                    }
                );
            if (sale.Ends)
                ended += (await house.RatingAsync(Actor.System, r => r.SettleAsync(terms.ContractId, default))).Total.Micros;
        }
        foreach (
            var (actor, side) in new[]
            {
                (Customer(customer), "customer"),
                (Operator(@operator), "operator"),
                (Actor.System, "center"),
                (Actor.System, "customer"),
            }
        )
        {
            var charges = (await house.RatingAsync(actor, r => r.ChargesAsync(new() { Limit = 500, Side = side }, default))).Items;
            var mine = actor.SeesAll ? null : charges;
            foreach (string by in CostGroupings.All)
            {
                foreach (bool daily in new[] { false, true })
                {
                    var asked = await ReportAsync(house, actor, Query(house, by) with { Side = side, Daily = daily });
                    if (!asked.IsOk)
                    {
                        Assert.Equal("?by", Assert.Single(Refused(asked).Errors).Pointer);
                        continue;
                    }
                    CostReport report = Ok(asked);
                    Assert.Equal(report.Total.Micros, report.Groups.Sum(g => g.Amount.Micros));
                    Assert.All(report.Groups, g => Assert.Equal(daily, g.Day is not null));
                    Assert.All(report.Groups, g => Assert.Equal(g.Amount.Micros, g.Quantities.Sum(q => q.Amount.Micros)));
                    if (mine is null)
                        continue;
                    Assert.Equal(mine.Sum(c => c.Amount.Micros + c.Tax.Micros), report.Total.Micros);
                    foreach (string unit in mine.Select(c => c.Unit).Distinct(StringComparer.Ordinal))
                        Assert.Equal(
                            decimal.Round(mine.Where(c => c.Unit == unit).Sum(c => c.Units), 9),
                            decimal.Round(report.Groups.SelectMany(g => g.Quantities).Where(q => q.Unit == unit).Sum(q => q.Quantity), 9)
                        );
                    Assert.Equal(
                        decimal.Round(mine.Where(c => c.Meter == "card-seconds").Sum(c => c.Units), 9),
                        decimal.Round(report.Groups.Sum(g => g.CardHours), 9)
                    );
                }
            }
        }
        // Nothing is dropped where there is no project: those have a group of their own.
        var projects = Ok(await ReportAsync(house, Customer(customer), Query(house, CostGroupings.Project)));
        Assert.Equal(
            sales.Select(s => s is { Scoped: true, Project: > 0 } ? $"prj_{s.Project}" : "").Distinct().Order(StringComparer.Ordinal),
            projects.Groups.Select(g => g.Key)
        );
        var bundles = Ok(await ReportAsync(house, Operator(@operator), Query(house, CostGroupings.Bundle)));
        Assert.Equal(
            sales.Select(s => s is { Scoped: true, Bundle: > 0 } ? $"bnd_{s.Bundle}" : "").Distinct().Order(StringComparer.Ordinal),
            bundles.Groups.Select(g => g.Key)
        );
        Assert.Equal(
            ended,
            (
                await house.ActAsync<ICosts, Money>(
                    Customer(customer),
                    c => c.EndedAsync(Cny, ManualTimeProvider.DefaultStart, house.Now, default)
                )
            ).Micros
        );
        return true;
    }

    [Fact]
    public async Task A_side_learns_only_what_it_knows_of_a_trade()
    {
        await using var house = Over(db);
        var sale = new Sale(1, 1, Scoped: true, 1_000, 0, 0, Ends: false);
        // The one who bought is an operator too, and sells to somebody else.
        string trader = house.NewParty();
        string other = house.NewParty();
        var bought = await SoldAsync(house, sale, trader, house.NewParty());
        var sold = await SoldAsync(house, sale with { Project = 2 }, other, trader);
        house.Time.Advance(TimeSpan.FromDays(1));
        await house.RecordAsync(house.Reading(bought, 1, 1), house.Reading(sold, 1, 1));
        Actor actor = new(trader, PartyKinds.Customer | PartyKinds.Operator, MemberRole.Owner);

        foreach (string secret in new[] { CostGroupings.Project, CostGroupings.Member, CostGroupings.Cluster })
            Assert.Equal(
                "?by",
                Assert.Single(Refused(await ReportAsync(house, actor, Query(house, secret) with { Side = "operator" })).Errors).Pointer
            );
        foreach (string secret in new[] { CostGroupings.Project, CostGroupings.Bundle, CostGroupings.Customer, CostGroupings.Offer })
            Assert.Equal(
                "?by",
                Assert
                    .Single(Refused(await ReportAsync(house, Center(sold.CenterId), Query(house, secret) with { Side = "center" })).Errors)
                    .Pointer
            );
        // Both sides at once: the customer's project of what was sold is not told, and its amount is not lost.
        var mixed = await house.RatingAsync(actor, r => r.GroupedAsync(CostGroupings.Project, Cny, default, house.Now, default));
        Assert.Equal([("", Money(1)), ("prj_1", Money(11.9m))], mixed.Select(g => (g.Key, g.Amount)));

        foreach (Actor stranger in new[] { Customer(house.NewParty()), Operator(house.NewParty()), Center(house.NewParty()) })
        {
            foreach (string? side in new[] { null, "customer", "operator", "center" })
                Assert.Empty(Ok(await ReportAsync(house, stranger, Query(house, CostGroupings.Day) with { Side = side })).Groups);
            Assert.Equal(Money(0), await house.ActAsync<ICosts, Money>(stranger, c => c.EndedAsync(Cny, default, house.Now, default)));
        }
    }

    [Fact]
    public async Task A_wrong_question_is_answered_with_the_parameter_and_the_fix()
    {
        await using var house = Over(db);
        Actor actor = Customer(house.NewParty());
        CostQuery good = Query(house, CostGroupings.Day);
        (CostQuery Wrong, string Pointer)[] wrongs =
        [
            (good with { By = "mood" }, "?by"),
            (good with { Currency = "GBP" }, "?currency"),
            (good with { Side = "king" }, "?side"),
            (good with { To = good.From }, "?to"),
            (good with { To = good.From.AddDays(401) }, "?to"),
        ];
        foreach (var (wrong, pointer) in wrongs)
        {
            FieldError error = Assert.Single(Refused(await ReportAsync(house, actor, wrong)).Errors);
            Assert.Equal(pointer, error.Pointer);
            Assert.NotEmpty(error.Fix);
        }
        Assert.Empty(Ok(await ReportAsync(house, actor, good)).Groups);
    }

    private static CostQuery Query(BillingHouse house, string by) =>
        new(by, "CNY", ManualTimeProvider.DefaultStart.AddDays(-1), house.Now.AddDays(1));

    private static Task<Outcome<CostReport>> ReportAsync(BillingHouse house, Actor actor, CostQuery query) =>
        house.ActAsync<ICosts, Outcome<CostReport>>(actor, c => c.ReportAsync(query, default));

    private static async Task<ContractTerms> SoldAsync(BillingHouse house, Sale sale, string customer, string @operator)
    {
        var terms = await house.ContractAsync(
            hold: 200,
            with: t =>
                t with
                {
                    CustomerId = customer,
                    OperatorId = @operator,
                    DeviceModel = sale.Bundle == 2 ? null : t.DeviceModel,
                    Meters = [new MeterPrice("tokens", "million-token", 1_000_000, 2.5m, 2)],
                }
        );
        if (sale.Scoped)
            await house.ScopeAsync(
                new ContractScope(terms.ContractId, customer, sale.Project == 0 ? null : $"prj_{sale.Project}", "usr_1", Money(11.9m))
                {
                    BundleId = sale.Bundle == 0 ? null : $"bnd_{sale.Bundle}",
                    OfferId = "ofr_1",
                    SiteId = "site_1",
                    ClusterId = "cls_1",
                }
            );
        return terms;
    }
}

using Marketplace.Billing.Contracts;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;
using static Marketplace.Billing.Tests.Exports.ExportedBooks;
using static Marketplace.Billing.Tests.Plans.PlanVerbs;

namespace Marketplace.Billing.Tests.Exports;

/// <summary>Capacity paid ahead in the export: billed once where it is bought, its cost spread over what it served.</summary>
public sealed class FocusReservationTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;
    private static readonly FocusQuery Quarter = new(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2030, 4, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task What_was_paid_ahead_is_spread_over_what_it_served_and_what_ended_unused()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 200);
        var reservation = await BoughtAsync(house, terms, 10);
        house.Time.StepTo(Start.AddHours(2));
        await house.RecordAsync(house.Reading(terms, 4, 1));
        await house.RecordAsync(house.Reading(terms, 9, 2, final: true));
        house.Time.Advance(TimeSpan.FromDays(31));
        await house.WorkAsync();

        var table = await ExportAsync(house, Customer(terms.CustomerId), Quarter);
        var rows = table.Rows.Where(r => r["CommitmentDiscountId"] == reservation.Id).ToList();
        Assert.All(
            rows,
            r =>
                Assert.Equal(
                    ("Usage", "Reservation", "Card-hours", "Card-Hours"),
                    (r["CommitmentDiscountCategory"], r["CommitmentDiscountType"], r["CommitmentDiscountName"], r["CommitmentDiscountUnit"])
                )
        );
        var bought = Assert.Single(rows, r => r["ChargeCategory"] == "Purchase");
        Assert.Equal(
            ("70", "0", "10", "10", "Card-Hours", "7", "", "One-Time", "Standard"),
            (
                bought["BilledCost"],
                bought["EffectiveCost"],
                bought["CommitmentDiscountQuantity"],
                bought["PricingQuantity"],
                bought["PricingUnit"],
                bought["ContractedUnitPrice"],
                bought["CommitmentDiscountStatus"],
                bought["ChargeFrequency"],
                bought["PricingCategory"]
            )
        );
        Assert.Equal("", bought["ConsumedQuantity"]);
        var used = rows.Where(r => r["CommitmentDiscountStatus"] == "Used").ToList();
        Assert.Equal((0, 63_000_000), (Sum(used, "BilledCost"), Sum(used, "EffectiveCost")));
        Assert.Equal(9m, used.Sum(r => CsvTable.Number(r["CommitmentDiscountQuantity"])));
        Assert.All(used, r => Assert.Equal("Committed", r["PricingCategory"]));
        var unused = Assert.Single(rows, r => r["CommitmentDiscountStatus"] == "Unused");
        Assert.Equal(
            ("0", "7", "1", ""),
            (unused["BilledCost"], unused["EffectiveCost"], unused["CommitmentDiscountQuantity"], unused["PricingQuantity"])
        );
        // Spread or billed, it is the same money; tax is of the day it was paid.
        Assert.Equal(table.Micros("BilledCost"), table.Micros("EffectiveCost"));
        Assert.Equal(13_300_000, Sum([.. table.Rows.Where(r => r["ChargeCategory"] == "Tax")], "BilledCost"));
        await AssertEqualsLedgerAsync(house, [terms], Quarter.From, Quarter.To, reservation.Id);
    }

    [Fact]
    public async Task Usage_beyond_it_is_billed_as_before()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 200);
        var reservation = await BoughtAsync(house, terms, 10);
        house.Time.StepTo(Start.AddHours(2));
        await house.RecordAsync(house.Reading(terms, 12, 1));
        var table = await ExportAsync(house, Customer(terms.CustomerId), Quarter);
        var used = table.Rows.Where(r => r["CommitmentDiscountStatus"] == "Used").ToList();
        var beyond = Assert.Single(table.Rows, r => r["ChargeCategory"] == "Usage" && r["CommitmentDiscountId"].Length == 0);
        Assert.Equal(
            (70_000_000, "20", "20", "Standard"),
            (Sum(used, "EffectiveCost"), beyond["BilledCost"], beyond["EffectiveCost"], beyond["PricingCategory"])
        );
        Assert.Equal(reservation.Id, used[0]["CommitmentDiscountId"]);
        await AssertEqualsLedgerAsync(house, [terms], Quarter.From, Quarter.To, reservation.Id);
    }

    [Fact]
    public async Task Only_the_customer_who_paid_ahead_sees_that_it_did()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 200);
        await BoughtAsync(house, terms, 10);
        house.Time.StepTo(Start.AddHours(2));
        await house.RecordAsync(house.Reading(terms, 4, 1));
        foreach (var other in new[] { Center(terms.CenterId), Operator(terms.OperatorId) })
            Assert.DoesNotContain(
                (await ExportAsync(house, other, Quarter)).Header,
                h => h.StartsWith("Commitment", StringComparison.Ordinal)
            );
        Assert.Empty((await ExportAsync(house, Customer(house.NewParty()), Quarter)).Rows);
    }

    private static long Sum(IReadOnlyList<IReadOnlyDictionary<string, string>> rows, string column) =>
        (long)(rows.Sum(r => CsvTable.Number(r[column])) * 1_000_000m);
}

using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;
using static Marketplace.Billing.Tests.Exports.ExportedBooks;

namespace Marketplace.Billing.Tests.Exports;

/// <summary>The export against the ledger and against the specification. Closes periods, so it has a database of its own.</summary>
public sealed class FocusTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset January = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Start = ManualTimeProvider.DefaultStart;

    // FOCUS 1.4, feature level "Mandatory".
    private static readonly string[] Mandatory =
    [
        "BilledCost",
        "BillingAccountId",
        "BillingAccountName",
        "BillingCurrency",
        "BillingPeriodEnd",
        "BillingPeriodStart",
        "ChargeCategory",
        "ChargeClass",
        "ChargeDescription",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "ContractedCost",
        "EffectiveCost",
        "HostProviderName",
        "InvoiceIssuerName",
        "ListCost",
        "PricingQuantity",
        "PricingUnit",
        "ServiceCategory",
        "ServiceName",
        "ServiceProviderName",
    ];

    private static readonly string[] MayBeNull = ["ChargeClass", "PricingQuantity", "PricingUnit"];

    [Fact]
    public async Task A_day_of_usage_has_every_mandatory_column_in_both_versions()
    {
        await using var house = Over(db, s => s.AddScopedPlaces());
        var terms = await house.ContractAsync(retail: 9.87654321m, wholesale: 6.54321m);
        await house.ScopeAsync(new ContractScope(terms.ContractId, terms.CustomerId, "prj_1", "usr_1", Money(1)) { BundleId = "bnd_1" });
        house.Time.StepTo(Start.AddHours(3));
        await house.RecordAsync(house.Reading(terms, 0.7m, 1));
        var query = new FocusQuery(January, January.AddMonths(1));

        var table = await ExportAsync(house, Customer(terms.CustomerId), query);
        Assert.Empty(Mandatory.Except(table.Header));
        Assert.Equal(
            table
                .Header.Where(h => !h.StartsWith("x_", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Concat(table.Header.Where(h => h.StartsWith("x_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)),
            table.Header
        );
        Assert.All(table.Rows, r => Assert.DoesNotContain(Mandatory.Except(MayBeNull), column => r[column].Length == 0));
        var usage = Assert.Single(table.Rows, r => r["ChargeCategory"] == "Usage");
        var tax = Assert.Single(table.Rows, r => r["ChargeCategory"] == "Tax");
        Assert.Equal(2, table.Rows.Count);
        Assert.Equal(("6.91358", "1.31358"), (usage["BilledCost"], tax["BilledCost"]));
        Assert.Equal(
            ("0.7", "Card-Hours", "2520", "Card-Seconds"),
            (usage["PricingQuantity"], usage["PricingUnit"], usage["ConsumedQuantity"], usage["ConsumedUnit"])
        );
        Assert.Equal(
            CsvTable.Number(usage["PricingQuantity"]) * CsvTable.Number(usage["ContractedUnitPrice"]),
            CsvTable.Number(usage["ContractedCost"])
        );
        Assert.Equal(("2030-01-01T00:00:00Z", "2030-02-01T00:00:00Z"), (usage["BillingPeriodStart"], usage["BillingPeriodEnd"]));
        Assert.Equal((Stamp(Start), Stamp(Start.AddHours(1))), (usage["ChargePeriodStart"], usage["ChargePeriodEnd"]));
        Assert.Equal(
            ("Compute", "Ascend 910B", "Huawei", "0.25", "cn-north", "edge"),
            (
                usage["ServiceCategory"],
                usage["x_AcceleratorModel"],
                usage["x_AcceleratorVendor"],
                usage["x_DeviceFraction"],
                usage["RegionId"],
                usage["x_SiteTier"]
            )
        );
        Assert.Equal((terms.OrderId, terms.ContractId), (usage["x_OrderId"], tax["x_ContractId"]));
        Assert.All(table.Rows, r => Assert.Equal(("prj_1", "usr_1", "bnd_1"), (r["x_ProjectId"], r["x_MemberId"], r["x_BundleId"])));
        string[] customers = ["x_BundleId", "x_MemberId", "x_ProjectId"];
        foreach (Actor seller in new[] { Operator(terms.OperatorId), Center(terms.CenterId) })
            Assert.Empty(customers.Intersect((await ExportAsync(house, seller, query)).Header));
        // A white-label offer: the one who sells stands for the one behind.
        Assert.Equal((terms.OperatorId, terms.OperatorId), (usage["ServiceProviderName"], usage["HostProviderName"]));
        // Tax has no unit price, as the specification says.
        Assert.All(
            ["PricingQuantity", "PricingUnit", "SkuId", "SkuPriceId", "ListUnitPrice", "ConsumedQuantity", "PricingCategory"],
            c => Assert.Equal("", tax[c])
        );

        var older = await ExportAsync(house, Customer(terms.CustomerId), query with { Version = "1.3" });
        Assert.Equal(["ProviderName", "PublisherName"], older.Header.Except(table.Header));
        Assert.Equal(["InvoiceDetailId"], table.Header.Except(older.Header));
        Assert.Equal(table.Micros("BilledCost"), older.Micros("BilledCost"));
    }

    private static string Stamp(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Each_side_sees_its_own_amounts_and_no_more()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(retail: 10, wholesale: 7);
        house.Time.StepTo(Start.AddHours(3));
        await house.RecordAsync(house.Reading(terms, 2, 1));
        var query = new FocusQuery(January, January.AddMonths(1));

        var billed = Assert.Single((await ExportAsync(house, Operator(terms.OperatorId), query)).Rows);
        Assert.Equal(
            ("20", terms.CustomerId, terms.OperatorId, terms.CenterId),
            (billed["BilledCost"], billed["BillingAccountId"], billed["ServiceProviderName"], billed["HostProviderName"])
        );
        Assert.Equal(("14", "1", "5"), (billed["x_WholesaleCost"], billed["x_CommissionCost"], billed["x_OperatorEarnings"]));
        var earned = await ExportAsync(house, Center(terms.CenterId), query);
        var row = Assert.Single(earned.Rows);
        Assert.Equal(("14", "7", terms.OperatorId), (row["BilledCost"], row["ContractedUnitPrice"], row["BillingAccountId"]));
        // The center learns neither the customer nor the retail price, and the customer learns no wholesale price.
        Assert.DoesNotContain(row.Values, v => v == terms.CustomerId || v is "20" or "10");
        Assert.DoesNotContain("x_CommissionCost", earned.Header);
        Assert.DoesNotContain("x_WholesaleCost", (await ExportAsync(house, Customer(terms.CustomerId), query)).Header);
        // Another party's books are refused; the network desk may read anybody's.
        var foreign = query with
        {
            PartyId = terms.CustomerId,
        };
        Assert.Equal(ProblemKind.Forbidden, Refused(await AskAsync(house, Customer(house.NewParty()), foreign)).Kind);
        Assert.Equal(23.8m, (await ExportAsync(house, Desk, foreign)).Micros("BilledCost") / 1_000_000m);
        Assert.Empty((await ExportAsync(house, Customer(house.NewParty()), query)).Rows);
    }

    [Theory]
    [InlineData("version", "1.2", "?version")]
    [InlineData("format", "parquet", "?format")]
    [InlineData("role", "king", "?role")]
    [InlineData("to", "", "?to")]
    public async Task What_cannot_be_exported_is_named_with_its_fix(string field, string value, string pointer)
    {
        await using var house = Over(db);
        var good = new FocusQuery(January, January.AddMonths(1));
        var query = field switch
        {
            "version" => good with { Version = value },
            "format" => good with { Format = value },
            "role" => good with { Role = value },
            _ => good with { To = January },
        };
        var error = Assert.Single(Refused(await AskAsync(house, Customer(house.NewParty()), query)).Errors);
        Assert.Equal(pointer, error.Pointer);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public async Task Late_usage_refunds_grants_and_rounding_are_rows_of_their_own()
    {
        await using var house = Over(db);
        var terms = await house.ContractAsync(hold: 500, retail: 9.87654321m, wholesale: 6.54321m);
        await house.GrantAsync(terms.CustomerId, 12.5m);
        await house.RecordAsync(house.Reading(terms, 0.7m, 1));
        DateTimeOffset february = January.AddMonths(1);
        house.Time.StepTo(february.AddDays(2));
        await house.InvoicesAsync(Actor.System, i => i.CloseAsync(february, default));
        var invoice = Assert.Single((await house.InvoicesAsync(Customer(terms.CustomerId), i => i.ListAsync(new(), default))).Items);
        // January's usage that came in February, usage of February, and half of January given back.
        await house.RecordAsync(house.Reading(terms, 0.3m, 2, allocation: "alc_late"));
        await house.RecordAsync(house.Reading(terms, 1.9m, (february - Start).TotalHours + 1));
        var charge = (await house.LedgerAsync(Actor.System, l => l.JournalsAsync(new() { GroupId = terms.ContractId }, default))).Items[^1];
        await house.PostAsync(
            new JournalDraft(
                "refund",
                "refund",
                house.NewId("key"),
                house.Now,
                terms.ContractId,
                "Refund",
                [
                    new(Chart.CenterPending(terms.CenterId, Cny), Chart.Available(terms.CustomerId, Cny), 2_290_124),
                    new(Chart.OperatorPending(terms.OperatorId, Cny), Chart.Available(terms.CustomerId, Cny), 700_000),
                    new(Chart.Commission(Cny), Chart.Available(terms.CustomerId, Cny), 172_840),
                    new(Chart.Tax("CN", Cny), Chart.Available(terms.CustomerId, Cny), 600_963),
                ]
            )
            {
                ReversesId = charge.Id,
            }
        );

        var customer = Customer(terms.CustomerId);
        var first = await ExportAsync(house, customer, new(January, february));
        Assert.Equal(-12_500_000, first.Micros("BilledCost") - 6_913_580 - 1_313_580);
        var credit = Assert.Single(first.Rows, r => r["ChargeCategory"] == "Credit");
        Assert.Equal(("-12.5", "", "campaign"), (credit["BilledCost"], credit["ChargeClass"], credit["ChargeDescription"]));

        var second = await ExportAsync(house, customer, new(february, february.AddMonths(1)));
        var late = Assert.Single(second.Rows, r => r["ResourceId"] == "alc_late" && r["ChargeCategory"] == "Usage");
        Assert.Equal(
            ("Correction", Stamp(Start.AddHours(2)), "2030-02-01T00:00:00Z"),
            (late["ChargeClass"], late["ChargePeriodEnd"], late["BillingPeriodStart"])
        );
        Assert.Equal("", Assert.Single(second.Rows, r => r["ResourceId"] == "alc_1" && r["ChargeCategory"] == "Usage")["ChargeClass"]);
        var refunds = second.Rows.Where(r => r["ChargeDescription"].StartsWith("Refund", StringComparison.Ordinal)).ToList();
        Assert.Equal([("Tax", "-0.600963"), ("Usage", "-3.162964")], refunds.Select(r => (r["ChargeCategory"], r["BilledCost"])).Order());
        Assert.All(refunds, r => Assert.Equal("Correction", r["ChargeClass"]));
        // What an invoice's rows add up to is its total, rounding included, in whichever month they were booked.
        var both = await ExportAsync(house, customer, new(January, february.AddMonths(1)));
        var invoiced = both.Rows.Where(r => r["InvoiceId"] == invoice.Number).ToList();
        Assert.Equal(invoice.Total.Amount, invoiced.Sum(r => CsvTable.Number(r["BilledCost"])));
        Assert.Equal(
            invoice.Rounding.Amount,
            CsvTable.Number(Assert.Single(invoiced, r => r["ChargeCategory"] == "Adjustment")["BilledCost"])
        );
        Assert.All(invoiced, r => Assert.NotEqual("", r["InvoiceDetailId"]));
        // A refund's parts on the other sides, and each month against the statement.
        Assert.Equal(
            "-2.290124",
            Assert.Single(
                (await ExportAsync(house, Center(terms.CenterId), new(february, february.AddMonths(1)))).Rows,
                r => r["ChargeDescription"].StartsWith("Refund", StringComparison.Ordinal)
            )["BilledCost"]
        );
        foreach (DateTimeOffset month in new[] { January, february })
            await AssertEqualsLedgerAsync(house, [terms], month, month.AddMonths(1));
    }
}

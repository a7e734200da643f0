using System.Text;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.States;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>What may be paid out, when, where to, and what the bank is handed: pure.</summary>
public sealed class PayoutRuleTests
{
    [Fact]
    public void What_is_paid_is_never_more_than_is_payable_less_debts_and_holds()
    {
        Gen<long> amount = Gen.Choose(-2_000_000, 2_000_000).Select(i => i * 7919L);
        Properties.Check(
            from payable in amount
            from pending in amount
            from other in amount
            from held in amount
            select new Earnings(payable, pending, other, Math.Abs(held)),
            e =>
            {
                long paid = PayoutRule.Amount(e, Cny).Micros;
                long most = e.Payable - Math.Max(0, -e.Pending) - Math.Max(0, -e.OtherRole) - e.HeldBack;
                // In whole cents, at most what is due, and less than one cent of it stays.
                return paid >= 0 && paid % 10_000 == 0 && (most <= 0 ? paid == 0 : paid <= most && most - paid < 10_000);
            },
            1_000
        );
    }

    [Fact]
    public void A_payout_waits_for_a_destination_its_cooling_off_and_the_minimum_in_this_order()
    {
        DateTimeOffset now = ManualTimeProvider.DefaultStart;
        Assert.Equal("destination", PayoutRule.WaitsFor(Money(1), Money(100), null, now));
        Assert.Equal("cooling-off", PayoutRule.WaitsFor(Money(1), Money(100), now.AddSeconds(1), now));
        Assert.Equal("minimum", PayoutRule.WaitsFor(Money(99.99m), Money(100), now, now));
        Assert.Null(PayoutRule.WaitsFor(Money(100), Money(100), now, now));
    }

    [Theory]
    [InlineData("2030-01-15T12:00:00Z", "2030-01-14", "2030-01-21", "2030-01-01", "2030-02-01")]
    [InlineData("2030-01-14T00:00:00Z", "2030-01-14", "2030-01-21", "2030-01-01", "2030-02-01")]
    [InlineData("2030-01-13T23:59:59Z", "2030-01-07", "2030-01-14", "2030-01-01", "2030-02-01")]
    [InlineData("2029-12-31T23:00:00Z", "2029-12-31", "2030-01-07", "2029-12-01", "2030-01-01")]
    public void The_schedule_has_a_last_and_a_next_date(string at, string monday, string nextMonday, string first, string nextFirst)
    {
        var now = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture);
        static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(monday, Text(PayoutRule.LastDue(PayoutRhythm.Weekly, now)));
        Assert.Equal(nextMonday, Text(PayoutRule.NextDue(PayoutRhythm.Weekly, now)));
        Assert.Equal(first, Text(PayoutRule.LastDue(PayoutRhythm.Monthly, now)));
        Assert.Equal(nextFirst, Text(PayoutRule.NextDue(PayoutRhythm.Monthly, now)));
    }

    [Fact]
    public void Every_pair_that_is_not_in_the_table_is_forbidden()
    {
        var forbidden = PayoutRule.States.Forbidden().ToList();
        Assert.Equal((7 * 7) - 10, forbidden.Count);
        foreach (var (from, to) in forbidden)
            Assert.Throws<IllegalTransitionException>(() => PayoutRule.States.Move(from, to));
        Assert.True(PayoutRule.States.IsFinal(PayoutState.Returned));
    }

    [Theory]
    [InlineData("DE89 3704 0044 0532 0130 00", null, null)]
    [InlineData("DE89370400440532013001", null, "/account")]
    [InlineData("6222020200112233445", "ICBKCNBJ", null)]
    [InlineData("6222020200112233445", null, "/bankCode")]
    [InlineData("62-2", "ICBKCNBJ", "/account")]
    [InlineData("6222020200112233445", "I!", "/bankCode")]
    public void A_destination_names_the_field_that_is_wrong(string account, string? code, string? field)
    {
        var errors = DestinationRules.Check(DestinationRules.Normalize(new PayoutDestination(" Green Compute ", account, code, "ICBC")));
        Assert.Equal(field is null ? [] : [field], errors.Select(e => e.Pointer));
    }

    [Fact]
    public void One_wrong_digit_of_an_iban_is_always_found() =>
        Properties.Check(
            from place in Gen.Choose(2, 21)
            from digit in Gen.Choose(0, 9)
            select (place, digit),
            x =>
            {
                const string Right = "DE89370400440532013000";
                string typed = Right[..x.place] + (char)('0' + x.digit) + Right[(x.place + 1)..];
                return DestinationRules.IsIban(typed) == (typed == Right);
            }
        );

    [Fact]
    public void A_mask_shows_the_last_four_only() =>
        Assert.Equal("ICBC ···· 3000", DestinationRules.Mask(new PayoutDestination("H", "DE89370400440532013000", null, "ICBC")));

    [Fact]
    public void The_bank_s_file_is_a_pain_001_001_09_whose_sums_are_right()
    {
        Transfer[] transfers =
        [
            new(
                "pyo_1",
                new PayoutDestination("Green & Co", "DE89370400440532013000", null, "Bank"),
                Platform.Monetary.Money.From(10.1m, Currency.Eur)
            ),
            new(
                "pyo_2",
                new PayoutDestination("Blue", "6222020200112233445", "ICBKCNBJ", "ICBC"),
                Platform.Monetary.Money.From(0.25m, Currency.Eur)
            ),
            new("pyo_3", new PayoutDestination("Red", "12345678", "102100099996", "ICBC"), Platform.Monetary.Money.From(5m, Currency.Eur)),
        ];
        var debtor = new Debtor("Network", "GB82WEST12345698765432", "WESTGB22");
        byte[] bytes = PaymentFile.ToPain001("pyf_9", ManualTimeProvider.DefaultStart, debtor, transfers);
        Assert.Equal(bytes, PaymentFile.ToPain001("pyf_9", ManualTimeProvider.DefaultStart, debtor, transfers));
        using var stream = new MemoryStream(bytes);
        XElement root = XDocument.Load(stream).Root!;
        XNamespace ns = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
        Assert.Equal(ns + "Document", root.Name);
        XElement start = root.Element(ns + "CstmrCdtTrfInitn")!;
        // The order of elements is the schema's: a bank refuses another.
        Assert.Equal(["GrpHdr", "PmtInf"], Names(start));
        Assert.Equal(["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"], Names(start.Element(ns + "GrpHdr")!));
        XElement payment = start.Element(ns + "PmtInf")!;
        Assert.Equal(
            [
                "PmtInfId",
                "PmtMtd",
                "NbOfTxs",
                "CtrlSum",
                "ReqdExctnDt",
                "Dbtr",
                "DbtrAcct",
                "DbtrAgt",
                "CdtTrfTxInf",
                "CdtTrfTxInf",
                "CdtTrfTxInf",
            ],
            Names(payment)
        );
        Assert.Equal(("3", "15.35"), (payment.Element(ns + "NbOfTxs")!.Value, payment.Element(ns + "CtrlSum")!.Value));
        var lines = payment.Elements(ns + "CdtTrfTxInf").ToList();
        Assert.Equal(["PmtId", "Amt", "Cdtr", "CdtrAcct", "RmtInf"], Names(lines[0]));
        Assert.Equal(["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"], Names(lines[1]));
        Assert.Equal(["pyo-1", "pyo-2", "pyo-3"], lines.Select(l => l.Descendants(ns + "EndToEndId").Single().Value));
        Assert.Equal(["10.10", "0.25", "5.00"], lines.Select(l => l.Descendants(ns + "InstdAmt").Single().Value));
        Assert.All(lines, l => Assert.Equal("EUR", l.Descendants(ns + "InstdAmt").Single().Attribute("Ccy")!.Value));
        Assert.Equal("DE89370400440532013000", lines[0].Descendants(ns + "IBAN").Single().Value);
        Assert.Equal("ICBKCNBJ", lines[1].Descendants(ns + "BICFI").Single().Value);
        Assert.Equal("102100099996", lines[2].Descendants(ns + "MmbId").Single().Value);
        Assert.Equal("Green & Co", lines[0].Element(ns + "Cdtr")!.Value);
    }

    [Fact]
    public void The_csv_quotes_what_needs_it_and_no_cell_is_a_formula()
    {
        string csv = Encoding.UTF8.GetString(
            PaymentFile.ToCsv([new("pyo_1", new PayoutDestination("=1+1, \"x\"", "12345678", "ABCD", "B"), Money(1.5m))])
        );
        Assert.Equal(
            "payout,holder,account,bank_code,bank,amount,currency\r\npyo_1,\"'=1+1, \"\"x\"\"\",12345678,ABCD,B,1.50,CNY\r\n",
            csv
        );
    }

    [Theory]
    [InlineData("PayoutMinimum", "100.001", "PayoutMinimum")]
    [InlineData("PayoutMinimum", "0", "PayoutMinimum")]
    [InlineData("PayoutTwoPersonAbove", "-1", "PayoutTwoPersonAbove")]
    [InlineData("PayoutCoolingOff", "-1.00:00:00", "PayoutCoolingOff")]
    [InlineData("PayoutDebtorName", "Only a name", "PayoutDebtorAccount")]
    public void A_wrong_option_is_named(string key, string value, string named)
    {
        var options = new PayoutOptions();
        var property = typeof(PayoutOptions).GetProperty(key)!;
        property.SetValue(
            options,
            property.PropertyType == typeof(TimeSpan) ? TimeSpan.Parse(value, System.Globalization.CultureInfo.InvariantCulture)
                : property.PropertyType == typeof(decimal) ? decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture)
                : value
        );
        Assert.True(new PayoutOptionsValidator().Validate(null, new PayoutOptions()).Succeeded);
        Assert.Contains(named, new PayoutOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(XElement element) => element.Elements().Select(e => e.Name.LocalName);
}

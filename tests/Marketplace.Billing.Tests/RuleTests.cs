using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Metering;
using Marketplace.Billing.Rating;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>The pure rules: rating, splitting, metering, postings.</summary>
public sealed class RuleTests
{
    private static readonly PriceVersion Plain = new(1, "card-hour", 3600, 10, 8.5m, 0.05m, 0.19m);

    // Prices with many decimals, shares down to nothing, quantities from a millisecond to a card-year.
    private static readonly Gen<PriceVersion> Prices =
        from retail in Gen.Choose(0, 2_000_000_000)
        from scale in Gen.Elements(1m, 1_000m, 1_000_000m, 100_000_000m)
        from wholesale in Gen.Choose(0, 1200)
        from commission in Gen.Choose(0, 250)
        from tax in Gen.Elements(0m, 0.06m, 0.13m, 0.19m, 0.0825m)
        select new PriceVersion(
            1,
            "card-hour",
            3600,
            retail / scale / 1000,
            retail / scale / 1000 * wholesale / 1000,
            commission / 1000m,
            tax
        );

    private static readonly Gen<decimal> Quantities =
        from whole in Gen.Choose(0, 40_000_000)
        from fraction in Gen.Choose(0, 999_999)
        from small in Gen.Elements(true, false)
        select small ? fraction / 1_000_000m : whole + (fraction / 1_000_000m);

    [Fact]
    public void The_design_s_example_splits_as_the_design_says()
    {
        Share share = RatingRule.Rate(3600, Plain).Share;
        Assert.Equal(new Share(10_000_000, 1_900_000, 8_500_000, 1_000_000, 500_000), share);
    }

    [Fact]
    public void The_parts_add_up_to_the_net_amount_to_the_micro_unit() =>
        Properties.Check(
            from price in Prices
            from quantity in Quantities
            select (price, quantity),
            x =>
            {
                Share s = RatingRule.Rate(x.quantity, x.price).Share;
                bool lossLeader = x.price.Retail - x.price.Wholesale - (x.price.Retail * x.price.CommissionRate) < 0;
                return s.Net == s.Center + s.Operator + s.Commission
                    && s.Tax >= 0
                    && s.Center >= 0
                    && s.Commission >= 0
                    && (lossLeader || s.Operator >= 0);
            },
            2_000
        );

    [Fact]
    public void Each_part_is_within_a_micro_unit_of_its_exact_value() =>
        Properties.Check(
            from price in Prices
            from quantity in Quantities
            select (price, quantity),
            x =>
            {
                Share s = RatingRule.Rate(x.quantity, x.price).Share;
                // Exact to the sixth decimal and far beyond, in integers: quantity and prices scaled to 10^24.
                bool Near(long micros, decimal perUnit, decimal factor, decimal tolerance)
                {
                    BigInteger exact = Scaled(x.quantity) * Scaled(perUnit) * Scaled(factor) / (Scaled(1) * Scaled(3600));
                    BigInteger difference = BigInteger.Abs((BigInteger)micros * BigInteger.Pow(10, 18) - exact);
                    return difference <= (BigInteger)(tolerance * 1_000_000m) * BigInteger.Pow(10, 12);
                }
                return Near(s.Net, x.price.Retail, 1, 0.500001m)
                    && Near(s.Tax, x.price.Retail, x.price.TaxRate, 0.500001m)
                    && Near(s.Center, x.price.Wholesale, 1, 1.6m)
                    && Near(s.Commission, x.price.Retail, x.price.CommissionRate, 1.6m);
            },
            1_000
        );

    [Fact]
    public void Whatever_windows_a_quantity_comes_in_the_sum_is_the_same() =>
        Properties.Check(
            from price in Prices
            from quantities in Quantities.ListOf()
            select (price, quantities),
            x =>
            {
                Share booked = default;
                long least = long.MaxValue;
                foreach (decimal quantity in x.quantities.Order())
                {
                    Share delta = RatingRule.Rate(quantity, x.price).Share - booked;
                    least = Math.Min(least, Math.Min(delta.Net, delta.Tax));
                    booked += delta;
                }
                return least >= 0 && (x.quantities.Count == 0 || booked == RatingRule.Rate(x.quantities.Max(), x.price).Share);
            },
            500
        );

    [Theory]
    [InlineData("1", "0.0000005", "1", 6, "0.000000")]
    [InlineData("1", "0.0000015", "1", 6, "0.000002")]
    [InlineData("1", "0.0000025", "1", 6, "0.000002")]
    [InlineData("3", "0.0000005", "1", 6, "0.000002")]
    [InlineData("-1", "0.0000015", "1", 6, "-0.000002")]
    [InlineData("1", "1", "3", 12, "0.333333333333")]
    [InlineData("2", "1", "3", 12, "0.666666666667")]
    [InlineData("9999999999.999999999999", "123456.123456789012345678", "3600", 12, "342933676268.858367626849")]
    public void Rounding_is_half_even_and_once(string a, string b, string c, int decimals, string expected)
    {
        static decimal D(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(D(expected), ExactMath.MultiplyDivide(D(a), D(b), D(c), decimals));
    }

    [Fact]
    public void A_loss_leader_s_operator_pays_the_difference()
    {
        // Sold at 8 what costs 8.50 wholesale.
        Share share = RatingRule.Rate(3600, Plain with { Retail = 8 }).Share;
        Assert.Equal(new Share(8_000_000, 1_520_000, 8_500_000, -900_000, 400_000), share);
        var draft = Postings.Charge(Parties, share, 0, "k", default);
        Assert.Equal(9_520_000, Net(draft, Chart.Held("c", Cny)) * -1);
        Assert.Equal(8_500_000, Net(draft, Chart.CenterPending("z", Cny)));
        Assert.Equal(-900_000, Net(draft, Chart.OperatorPending("o", Cny)));
        // Free to the customer: the operator pays the center in full.
        share = RatingRule.Rate(3600, Plain with { Retail = 0 }).Share;
        Assert.Equal(new Share(0, 0, 8_500_000, -8_500_000, 0), share);
        Assert.Equal(
            [new LegDraft(Chart.OperatorPending("o", Cny), Chart.CenterPending("z", Cny), 8_500_000)],
            Postings.Charge(Parties, share, 0, "k", default).Legs
        );
    }

    [Fact]
    public void Legs_made_of_movements_move_exactly_those_amounts() =>
        Properties.Check(
            from amounts in Gen.Choose(-1_000, 1_000).ListOf()
            select amounts,
            amounts =>
            {
                var movements = amounts.Select((a, i) => new Movement(Chart.Tax("t" + i, Cny), a)).ToList();
                movements.Add(new Movement(Chart.Psp(Cny), -movements.Sum(m => m.Micros)));
                var legs = Movements.ToLegs(movements);
                return legs.All(l => l.Micros > 0 && l.Debit != l.Credit)
                    && movements.TrueForAll(m =>
                        legs.Where(l => l.Credit == m.Account).Sum(l => l.Micros) - legs.Where(l => l.Debit == m.Account).Sum(l => l.Micros)
                        == m.Micros
                    );
            },
            500
        );

    [Fact]
    public void Movements_that_do_not_add_up_are_a_bug() =>
        Assert.Throws<ArgumentException>(() =>
            Movements.ToLegs([new Movement(Chart.Psp(Cny), 1), new Movement(Chart.Commission(Cny), -2)])
        );

    [Fact]
    public void Each_posting_rule_moves_what_the_table_of_postings_says()
    {
        var at = ManualTimeProvider.DefaultStart;
        Assert.Equal(
            ["psp > customer.available:c 10000000", "psp_fee > psp 300000"],
            Lines(Postings.TopUp("p", "c", Chart.Psp(Cny), Money(10), Money(0.3m), at))
        );
        Assert.Equal(["psp > customer.available:c 10000000"], Lines(Postings.TopUp("p", "c", Chart.Psp(Cny), Money(10), Money(0), at)));
        Assert.Equal(["promo > customer.promo:c 5000000"], Lines(Postings.Grant("c", Money(5), "r", "k", at)));
        Assert.Equal(
            ["customer.promo:c > customer.held:c 2000000 h", "customer.available:c > customer.held:c 3000000 h"],
            Lines(Postings.Hold("h", "c", Money(2), Money(3), "h", at))
        );
        Assert.Equal(
            ["customer.held:c > customer.promo:c 2000000 h", "customer.held:c > customer.available:c 3000000 h"],
            Lines(Postings.Release("h", "c", Money(2), Money(3), at))
        );
        Share share = RatingRule.Rate(3600, Plain).Share;
        Assert.Equal(
            [
                "customer.held:c > center.pending:z 8500000 h",
                "customer.held:c > operator.pending:o 1000000 h",
                "customer.held:c > commission 500000 h",
                "customer.held:c > tax:CN 1900000 h",
            ],
            Lines(Postings.Charge(Parties, share, 0, "k", at))
        );
        Assert.Equal(
            [
                "customer.held:c > center.pending:z 8500000 h",
                "customer.held:c > operator.pending:o 400000 h",
                "unbilled:c > operator.pending:o 600000",
                "unbilled:c > commission 500000",
                "unbilled:c > tax:CN 1900000",
            ],
            Lines(Postings.Charge(Parties, share, 3_000_000, "k", at))
        );
        Assert.Equal(
            ["center.pending:z > center.payable:z 8500000", "operator.pending:o > operator.payable:o 1000000"],
            Lines(Postings.Due("ctr", "z", "o", Money(8.5m), Money(1), "k", at))
        );
        Assert.Equal(
            ["receivable:c > unbilled:c 3000000", "receivable:c > rounding 4000"],
            Lines(Postings.Invoice("i", "c", Money(3), Money(0), Money(0.004m), at)!)
        );
        Assert.Equal(["rounding > customer.available:c 4000"], Lines(Postings.Invoice("i", "c", Money(0), Money(0), Money(-0.004m), at)!));
        Assert.Equal(
            ["receivable:c > advance:c 2000000", "receivable:c > unbilled:c 3000000"],
            Lines(Postings.Invoice("i", "c", Money(3), Money(2), Money(0), at)!).Order(StringComparer.Ordinal)
        );
        Assert.Null(Postings.Invoice("i", "c", Money(0), Money(0), Money(0), at));
        Assert.Equal(["customer.available:c > receivable:c 3000000"], Lines(Postings.Collect("i", "c", Money(3), 0, at)));
    }

    [Fact]
    public void A_repetition_has_the_same_hash_whenever_it_comes_and_any_other_content_another()
    {
        JournalDraft draft = Postings.Hold("h", "c", Money(2), Money(3), "h", ManualTimeProvider.DefaultStart);
        Assert.Equal(draft.RequestHash(), (draft with { EffectiveAt = default, Id = "x" }).RequestHash());
        byte[][] others =
        [
            Postings.Hold("h", "c", Money(3), Money(2), "h", default).RequestHash(),
            Postings.Hold("i", "c", Money(2), Money(3), "h", default).RequestHash(),
            Postings.Hold("h", "d", Money(2), Money(3), "h", default).RequestHash(),
            (draft with { Kind = "x" }).RequestHash(),
            (draft with { GroupId = "x" }).RequestHash(),
        ];
        Assert.All(others, o => Assert.NotEqual(draft.RequestHash(), o));
    }

    [Theory]
    [InlineData(5, 60, 10, 120, false, "Accepted")] // goes on
    [InlineData(5, 60, 5, 120, false, "Accepted")] // stands still
    [InlineData(5, 60, 3, 50, false, "Superseded")] // late
    [InlineData(5, 60, 5, 60, false, "Superseded")] // repeated under another id
    [InlineData(5, 60, 6, 50, false, "earlier-and-larger")]
    [InlineData(5, 60, 4, 120, false, "counter-fell")]
    [InlineData(5, 60, 6, 120, true, "after-final")]
    [InlineData(5, 60, 5, 120, true, "Superseded")]
    public void A_reading_is_judged_against_its_meter(int known, int knownAt, int read, int readAt, bool final, string verdict)
    {
        DateTimeOffset start = ManualTimeProvider.DefaultStart;
        var reading = new UsageReading("s", "e", "c", "a", "card-seconds", read, start, start.AddSeconds(readAt), Final: false);
        ReadingDecision decision = MeterRule.Decide(reading, new MeterState(known, start.AddSeconds(knownAt), final));
        Assert.Equal(verdict, decision.Reason ?? decision.Verdict.ToString());
    }

    [Fact]
    public void A_malformed_reading_says_what_is_wrong()
    {
        DateTimeOffset at = ManualTimeProvider.DefaultStart;
        var good = new UsageReading("s", "e", "c", "a", "card-seconds", 1, at, at, Final: false);
        Assert.Null(MeterRule.Malformed(good));
        foreach (
            var (bad, says) in new[]
            {
                (good with { Quantity = -1 }, "negative"),
                (good with { Quantity = MeterRule.MaxQuantity + 1 }, "above"),
                (good with { To = at.AddSeconds(-1) }, "ends before"),
                (good with { EventId = "" }, "event id"),
                (good with { AllocationId = "" }, "allocation"),
                (good with { Source = new string('s', 201) }, "longer"),
            }
        )
            Assert.Contains(says, MeterRule.Malformed(bad)!.Value.Detail, StringComparison.Ordinal);
    }

    private static readonly ChargeParties Parties = new("ctr", "c", "o", "z", Cny, "CN", "h");

    private static BigInteger Scaled(decimal value)
    {
        BigInteger scaled = 0;
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        scaled = ((BigInteger)(uint)bits[2] << 64) | ((BigInteger)(uint)bits[1] << 32) | (uint)bits[0];
        return scaled * BigInteger.Pow(10, 24 - ((bits[3] >> 16) & 0xFF));
    }

    private static long Net(JournalDraft draft, AccountRef account) =>
        draft.Legs.Where(l => l.Credit == account).Sum(l => l.Micros) - draft.Legs.Where(l => l.Debit == account).Sum(l => l.Micros);

    private static string[] Lines(JournalDraft draft) =>
        [.. draft.Legs.Select(l => $"{l.Debit.Code} > {l.Credit.Code} {l.Micros}{(l.Hold is null ? "" : " " + l.Hold)}")];
}

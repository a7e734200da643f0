using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Credits;
using Marketplace.Billing.Ledger;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;
using static Marketplace.Billing.Tests.BillingHouse;

namespace Marketplace.Billing.Tests;

/// <summary>In which order grants are used and end, and what an outage is worth: pure.</summary>
public sealed class CreditRuleTests
{
    private static readonly DateTimeOffset Now = ManualTimeProvider.DefaultStart;

    private static Gen<OpenGrant[]> AnyGrants =>
        (from remaining in Gen.Choose(1, 1_000) from days in Gen.Choose(-3, 6) select (remaining, days))
            .ListOf(6)
            .Select(list =>
                list.Select((g, i) => new OpenGrant($"grt_{i}", g.days == 6 ? null : Now.AddDays(g.days), g.remaining)).ToArray()
            );

    [Fact]
    public void What_was_used_is_taken_from_the_grants_that_end_first_and_adds_up() =>
        Properties.Check(
            from grants in AnyGrants
            from share in Gen.Choose(0, 100)
            select (grants, Used: grants.Sum(g => g.Remaining) * share / 100),
            x =>
            {
                var taken = GrantUse.Allot(x.grants, x.grants.Sum(g => g.Remaining) - x.Used).ToDictionary(t => t.Id, t => t.Used);
                long Left(OpenGrant g) => g.Remaining - taken.GetValueOrDefault(g.Id);
                var ordered = GrantUse.InOrder(x.grants);
                int touched = ordered.TakeWhile(g => Left(g) == 0).Count();
                // All of the first, a part of one, nothing of the rest; never a later end before an earlier one.
                return taken.Values.Sum() == x.Used
                    && x.grants.All(g => Left(g) >= 0)
                    && ordered.Skip(touched + 1).All(g => Left(g) == g.Remaining)
                    && ordered.Zip(ordered.Skip(1)).All(p => p.Second.ExpiresAt is null || p.First.ExpiresAt <= p.Second.ExpiresAt);
            },
            500
        );

    [Fact]
    public void Only_what_has_passed_its_end_and_is_not_set_aside_ends() =>
        Properties.Check(
            from grants in AnyGrants
            from aside in Gen.Choose(0, 3_000)
            select (grants, Aside: (long)aside),
            x =>
            {
                var ended = GrantUse.Expire(x.grants, x.Aside, Now).ToDictionary(t => t.Id, t => t.Expired);
                long over = x.grants.Where(g => g.ExpiresAt <= Now).Sum(g => g.Remaining);
                return x.grants.All(g =>
                        ended.GetValueOrDefault(g.Id) is var e && e >= 0 && (g.ExpiresAt <= Now ? e <= g.Remaining : e == 0)
                    )
                    && ended.Values.Sum() == Math.Max(0, over - x.Aside);
            },
            500
        );

    [Fact]
    public void More_credit_than_grants_leave_is_a_bug() =>
        Assert.Throws<InvalidOperationException>(() => GrantUse.Allot([new OpenGrant("grt_1", null, 5)], 6));

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(0.999, 0)]
    [InlineData(0.99899, 0.10)]
    [InlineData(0.99, 0.10)]
    [InlineData(0.98999, 0.25)]
    [InlineData(0.95, 0.25)]
    [InlineData(0.94999, 1)]
    [InlineData(0, 1)]
    public void The_lowest_tier_that_fits_counts(double availability, double fraction) =>
        Assert.Equal((decimal)fraction, ServiceCreditRule.Fraction(new CreditOptions().Tiers, (decimal)availability));

    [Theory]
    [InlineData("")]
    [InlineData("0.99=0.25, 0.999=0.10")]
    public void Tiers_are_read_in_any_order(string text) => Assert.NotNull(CreditOptions.TryReadTiers(text));

    [Theory]
    [InlineData("0.99")]
    [InlineData("0.99=2")]
    [InlineData("1.5=0.1")]
    [InlineData("0.999=0.5, 0.99=0.25")]
    [InlineData("0.99=0.1, 0.99=0.2")]
    public void Wrong_tiers_stop_the_start_and_name_the_key(string text)
    {
        var result = new CreditOptionsValidator().Validate(null, new CreditOptions { ServiceCreditTiers = text });
        Assert.Contains("Billing:ServiceCreditTiers", result.FailureMessage, StringComparison.Ordinal);
        Assert.True(new CreditOptionsValidator().Validate(null, new CreditOptions()).Succeeded);
    }

    [Fact]
    public void Availability_is_the_served_time_that_was_not_down()
    {
        Assert.Equal(0.9m, ServiceCreditRule.Availability(TimeSpan.FromHours(10), TimeSpan.FromHours(1)));
        Assert.Equal(0, ServiceCreditRule.Availability(TimeSpan.FromHours(1), TimeSpan.FromHours(2)));
        Assert.Equal(1, ServiceCreditRule.Availability(TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public void Several_credits_of_a_charge_are_together_never_more_than_it_and_their_parts_add_up() =>
        Properties.Check(
            from center in Gen.Choose(0, 900_000)
            from margin in Gen.Choose(-50_000, 300_000)
            from commission in Gen.Choose(0, 50_000)
            from tax in Gen.Choose(1, 200_000)
            from fractions in Gen.Choose(1, 1_000).ListOf(5)
            select (Share: new Share(center + margin + commission, tax, center, margin, commission), fractions),
            x =>
            {
                long charged = x.Share.Net + x.Share.Tax;
                long credited = 0;
                foreach (int thousandths in x.fractions)
                {
                    long amount = ServiceCreditRule.Amount(charged, thousandths / 1_000m, credited);
                    if (amount > 0)
                    {
                        var parts = ServiceCreditParts.Of(x.Share, new Money(amount, Cny));
                        if (parts.Center + parts.Operator + parts.Network + parts.Tax != amount || parts.Center < 0 || parts.Operator < 0)
                            return false;
                    }
                    credited += amount;
                }
                return credited <= Math.Max(0, charged);
            },
            1_000
        );

    [Fact]
    public void A_code_is_read_as_it_was_meant_and_no_two_are_the_same()
    {
        string[] codes = [.. Enumerable.Range(0, 1_000).Select(_ => VoucherCode.New())];
        Assert.Equal(codes.Length, codes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(codes, c => Assert.Matches("^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$", c));
        Assert.Equal(VoucherCode.Hash("AB01-1"), VoucherCode.Hash(" ab ol-i "));
        Assert.NotEqual(VoucherCode.Hash("AB01-1"), VoucherCode.Hash("AB01-2"));
    }
}

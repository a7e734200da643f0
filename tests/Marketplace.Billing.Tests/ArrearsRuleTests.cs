using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Arrears;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Invoicing;
using Marketplace.Platform.States;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests;

/// <summary>The steps of arrears as values: who goes where, when, and never further than one step.</summary>
public sealed class ArrearsRuleTests
{
    private static readonly ArrearsTimes Times = new(TimeSpan.FromDays(7), TimeSpan.FromDays(14));
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 23, 30, 0, TimeSpan.Zero);
    private static readonly Debt Owing = new(1, 1, Start, 0);

    [Fact]
    public void No_forbidden_step_can_be_taken()
    {
        var forbidden = ArrearsRule.Table.Forbidden().ToList();
        Assert.All(forbidden, p => Assert.Throws<IllegalTransitionException>(() => ArrearsRule.Table.Move(p.From, p.To)));
        var states = Enum.GetValues<ArrearsState>();
        var allowed = states.SelectMany(f => states.Select(t => (f, t))).Except(forbidden).ToList();
        Assert.Equal(
            [
                (ArrearsState.Current, ArrearsState.Grace),
                (ArrearsState.Grace, ArrearsState.Current),
                (ArrearsState.Grace, ArrearsState.Suspended),
                (ArrearsState.Suspended, ArrearsState.Current),
                (ArrearsState.Suspended, ArrearsState.Ended),
                (ArrearsState.Ended, ArrearsState.Current),
            ],
            allowed
        );
    }

    [Theory]
    [InlineData(ArrearsState.Current, 0, ArrearsState.Grace)]
    [InlineData(ArrearsState.Grace, 6.999, null)]
    [InlineData(ArrearsState.Grace, 7, ArrearsState.Suspended)]
    [InlineData(ArrearsState.Grace, 400, ArrearsState.Suspended)]
    [InlineData(ArrearsState.Suspended, 13.999, null)]
    [InlineData(ArrearsState.Suspended, 14, ArrearsState.Ended)]
    [InlineData(ArrearsState.Ended, 400, null)]
    public void A_debt_goes_on_with_time(ArrearsState state, double days, ArrearsState? next) =>
        Assert.Equal(next, ArrearsRule.Next(new(state, Start, null), Owing, Start.AddDays(days), Times));

    [Theory]
    [InlineData(ArrearsState.Current, null)]
    [InlineData(ArrearsState.Grace, ArrearsState.Current)]
    [InlineData(ArrearsState.Suspended, ArrearsState.Current)]
    [InlineData(ArrearsState.Ended, ArrearsState.Current)]
    public void A_payment_brings_back_at_any_time(ArrearsState state, ArrearsState? next) =>
        Assert.Equal(next, ArrearsRule.Next(new(state, Start, null), Debt.None, Start.AddDays(400), Times));

    [Fact]
    public void More_time_moves_the_step_and_never_brings_it_nearer()
    {
        ArrearsStand given = new(ArrearsState.Grace, Start, Start.AddDays(10));
        Assert.Null(ArrearsRule.Next(given, Owing, Start.AddDays(9.999), Times));
        Assert.Equal(ArrearsState.Suspended, ArrearsRule.Next(given, Owing, Start.AddDays(10), Times));
        Assert.Equal(Start.AddDays(7), ArrearsRule.NextAt(given with { MoreTimeUntil = Start.AddDays(1) }, Times));
    }

    [Fact]
    public void Whatever_the_clock_does_each_step_is_legal_single_and_never_early() =>
        Properties.Check(
            from minutes in Gen.Choose(-100_000, 100_000).ListOf(30)
            from paid in Gen.Choose(0, 5).ListOf(30)
            select (Minutes: minutes, Paid: paid),
            x =>
            {
                var stand = new ArrearsStand(ArrearsState.Current, Start, null);
                DateTimeOffset now = Start;
                foreach (var (minute, paid) in x.Minutes.Zip(x.Paid))
                {
                    // Clocks step back as well as forward.
                    now = now.AddMinutes(minute);
                    Debt debt = paid == 0 ? Debt.None : Owing;
                    if (ArrearsRule.Next(stand, debt, now, Times) is not { } next)
                        continue;
                    if (!ArrearsRule.Table.Allows(stand.State, next))
                        return false;
                    TimeSpan stayed = now - stand.EnteredAt;
                    if (next == ArrearsState.Suspended && stayed < Times.Grace || next == ArrearsState.Ended && stayed < Times.Suspension)
                        return false;
                    stand = new ArrearsStand(next, now, null);
                }
                return true;
            }
        );

    [Theory]
    [InlineData("2026-01-31T23:30:00Z", "2026-02-14T23:30:00Z")]
    [InlineData("2028-02-15T12:00:00Z", "2028-02-29T12:00:00Z")]
    [InlineData("2026-12-31T23:59:59Z", "2027-01-14T23:59:59Z")]
    [InlineData("2026-03-20T01:30:00+01:00", "2026-04-03T00:30:00Z")]
    public void Due_is_an_exact_span_after_the_issue_whatever_the_calendar(string issued, string due)
    {
        var terms = TimeSpan.FromDays(14);
        DateTimeOffset at = DateTimeOffset.Parse(issued, null);
        DateTimeOffset on = DateTimeOffset.Parse(due, null);
        Assert.Equal(on, DueDates.Of(at, terms));
        // The query's edge is the same edge.
        Assert.True(at <= DueDates.IssuedBy(on, terms));
        Assert.False(at <= DueDates.IssuedBy(on.AddTicks(-1), terms));
    }

    [Theory]
    [InlineData(0, 100, 0, 100, 0)]
    [InlineData(0, 101, 0, 100, 101)]
    [InlineData(0, 300, 250, 100, 0)]
    [InlineData(0, 300, 199, 100, 101)]
    [InlineData(0, 0, 50, 0, 0)]
    [InlineData(7, 0, 0, 100, 7)]
    [InlineData(7, 0, 7, 100, 0)]
    [InlineData(7, 200, 57, 100, 150)]
    [InlineData(7, 200, 3, 100, 204)]
    public void What_is_lent_is_measured_against_credit_and_a_lost_payment_is_not_lent(
        long clawback,
        long unbilled,
        long credit,
        long limit,
        long unsecured
    ) => Assert.Equal(unsecured, Debt.UnsecuredOf(clawback, unbilled, credit, limit));

    [Theory]
    [InlineData("PaymentTerms", "-00:00:01")]
    [InlineData("PaymentTerms", "366.00:00:00")]
    [InlineData("ArrearsGrace", "00:00:59")]
    [InlineData("ArrearsGrace", "91.00:00:00")]
    [InlineData("SuspensionGrace", "00:00:59")]
    [InlineData("SuspensionGrace", "366.00:00:00")]
    public void Bad_times_name_their_key(string key, string value)
    {
        var options = new BillingOptions();
        typeof(BillingOptions).GetProperty(key)!.SetValue(options, TimeSpan.Parse(value, null));
        string failure = Assert.Single(new BillingOptionsValidator().Validate(null, options).Failures!);
        Assert.StartsWith($"Billing:{key} is ", failure, StringComparison.Ordinal);
        Assert.True(new BillingOptionsValidator().Validate(null, new BillingOptions()).Succeeded);
    }

    [Fact]
    public void A_negative_loan_names_its_key() =>
        Assert.StartsWith(
            "Billing:UnsecuredLimit is ",
            Assert.Single(new BillingOptionsValidator().Validate(null, new BillingOptions { UnsecuredLimit = -1 }).Failures!),
            StringComparison.Ordinal
        );
}

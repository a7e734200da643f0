using FsCheck;
using FsCheck.Fluent;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Ledger;
using Marketplace.Billing.Rating;
using Marketplace.Platform.Monetary;
using Marketplace.Testing;

namespace Marketplace.Billing.Tests.Plans;

/// <summary>What is quoted is what is billed, and what is held is enough.</summary>
public sealed class EstimateTests
{
    private static readonly Gen<Bought> Purchases =
        from plan in PlanGen.Plans
        from minimum in PlanGen.Minimums
        from retail in Gen.Choose(0, 40_000_000)
        from start in PlanGen.Starts
        from minutes in Gen.Choose(1, 3_000)
        from cards in Gen.Choose(1, 8_000)
        from replicas in Gen.Choose(1, 4)
        from late in Gen.Choose(0, 200_000)
        select new Bought(
            new ContractPrice(retail / 1_000_000m, retail / 1_200_000m, 0.05m, 0.19m, plan with { Minimum = minimum }),
            start,
            minutes,
            cards / 1000m,
            replicas,
            late
        );

    internal sealed record Bought(ContractPrice Price, DateTimeOffset Start, int Minutes, decimal Cards, int Replicas, int LateSeconds);

    [Fact]
    public void Hours_used_exactly_as_bought_are_billed_as_quoted() =>
        Properties.Check(
            Purchases,
            b =>
            {
                var quoted = PriceEstimate.Of(b.Price, b.Cards * b.Replicas, b.Start, b.Minutes / 60m);
                var (usage, commitment) = Bill(b, b.Start);
                return usage.Net == quoted.UsageNet && commitment.Net == quoted.CommitmentNet && usage.Tax + commitment.Tax == quoted.Tax;
            },
            150
        );

    [Fact]
    public void The_hold_covers_the_hours_whenever_they_start_and_however_far_they_have_come() =>
        Properties.Check(
            Purchases,
            b =>
            {
                long hold = PriceEstimate.Of(b.Price, b.Cards * b.Replicas, b.Start, b.Minutes / 60m).Hold;
                long most = 0;
                var (usage, commitment) = Bill(b, b.Start.AddSeconds(b.LateSeconds), share => most = Math.Max(most, share.Net + share.Tax));
                // A month that begins later may be another part of its month; the minimum itself is what the hold has for it.
                bool same = b.Price.Plan!.Minimum is not { Period: MinimumPeriod.Month };
                return most <= hold && (!same || usage.Net + usage.Tax + commitment.Net + commitment.Tax <= hold);
            },
            150
        );

    [Fact]
    public void Without_a_plan_an_estimate_is_price_times_hours()
    {
        var quoted = PriceEstimate.Of(new ContractPrice(10, 8.5m, 0.05m, 0.19m, null), 8, PlanGen.Utc(2026, 7, 1), 3);
        Assert.Equal(new PriceEstimate(240_000_000, 0, 45_600_000, 285_600_000), quoted);
    }

    [Fact]
    public void A_minimum_take_adds_what_usage_leaves_open_and_is_held()
    {
        ContractPrice price = new(10, 8.5m, 0.05m, 0.1m, new PricePlan { Minimum = new MinimumTake(100, MinimumPeriod.Contract) });
        var quoted = PriceEstimate.Of(price, 1, PlanGen.Utc(2026, 7, 1), 3);
        Assert.Equal(new PriceEstimate(30_000_000, 70_000_000, 10_000_000, 110_000_001), quoted);
        // Enough used: nothing is added.
        Assert.Equal(0, PriceEstimate.Of(price, 1, PlanGen.Utc(2026, 7, 1), 10).CommitmentNet);
        // By the month, a part of one counts by its time: half of July and a quarter of a day of August.
        price = price with
        {
            Plan = new PricePlan { Minimum = new MinimumTake(310, MinimumPeriod.Month) },
        };
        quoted = PriceEstimate.Of(price, 0.001m, PlanGen.Utc(2026, 7, 31), 30);
        Assert.Equal(12_500_000, quoted.Net);
    }

    // Every replica reports each minute; a window that a month divides is reported in two.
    private static (Share Usage, Share Commitment) Bill(Bought b, DateTimeOffset start, Action<Share>? seen = null)
    {
        PriceVersion price = PriceEstimate.Version(b.Price);
        DateTimeOffset end = start.AddMinutes(b.Minutes);
        IReadOnlyList<CommitmentPeriod> periods = b.Price.Plan!.Minimum is { } minimum ? MinimumRule.Periods(minimum, start, end) : [];
        var used = periods.ToDictionary(p => p.Key, _ => 0L, StringComparer.Ordinal);
        var rater = new WindowRater(RatingState.Empty);
        var counters = new Metered[b.Replicas];
        Share usage = default;
        int step = Math.Max(1, b.Minutes / 40);
        List<DateTimeOffset> borders = [.. Enumerable.Range(0, (b.Minutes / step) + 1).Select(i => start.AddMinutes(i * step)), end];
        borders = [.. borders.Concat(periods.Select(p => p.From)).Where(t => t >= start && t <= end).Distinct().Order()];
        foreach (var (from, to) in borders.Zip(borders.Skip(1)))
        {
            for (int replica = 0; replica < b.Replicas; replica++)
            {
                decimal quantity = b.Cards * (decimal)(to - from).TotalSeconds;
                Metered told = counters[replica];
                var change = new WindowChange(new LastWindow(from, told.Quantity, told), to, told.Quantity + quantity, 0, told);
                RatedWindow window = rater.Rate(
                    new AllocationMeter("ctr", $"alc_{replica}", "card-seconds"),
                    price,
                    change,
                    reservable: true
                );
                counters[replica] += window.OnDemand;
                Share share = window.Charge.Share;
                usage += share;
                if (periods.LastOrDefault(p => p.From <= from) is { } period)
                    used[period.Key] += share.Net;
                seen?.Invoke(usage);
            }
        }
        Share commitment = default;
        foreach (CommitmentPeriod period in periods)
            commitment += MinimumRule.Shortfall(period, used[period.Key], price).Share;
        return (usage, commitment);
    }
}

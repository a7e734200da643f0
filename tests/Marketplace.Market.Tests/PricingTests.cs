using System.Numerics;
using FsCheck.Fluent;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Testing;

namespace Marketplace.Market.Tests;

public sealed class PricingTests
{
    /// <summary>Against integer arithmetic: price and markup as whole numbers of their last decimal.</summary>
    [Fact]
    public void Retail_is_wholesale_times_one_plus_markup_exactly()
    {
        var cases =
            from price in Gen.Choose(0, 99_999)
            from high in Gen.Choose(0, 999_999_999)
            from low in Gen.Choose(0, 999_999_999)
            from markup in Gen.Choose(0, 89_999)
            select (Price: new BigInteger(price) * Power(18) + new BigInteger(high) * Power(9) + low, Markup: markup);
        Properties.Check(
            cases,
            c =>
            {
                decimal retail = Pricing.Retail(Decimal(c.Price, 18), c.Markup / 10_000m);
                return Whole(retail, 22) == c.Price * (10_000 + c.Markup);
            },
            500
        );
    }

    [Theory]
    [InlineData("2.50", "0.25", "3.125")]
    [InlineData("99999.999999999999999999", "8.9999", "999989.9999999999999999900001")]
    [InlineData("0", "1", "0")]
    [InlineData("0.000000000000000001", "0.0001", "0.0000000000000000010001")]
    public void Retail_examples(string wholesale, string markup, string retail) =>
        Assert.Equal(retail, Pricing.Retail(decimal.Parse(wholesale), decimal.Parse(markup)).ToString());

    [Fact]
    public void The_price_of_work_is_the_hour_s_price_over_the_hour_s_work()
    {
        Assert.Equal(1m, Pricing.PerWork(3.6m, 1000, 1_000_000));
        Assert.Null(Pricing.PerWork(3.6m, null, 1_000_000));
        Assert.Null(Pricing.PerWork(3.6m, 0, 1_000_000));
    }

    [Fact]
    public void The_version_recorded_last_among_those_that_have_begun_applies()
    {
        DateTimeOffset start = ManualTimeProvider.DefaultStart;
        PriceVersion[] versions = [Version(1, 10, start), Version(2, 12, start.AddDays(10)), Version(3, 9, start.AddDays(2))];
        Assert.Null(Pricing.At(versions, start.AddTicks(-1)));
        Assert.Equal(1, Pricing.At(versions, start)!.Version);
        Assert.Equal(3, Pricing.At(versions, start.AddDays(2))!.Version);
        // Version 2 was superseded before its day came.
        Assert.Equal(3, Pricing.At(versions, start.AddDays(10))!.Version);
    }

    private static PriceVersion Version(int version, decimal price, DateTimeOffset from) =>
        new()
        {
            Id = $"prc_{version}",
            ListingId = "lst_1",
            PartyId = "org_1",
            Version = version,
            PricePerCardHour = price,
            EffectiveFrom = from,
            RecordedAt = from,
        };

    private static BigInteger Power(int digits) => BigInteger.Pow(10, digits);

    private static decimal Decimal(BigInteger whole, int decimals) =>
        (decimal)(whole / Power(decimals)) + ((decimal)(whole % Power(decimals)) / (decimal)Power(decimals));

    private static BigInteger Whole(decimal value, int decimals)
    {
        decimal integer = decimal.Truncate(value);
        decimal rest = value - integer;
        return (new BigInteger(integer) * Power(decimals)) + new BigInteger(rest * (decimal)Power(decimals));
    }

    [Fact]
    public void A_price_history_has_a_point_for_each_change_and_invents_no_past()
    {
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        DateTimeOffset Day(int day) => start.AddDays(day);
        PriceVersion Version(int number, decimal price, int from, int recorded) =>
            new()
            {
                Id = $"prc_{number}",
                ListingId = "lst_1",
                PartyId = "org_1",
                Version = number,
                PricePerCardHour = price,
                EffectiveFrom = Day(from),
                RecordedAt = Day(recorded),
            };
        PriceVersion[] versions =
        [
            Version(1, 10, from: 0, recorded: 0),
            // Announced ahead, so it counts from when it begins.
            Version(2, 12, from: 5, recorded: 3),
            // Written for the past, so it counts from when it was written.
            Version(3, 12, from: 1, recorded: 7),
            Version(4, 8, from: 9, recorded: 9),
            // Still to come.
            Version(5, 6, from: 20, recorded: 9),
        ];
        Assert.Equal(
            [new PricePoint(Day(0), 12.5m), new PricePoint(Day(5), 15m), new PricePoint(Day(9), 10m)],
            Pricing.History(versions, 0.25m, since: Day(0), now: Day(10))
        );
        // An offer made later shows nothing from before it.
        Assert.Equal([new PricePoint(Day(6), 15m), new PricePoint(Day(9), 10m)], Pricing.History(versions, 0.25m, Day(6), Day(10)));
        Assert.Empty(Pricing.History([], 0.25m, Day(0), Day(10)));
    }
}

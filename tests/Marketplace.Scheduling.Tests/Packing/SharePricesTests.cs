using FsCheck;
using FsCheck.Fluent;
using Marketplace.Scheduling.Packing.Prices;
using Marketplace.Testing;

namespace Marketplace.Scheduling.Tests.Packing;

public sealed class SharePricesTests
{
    private static readonly Gen<int> Numbers = Gen.Choose(0, int.MaxValue - 1);

    [Fact]
    public void No_pattern_that_fits_a_device_is_worth_more_than_the_device() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var demand = SmallDemand(new Random(number));
                var prices = new SharePrices();
                prices.Solve(demand, 300);
                var solved = MostOfAPattern(demand, prices, 100, 100);
                prices.Follow(demand, Free(new Random(number)), 25);
                return solved <= 1 + 1e-9 && MostOfAPattern(demand, prices, 100, 100) <= 1 + 1e-9;
            },
            100
        );

    [Fact]
    public void The_bound_is_never_above_the_fewest_devices_and_close_to_it() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var demand = SmallDemand(new Random(number));
                var prices = new SharePrices();
                prices.Solve(demand, 3000);
                var fewest = FewestDevices(Items(demand));
                // The linear relaxation is less than one device below the best whole cutting on instances this small.
                return prices.Bound <= fewest + 1e-9 && prices.Bound > (fewest - 1) * 0.97;
            },
            60
        );

    [Fact]
    public void The_worth_of_a_part_is_its_best_pattern() =>
        Properties.Check(
            Numbers,
            number =>
            {
                var demand = SmallDemand(new Random(number));
                var prices = new SharePrices();
                prices.Solve(demand, 300);
                return Enumerable
                    .Range(0, 101)
                    .All(units => Math.Abs(prices.Worth(units * 10) - MostOfAPattern(demand, prices, units, 100)) < 1e-9);
            },
            30
        );

    [Fact]
    public void Halves_cost_a_half_and_what_nobody_asks_for_is_worth_nothing()
    {
        var demand = new double[SharePrices.Units + 1];
        (demand[50], demand[81]) = (10, 7);
        var prices = new SharePrices();
        prices.Solve(demand, 3000);
        Assert.InRange(prices.Bound, 11.8, 12);
        Assert.Equal(0.5, prices.Worth(500), 0.01);
        Assert.Equal(0.5, prices.Worth(809), 0.01);
        Assert.InRange(prices.Worth(810), 0.9, 1);
        Assert.Equal(0, prices.Worth(499));
        Assert.Equal(1, prices.Worth(1000));
    }

    [Fact]
    public void Prices_follow_the_parts_that_are_left()
    {
        var demand = new double[SharePrices.Units + 1];
        // Of endless whole devices a 55 takes one, and a 45 goes beside it for nothing. But here only parts of 55 are left, for either.
        (demand[45], demand[55]) = (10, 11);
        var free = new int[SharePrices.Units + 1];
        free[55] = 100;
        var prices = new SharePrices();
        prices.Solve(demand, 3000);
        Assert.InRange(prices.PriceOf(55) - prices.PriceOf(45), 0.5, 1);
        prices.Follow(demand, free, 500);
        Assert.InRange(prices.PriceOf(55) - prices.PriceOf(45), -0.1, 0.1);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1)]
    public void Demand_that_is_no_number_is_refused_by_name(double wrong)
    {
        var demand = new double[SharePrices.Units + 1];
        demand[7] = wrong;
        var prices = new SharePrices();
        Assert.StartsWith(
            "demand[7] is",
            Assert.Throws<ArgumentException>(() => prices.Solve(demand, 1)).Message,
            StringComparison.Ordinal
        );
        var free = new int[SharePrices.Units + 1];
        Assert.StartsWith(
            "demand[7] is",
            Assert.Throws<ArgumentException>(() => prices.Follow(demand, free, 1)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Demand_of_very_different_size_stays_finite()
    {
        var demand = new double[SharePrices.Units + 1];
        (demand[1], demand[47], demand[100]) = (1e-99, 1e12, 1);
        var prices = new SharePrices();
        prices.Solve(demand, 5000);
        prices.Follow(demand, Free(new Random(1)), 500);
        Assert.All(Enumerable.Range(0, 101), units => Assert.InRange(prices.Worth(units * 10), 0, 1));
        Assert.True(double.IsFinite(prices.Bound));
    }

    private static double[] SmallDemand(Random random)
    {
        var demand = new double[SharePrices.Units + 1];
        for (var kinds = random.Next(1, 5); kinds > 0; kinds--)
        {
            demand[random.Next(11, 101)] += random.Next(1, 4);
        }

        return demand;
    }

    private static int[] Free(Random random)
    {
        var free = new int[SharePrices.Units + 1];
        for (var parts = 0; parts < 10; parts++)
        {
            free[random.Next(1, 101)] += random.Next(1, 5);
        }

        return free;
    }

    private static List<int> Items(double[] demand) =>
        [.. Enumerable.Range(1, 100).Reverse().SelectMany(size => Enumerable.Repeat(size, (int)demand[size]))];

    /// <summary>Every pattern, one after the other.</summary>
    private static double MostOfAPattern(double[] demand, SharePrices prices, int units, int largest)
    {
        double most = 0;
        for (var size = 1; size <= Math.Min(units, largest); size++)
        {
            if (demand[size] > 0)
            {
                most = Math.Max(most, prices.PriceOf(size) + MostOfAPattern(demand, prices, units - size, size));
            }
        }

        return most;
    }

    /// <summary>Bin packing by trying everything.</summary>
    private static int FewestDevices(List<int> items)
    {
        var best = items.Count;
        Try(0, []);
        return best;

        void Try(int item, List<int> rooms)
        {
            if (rooms.Count >= best)
            {
                return;
            }

            if (item == items.Count)
            {
                best = rooms.Count;
                return;
            }

            for (var r = 0; r < rooms.Count; r++)
            {
                // Rooms alike need to be tried once.
                if (rooms[r] >= items[item] && rooms.IndexOf(rooms[r]) == r)
                {
                    rooms[r] -= items[item];
                    Try(item + 1, rooms);
                    rooms[r] += items[item];
                }
            }

            rooms.Add(100 - items[item]);
            Try(item + 1, rooms);
            rooms.RemoveAt(rooms.Count - 1);
        }
    }
}

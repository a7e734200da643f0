namespace Marketplace.Scheduling.Packing.Prices;

/// <summary>
/// What a free part of a device is worth, as a fraction of a whole one: the dual prices of the cutting-stock problem whose stock is devices
/// and whose items are the shares asked for (Gilmore and Gomory, "A Linear Programming Approach to the Cutting-Stock Problem", Operations
/// Research 9, 1961, and 11, 1963). Sizes are rounded up and free parts down to 1/100 device.
/// </summary>
/// <remarks>
/// Primal: cut the demand D from as few devices as possible, min Σ x(pattern). Dual: prices y ≥ 0 of the sizes with Σ y(s) · times(s) ≤ 1 for
/// every pattern that fits a device, max Σ D(s) · y(s). Two ways to such prices: <see cref="Solve"/> for an endless stock of whole devices,
/// with a certified bound, and <see cref="Follow"/> for the devices there are, with the parts of them that are still free.
/// </remarks>
internal sealed class SharePrices
{
    /// <summary>Parts of a device that are told apart.</summary>
    public const int Units = ShareKnapsack.Units;

    private const double WeightStep = 0.1;
    private const double PriceStep = 0.02;

    /// <summary>A price never falls below this part of its size: it has to be able to come back.</summary>
    private const double LeastPrice = 1e-3;

    private const double LeastWeight = 1e-200;
    private readonly ShareKnapsack knapsack = new();
    private readonly double[] demand = new double[Units + 1];
    private readonly double[] weight = new double[Units + 1];
    private readonly double[] counts = new double[Units + 1];
    private readonly double[] price = new double[Units + 1];
    private readonly double[] worth = [.. Enumerable.Range(0, Units + 1).Select(units => units / (double)Units)];
    private int[] sizes = [];

    /// <summary>The same prices, to follow other devices.</summary>
    public SharePrices Copy()
    {
        var copy = new SharePrices();
        price.CopyTo(copy.price, 0);
        worth.CopyTo(copy.worth, 0);
        return copy;
    }

    /// <summary>After <see cref="Solve"/>: a lower bound on the devices that the demand needs, Σ demand · price.</summary>
    public double Bound { get; private set; }

    /// <summary>What so much free compute of one device is worth, in devices: 0 to 1. Before anything was learned, as much as it is.</summary>
    /// <param name="freeMilli">In 1/1000 device, rounded down to 1/100.</param>
    public double Worth(int freeMilli) => worth[freeMilli / (PodShape.WholeCard / Units)];

    /// <summary>The price of a size in units, in devices.</summary>
    public double PriceOf(int units) => price[units];

    /// <summary>Size in units, rounded up.</summary>
    public static int UnitsOf(int cardMilli) => (cardMilli + (PodShape.WholeCard / Units) - 1) / (PodShape.WholeCard / Units);

    /// <summary>
    /// Prices for an endless stock of whole devices, by multiplicative weights (Garg and Könemann, "Faster and Simpler Algorithms for
    /// Multicommodity Flow and Other Fractional Packing Problems", SIAM Journal on Computing 37, 2007): cut the pattern that is worth most
    /// as often as its scarcest item allows, and lower the weights of what it cut. Weights divided by the worth of that pattern are feasible
    /// prices, so each round gives a true bound; the prices of the best are kept.
    /// </summary>
    /// <param name="newDemand">How often each size is asked for; the index is the size in units, and index 0 is not used.</param>
    /// <param name="rounds">Rounds of multiplicative weights.</param>
    /// <exception cref="ArgumentException">The demand is negative or not a finite number.</exception>
    public void Solve(ReadOnlySpan<double> newDemand, int rounds)
    {
        SetDemand(newDemand);
        Bound = 0;
        foreach (var s in sizes)
        {
            weight[s] = 1 / demand[s];
        }

        Rescale();
        for (var round = 0; round < rounds && sizes.Length > 0; round++)
        {
            knapsack.Solve(sizes, weight);
            var bound = sizes.Sum(s => demand[s] * weight[s]) / knapsack.Top;
            if (bound > Bound)
            {
                Bound = bound;
                Price(weight, knapsack.Top);
            }

            LowerWeights();
        }

        Value();
    }

    /// <summary>
    /// Moves the prices so that demand and the devices there are meet: the demand is scaled to fill what is free, every device is cut into
    /// the pattern worth most for its free part, and each price moves by step · (asked − cut)/(asked + cut). Parts that wait for a partner
    /// in vain lose their worth, and then smaller shares may fill them.
    /// </summary>
    /// <param name="newDemand">As for <see cref="Solve"/>.</param>
    /// <param name="free">How many devices have so many units free; the index is the number of units.</param>
    /// <param name="rounds">Steps; the prices of the last time are the start.</param>
    /// <exception cref="ArgumentException">The demand is negative or not a finite number.</exception>
    public void Follow(ReadOnlySpan<double> newDemand, ReadOnlySpan<int> free, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(free.Length, Units + 1, nameof(free));
        SetDemand(newDemand);
        double asked = sizes.Sum(s => demand[s] * s),
            there = 0;
        for (var units = 1; units <= Units; units++)
        {
            there += (double)free[units] * units;
        }

        if (asked == 0 || there == 0)
        {
            return;
        }

        foreach (var s in sizes)
        {
            price[s] = price[s] > 0 ? price[s] : s / (double)Units;
        }

        for (var round = 0; round < rounds; round++)
        {
            MovePrices(free, there / asked);
        }

        Value();
    }

    private void SetDemand(ReadOnlySpan<double> newDemand)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(newDemand.Length, Units + 1, nameof(newDemand));
        for (var s = 0; s <= Units; s++)
        {
            if (!double.IsFinite(newDemand[s]) || newDemand[s] < 0)
            {
                throw new ArgumentException($"demand[{s}] is {newDemand[s]}. Use a finite number of at least 0.", nameof(newDemand));
            }

            // Less than one in 10^100 is none: its reciprocal is a weight.
            demand[s] = newDemand[s] < 1e-100 ? 0 : newDemand[s];
        }

        sizes = [.. Enumerable.Range(1, Units).Where(s => demand[s] > 0)];
    }

    private void LowerWeights()
    {
        Array.Clear(counts);
        knapsack.AddPattern(Units, 1, counts);
        var often = double.PositiveInfinity;
        foreach (var s in sizes)
        {
            often = counts[s] > 0 ? Math.Min(often, demand[s] / counts[s]) : often;
        }

        double largest = 0;
        foreach (var s in sizes)
        {
            weight[s] *= 1 - (WeightStep * often * counts[s] / demand[s]);
            largest = Math.Max(largest, weight[s]);
        }

        if (largest < 1e-50)
        {
            Rescale();
        }
    }

    /// <summary>Only ratios matter: the largest weight becomes 1, and none vanishes.</summary>
    private void Rescale()
    {
        var largest = sizes.Length == 0 ? 1 : sizes.Max(s => weight[s]);
        foreach (var s in sizes)
        {
            weight[s] = Math.Max(weight[s] / largest, LeastWeight);
        }
    }

    private void MovePrices(ReadOnlySpan<int> free, double scale)
    {
        knapsack.Solve(sizes, price);
        Array.Clear(counts);
        for (var units = 1; units <= Units; units++)
        {
            if (free[units] > 0)
            {
                knapsack.AddPattern(units, free[units], counts);
            }
        }

        foreach (var s in sizes)
        {
            var asked = demand[s] * scale;
            var moved = price[s] * (1 + (PriceStep * (asked - counts[s]) / (asked + counts[s]))) / knapsack.Top;
            price[s] = Math.Clamp(moved, LeastPrice * s / Units, 1);
        }
    }

    private void Price(double[] values, double top)
    {
        Array.Clear(price);
        foreach (var s in sizes)
        {
            price[s] = values[s] / top;
        }
    }

    /// <summary>Makes the prices feasible, so that the best pattern is worth one device, and values the parts by them.</summary>
    private void Value()
    {
        if (sizes.Length == 0)
        {
            return;
        }

        knapsack.Solve(sizes, price);
        for (var units = 0; units <= Units; units++)
        {
            worth[units] = knapsack.Best[units] / knapsack.Top;
        }

        Price(price.ToArray(), knapsack.Top);
    }
}

namespace Marketplace.Scheduling.Packing.Prices;

/// <summary>
/// The unbounded knapsack over shares of one device: how much so many units can be worth at given prices of the sizes, and by which shares.
/// </summary>
internal sealed class ShareKnapsack
{
    /// <summary>Parts of a device that are told apart.</summary>
    public const int Units = 100;

    private readonly double[] best = new double[Units + 1];
    private readonly int[] cut = new int[Units + 1];

    /// <summary>By units: the most they can be worth.</summary>
    public ReadOnlySpan<double> Best => best;

    /// <summary>What a whole device can be worth.</summary>
    public double Top => best[Units];

    /// <summary>Solves it for all numbers of units at once.</summary>
    /// <param name="sizes">The sizes there are, in units, ascending.</param>
    /// <param name="prices">By size.</param>
    public void Solve(int[] sizes, double[] prices)
    {
        (best[0], cut[0]) = (0, 0);
        for (var units = 1; units <= Units; units++)
        {
            var most = best[units - 1];
            var which = 0;
            foreach (var size in sizes)
            {
                if (size > units)
                {
                    break;
                }

                var value = best[units - size] + prices[size];
                if (value > most)
                {
                    (most, which) = (value, size);
                }
            }

            (best[units], cut[units]) = (most, which);
        }
    }

    /// <summary>Adds the shares of the best pattern for so many units, each <paramref name="times"/> times.</summary>
    public void AddPattern(int units, double times, double[] counts)
    {
        while (units > 0)
        {
            counts[cut[units]] += cut[units] > 0 ? times : 0;
            units -= Math.Max(1, cut[units]);
        }
    }
}

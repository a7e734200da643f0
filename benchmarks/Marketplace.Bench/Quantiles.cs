namespace Marketplace.Bench;

internal static class Quantiles
{
    /// <summary>The nearest-rank quantile: a value that was really measured, never one in between.</summary>
    /// <param name="values">At least one value.</param>
    /// <param name="quantile">0 to 1, for example 0.99.</param>
    public static double Of(IReadOnlyCollection<double> values, double quantile)
    {
        if (values.Count == 0)
            throw new BenchmarkException("Nothing was measured.");
        var rank = (int)Math.Ceiling(quantile * values.Count);
        return values.Order().ElementAt(Math.Clamp(rank - 1, 0, values.Count - 1));
    }
}

namespace Marketplace.Platform.Monetary;

/// <summary>Splits an amount so that the parts always add up: largest remainder, ties to the lowest index.</summary>
public static class Split
{
    /// <summary>Divides <paramref name="totalMicros"/> (≥ 0) in proportion to <paramref name="weights"/> (each ≥ 0, sum &gt; 0).</summary>
    /// <returns>One part per weight, each ≥ 0, summing to the total exactly.</returns>
    public static long[] ByLargestRemainder(long totalMicros, IReadOnlyList<decimal> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(totalMicros);
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Any(w => w < 0))
            throw new ArgumentException("A weight is negative.", nameof(weights));
        decimal sum = weights.Sum();
        if (sum <= 0)
            throw new ArgumentException("The weights add up to zero.", nameof(weights));
        var parts = new long[weights.Count];
        var remainders = new decimal[weights.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            decimal exact = totalMicros * (weights[i] / sum);
            parts[i] = (long)decimal.Floor(exact);
            remainders[i] = exact - parts[i];
        }
        long left = totalMicros - parts.Sum();
        foreach (int i in Enumerable.Range(0, parts.Length).OrderByDescending(i => remainders[i]).ThenBy(i => i))
        {
            if (left == 0)
                break;
            parts[i] += Math.Sign(left);
            left -= Math.Sign(left);
        }
        return parts;
    }
}

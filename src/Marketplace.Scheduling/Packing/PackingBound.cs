using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing;

/// <summary>How much device compute any placement can allocate at most: what is left to gain for a better policy.</summary>
public static class PackingBound
{
    private const int Rounds = 6000;
    private const int Scales = 200;

    /// <summary>
    /// An upper bound on the compute of these pods that fits the devices, in 1/1000 device, whoever places them: also when all pods are
    /// known beforehand and any may be refused. Processors, memory and models are left out.
    /// </summary>
    /// <remarks>
    /// Weak duality. With prices p of shares for which no pattern is worth more than a device (<see cref="SharePrices.Solve"/>) and any
    /// κ ≥ 0, placed compute is at most κ · devices + Σ over pods of max(0, compute − κ · price); a pod with whole cards pays one per card.
    /// The least over a grid of κ is returned. Sizes are rounded down to 1/100 device, so that no real pattern is left out.
    /// </remarks>
    /// <exception cref="Model.InvalidSupplyException">A pod cannot be; the message names the field.</exception>
    public static double AllocatedMilli(int devices, IReadOnlyCollection<PodShape> pods)
    {
        ArgumentNullException.ThrowIfNull(pods);
        ArgumentOutOfRangeException.ThrowIfNegative(devices);
        var demand = new double[SharePrices.Units + 1];
        foreach (var pod in pods)
        {
            pod.Check();
            demand[pod.Cards == 1 ? UnitsOf(pod) : 0]++;
        }

        demand[0] = 0;
        var prices = new SharePrices();
        prices.Solve(demand, Rounds);
        var kinds = pods.CountBy(pod => (Milli: pod.DeviceMilli, Price: pod.Cards == 1 ? prices.PriceOf(UnitsOf(pod)) : pod.Cards))
            .ToList();
        var least = Math.Min((double)PodShape.WholeCard * devices, kinds.Sum(kind => (double)kind.Key.Milli * kind.Value));
        for (var scale = 0; scale <= Scales; scale++)
        {
            var perDevice = (double)PodShape.WholeCard * scale / Scales;
            var most = (perDevice * devices) + kinds.Sum(kind => Math.Max(0, kind.Key.Milli - (perDevice * kind.Key.Price)) * kind.Value);
            least = Math.Min(least, most);
        }

        return least;
    }

    private static int UnitsOf(in PodShape pod) => pod.CardMilli / (PodShape.WholeCard / SharePrices.Units);
}

using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing;

/// <summary>
/// Counts replicas as they are asked for. Old arrivals fade, so the mix follows the demand. <see cref="Current"/> changes only at growing
/// intervals, because whoever uses it learns its prices again. Not safe for use by several threads at once.
/// </summary>
public sealed class DemandLog
{
    /// <summary>The mix is made again after this part more of the arrivals, one in eight.</summary>
    private const int GrownBy = 8;

    private readonly ArrivalMix<DemandShape> mix = new();
    private long arrivals;
    private long nextAt = Demand.FewestArrivals;

    /// <summary>The mix of what arrived.</summary>
    public Demand Current { get; private set; } = Demand.Typical;

    /// <summary>So many replicas of a kind were asked for, placed or not.</summary>
    public void Add(in DemandShape shape, int replicas)
    {
        for (var i = 0; i < Math.Min(replicas, ArrivalMix<DemandShape>.MaxArrivals); i++)
        {
            mix.Add(shape);
            arrivals++;
        }

        if (arrivals >= nextAt)
        {
            nextAt = arrivals + Math.Max(Demand.FewestArrivals, Math.Min(arrivals, mix.Total) / GrownBy);
            Current = Demand.Of(mix.Counts);
        }
    }
}

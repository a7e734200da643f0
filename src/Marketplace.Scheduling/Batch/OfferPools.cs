using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Batch;

/// <summary>
/// What lines of a batch compete for: the cards of one model in one cluster. Several offers may sell the same cards (an operator's beside its
/// center's), so they are one pool. Offers of processors are a pool of their own in each cluster.
/// </summary>
internal sealed class OfferPools
{
    private readonly long[] sellsMilli;
    private readonly long[] freeMilli;
    private readonly long[] wholeMilli;

    public OfferPools(SupplyColumns columns)
    {
        var index = columns.Index;
        var known = new Dictionary<(int Cluster, int Model), int>();
        var members = new List<List<int>>();
        PoolOf = new int[index.Offers.Count];
        for (var offer = 0; offer < PoolOf.Length; offer++)
        {
            var key = (index.Cluster[offer], index.Model[offer]);
            if (!known.TryGetValue(key, out PoolOf[offer]))
            {
                PoolOf[offer] = known.Count;
                known.Add(key, known.Count);
                members.Add([]);
            }

            members[PoolOf[offer]].Add(offer);
        }

        Offers = [.. members.Select(offers => offers.ToArray())];
        sellsMilli = [.. Offers.Select(offers => offers.Sum(offer => index.AvailableMilli[offer]))];
        freeMilli = new long[Count];
        wholeMilli = new long[Count];
        var models = index.Models.Select((name, model) => (name, model)).ToDictionary(each => each.name, each => each.model);
        for (var node = 0; node < columns.Nodes.Count; node++)
        {
            for (var device = columns.DeviceStart[node]; device < columns.DeviceStart[node + 1]; device++)
            {
                if (
                    columns.NodeClasses[columns.NodeClass[node]].Schedulable
                    && columns.DeviceHealthy[device]
                    && models.TryGetValue(columns.DeviceClasses[columns.DeviceClass[device]].Model, out var model)
                    && known.TryGetValue((columns.NodeCluster[node], model), out var pool)
                )
                {
                    var free = columns.DeviceFreeCompute[device];
                    freeMilli[pool] += free;
                    wholeMilli[pool] += free == Device.FullComputeMilli ? free : 0;
                }
            }
        }
    }

    public int Count => Offers.Length;

    /// <summary>The pool of each offer.</summary>
    public int[] PoolOf { get; }

    /// <summary>The offers of each pool, ascending.</summary>
    public int[][] Offers { get; }

    /// <summary>
    /// The most that lines may take of a pool in 1/1000 card: what its offers sell and, where the lines' takes are bounded by compute, what
    /// its devices have free.
    /// </summary>
    public long CapacityMilli(int pool, PoolUse use) =>
        use switch
        {
            PoolUse.Whole => Math.Min(sellsMilli[pool], wholeMilli[pool]),
            PoolUse.Compute => Math.Min(sellsMilli[pool], freeMilli[pool]),
            _ => sellsMilli[pool],
        };
}

/// <summary>What the lines of a batch take of a pool's devices, from the narrowest to the widest.</summary>
internal enum PoolUse
{
    /// <summary>Only whole cards.</summary>
    Whole,

    /// <summary>At least as much compute as is billed.</summary>
    Compute,

    /// <summary>Shares that are billed for memory, or processors: compute does not bound them.</summary>
    Other,
}

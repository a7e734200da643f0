using Marketplace.Scheduling.Packing.Prices;

namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Ours: a pod goes where what it takes is worth least. The cost on the node (<see cref="PackingCost"/>: growth of fragmentation, packing,
/// worth of the share) plus 0.4 · the bid price of the node's class (<see cref="ClassPrices"/>). Everything it knows about the demand
/// it learns from the pods that arrived, placed or not.
/// </summary>
internal sealed class DefaultPolicy : NodePolicy
{
    /// <summary>The first pods say too little about the others.</summary>
    private const int FirstLearned = 64;

    /// <summary>Prices of shares follow the devices that are left.</summary>
    private const int LearnEvery = 128;

    /// <summary>The mix is learned again after this part more of the arrivals, one in two: it moves ever more slowly.</summary>
    private const int MixPart = 2;

    private const int FirstShareRounds = 2000;
    private const int ShareRounds = 10;

    /// <summary>Prices of classes follow in small steps, so that no decision waits for long.</summary>
    private const int PriceEvery = 32;
    private const int PriceSteps = 8;

    private readonly ArrivalMix<PodShape> mix = new();
    private readonly PackingCost cost;
    private readonly CostTable costs;
    private readonly SharePrices shares = new();
    private readonly ClassPrices classes;
    private readonly float[] bids;
    private readonly double[] asked = new double[SharePrices.Units + 1];
    private readonly int[] free = new int[SharePrices.Units + 1];
    private ClassDemand? demand;
    private int generation;
    private long arrivals;
    private long learnAt = FirstLearned;
    private long learnMixAt;

    public DefaultPolicy(PackingFleet fleet)
        : base(fleet)
    {
        cost = new PackingCost(fleet, shares);
        costs = new CostTable(fleet, cost);
        classes = new ClassPrices(fleet);
        bids = new float[fleet.Classes.Count];
    }

    public override string Name => PackingPolicies.Default;

    internal override int Choose(in PodShape pod)
    {
        var kind = mix.Add(PodCount.KindOf(pod));
        arrivals++;
        if (mix.Generation != generation)
        {
            generation = mix.Generation;
            costs.Forget(renumbered: true);
        }

        if (arrivals >= learnAt)
        {
            Learn();
        }

        if (demand is not null && arrivals % PriceEvery == 0)
        {
            classes.Ascend(demand, PriceSteps);
        }

        for (var c = 0; c < bids.Length; c++)
        {
            bids[c] = (float)(PackingWeights.Class * classes.Of(pod, c));
        }

        return costs.Cheapest(pod, kind, bids);
    }

    internal override int ShareDevice(in PodShape pod, int node) => cost.Of(pod, node).Device;

    private void Learn()
    {
        learnAt = arrivals + LearnEvery;
        Array.Clear(asked);
        foreach (var (shape, count) in mix.Counts)
        {
            if (shape.Cards == 1)
            {
                asked[SharePrices.UnitsOf(shape.CardMilli)] += count;
            }
        }

        Array.Clear(free);
        foreach (var milli in Fleet.DeviceFree)
        {
            free[milli / (PodShape.WholeCard / SharePrices.Units)]++;
        }

        if (arrivals == FirstLearned)
        {
            shares.Solve(asked, FirstShareRounds);
        }

        shares.Follow(asked, free, ShareRounds);
        if (arrivals >= learnMixAt)
        {
            learnMixAt = arrivals + (Math.Min(arrivals, mix.Total) / MixPart);
            var arrived = mix.Counts.Select(each => new PodCount(each.Shape, each.Count)).ToList();
            demand = new ClassDemand(arrived, Fleet);
            // Pods with several cards count a whole node as lost at once: the policy then shuns empty nodes and packs worse, also these pods.
            cost.Learned(new NodeFragmentation(new TypicalPods(arrived.Where(each => each.Shape.Cards <= 1)), Fleet));
        }

        costs.Forget(renumbered: false);
    }
}

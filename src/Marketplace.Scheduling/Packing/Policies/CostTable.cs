using System.Runtime.Intrinsics;

namespace Marketplace.Scheduling.Packing.Policies;

/// <summary>
/// Costs of kinds of pods on nodes, kept until the node changes or something new is learned. Nodes of one class stand together, so that a
/// price per class is added once per class and not per node; eight nodes are compared at a time.
/// </summary>
internal sealed class CostTable
{
    private const int Lanes = 8;
    private readonly PackingFleet fleet;
    private readonly PackingCost cost;
    private readonly int[] classStart;
    private readonly int[] placeOf;
    private readonly int[] nodeAt;
    private readonly List<Row> rows = [];
    private readonly List<int> changed = [];
    private long seen;
    private int learned;

    public CostTable(PackingFleet fleet, PackingCost cost)
    {
        (this.fleet, this.cost) = (fleet, cost);
        classStart = new int[fleet.Classes.Count + 1];
        placeOf = new int[fleet.Count];
        var members = Enumerable.Range(0, fleet.Count).ToLookup(node => fleet.Class[node]);
        for (var c = 0; c < fleet.Classes.Count; c++)
        {
            // Each class fills whole vectors; what is over costs infinitely much.
            classStart[c + 1] = classStart[c] + ((members[c].Count() + Lanes - 1) / Lanes * Lanes);
        }

        nodeAt = new int[classStart[^1]];
        Array.Fill(nodeAt, -1);
        for (var c = 0; c < fleet.Classes.Count; c++)
        {
            var place = classStart[c];
            foreach (var node in members[c])
            {
                placeOf[node] = place;
                nodeAt[place++] = node;
            }
        }
    }

    /// <summary>Everything has to be looked at again; <paramref name="renumbered"/> says that kinds have other numbers now.</summary>
    public void Forget(bool renumbered)
    {
        learned++;
        if (renumbered)
        {
            rows.Clear();
        }
    }

    /// <summary>The node where cost plus price is least, the lowest of equals; −1 when the pod fits nowhere.</summary>
    public int Cheapest(in PodShape pod, int kind, ReadOnlySpan<float> classPrice)
    {
        Follow();
        var costs = Costs(pod, kind);
        int best = -1;
        var least = float.PositiveInfinity;
        for (var c = 0; c < classPrice.Length; c++)
        {
            var lowest = Lowest(costs, classStart[c], classStart[c + 1]);
            var total = lowest + classPrice[c];
            if (total > least || float.IsPositiveInfinity(lowest))
            {
                continue;
            }

            var node = nodeAt[classStart[c] + costs.AsSpan(classStart[c]).IndexOf(lowest)];
            if (total < least || node < best)
            {
                (least, best) = (total, node);
            }
        }

        return best;
    }

    /// <summary>Brings what is kept per node up to date.</summary>
    private void Follow()
    {
        if (!fleet.ChangedSince(seen, changed))
        {
            changed.AddRange(Enumerable.Range(0, fleet.Count));
        }

        seen = fleet.Changes;
        foreach (var node in changed)
        {
            cost.Changed(node);
        }
    }

    private float[] Costs(in PodShape pod, int kind)
    {
        while (rows.Count <= kind)
        {
            rows.Add(new Row());
        }

        var row = rows[kind];
        row.Costs ??= new float[nodeAt.Length];
        if (row.Learned != learned || !fleet.ChangedSince(row.Seen, changed))
        {
            Fill(pod, row.Costs);
        }
        else
        {
            foreach (var node in changed)
            {
                row.Costs[placeOf[node]] = Cost(pod, node);
            }
        }

        (row.Learned, row.Seen) = (learned, fleet.Changes);
        return row.Costs;
    }

    private void Fill(in PodShape pod, float[] costs)
    {
        for (var c = 0; c < fleet.Classes.Count; c++)
        {
            var empty = float.NaN;
            for (var place = classStart[c]; place < classStart[c + 1]; place++)
            {
                var node = nodeAt[place];
                if (node < 0)
                {
                    costs[place] = float.PositiveInfinity;
                }
                else if (
                    fleet.FreeCpu[node] < fleet.Cpu[node]
                    || fleet.FreeMemory[node] < fleet.Memory[node]
                    || fleet.FreeMilli[node] < fleet.Classes[c].Devices * PodShape.WholeCard
                )
                {
                    costs[place] = Cost(pod, node);
                }
                else
                {
                    // Empty nodes of a class are alike, and at the start most nodes are empty.
                    costs[place] = empty = float.IsNaN(empty) ? Cost(pod, node) : empty;
                }
            }
        }
    }

    private float Cost(in PodShape pod, int node) => fleet.Fits(pod, node) ? (float)cost.Of(pod, node).Cost : float.PositiveInfinity;

    private static float Lowest(float[] costs, int from, int to)
    {
        var lowest = Vector256.Create(float.PositiveInfinity);
        for (var place = from; place < to; place += Lanes)
        {
            lowest = Vector256.Min(lowest, Vector256.Create(costs.AsSpan(place)));
        }

        var least = lowest[0];
        for (var lane = 1; lane < Lanes; lane++)
        {
            least = Math.Min(least, lowest[lane]);
        }

        return least;
    }

    private sealed class Row
    {
        public float[]? Costs { get; set; }
        public long Seen { get; set; }
        public int Learned { get; set; } = -1;
    }
}

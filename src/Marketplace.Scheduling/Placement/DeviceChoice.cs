namespace Marketplace.Scheduling.Placement;

/// <summary>Which devices of a node serve one replica. Ties go to the lowest device.</summary>
internal static class DeviceChoice
{
    public static bool OfModel(SupplyColumns columns, int device, string? model) =>
        model is null || columns.DeviceClasses[columns.DeviceClass[device]].Model == model;

    public static void Choose(WorkingState state, VariantPlan plan, int node, string? model, Span<int> chosen)
    {
        int from = state.Columns.DeviceStart[node],
            to = state.Columns.DeviceStart[node + 1];
        var found =
            !plan.Variant.IsShared ? ChooseWhole(state, plan, from, to, model, chosen)
            : chosen.Length == 1 ? ChooseShare(state, plan, node, model, chosen)
            : ChooseShares(state, plan, from, to, model, chosen);
        if (!found)
        {
            throw new InvalidOperationException("A replica was taken on a node that cannot hold it.");
        }
    }

    /// <summary>Whole cards: the link group with the fewest free cards that still holds all of them, else the lowest free ones.</summary>
    private static bool ChooseWhole(WorkingState state, VariantPlan plan, int from, int to, string? model, Span<int> chosen)
    {
        var islands = state.Columns.DeviceIsland;
        Span<bool> free = stackalloc bool[to - from];
        for (var d = from; d < to; d++)
        {
            free[d - from] = Free(state, plan, d, model);
        }

        int bestIsland = 0,
            fewest = int.MaxValue;
        for (var d = from; d < to; d++)
        {
            if (islands.AsSpan(from, d - from).Contains(islands[d]))
            {
                continue;
            }

            var count = 0;
            for (var other = d; other < to; other++)
            {
                count += islands[other] == islands[d] && free[other - from] ? 1 : 0;
            }

            if (count >= chosen.Length && count < fewest)
            {
                (bestIsland, fewest) = (islands[d], count);
            }
        }

        var taken = 0;
        for (var d = from; d < to && taken < chosen.Length; d++)
        {
            if (free[d - from] && (fewest == int.MaxValue || islands[d] == bestIsland))
            {
                chosen[taken++] = d;
            }
        }

        return taken == chosen.Length;
    }

    /// <summary>One share: the device where it costs least; where as much is free, the one with less compute, then less memory.</summary>
    private static bool ChooseShare(WorkingState state, VariantPlan plan, int node, string? model, Span<int> chosen)
    {
        var columns = state.Columns;
        var packing = columns.PackingOf(columns.NodeCluster[node]);
        Span<int> room = stackalloc int[NodeViews.MostDevices];
        var (pod, seen) = NodeChoice.ShapeOn(state, plan, node);
        var view = NodeViews.Of(state, packing, node, model ?? seen, room);
        var best = -1;
        var least = (Cost: double.PositiveInfinity, Free: 0, Compute: 0, Memory: 0);
        for (var d = columns.DeviceStart[node]; d < columns.DeviceStart[node + 1]; d++)
        {
            if (!Free(state, plan, d, model))
            {
                continue;
            }

            int compute = state.FreeDeviceCompute[d],
                memory = state.FreeDeviceMemory[d],
                free = NodeViews.FreeMilli(columns, d, compute, memory);
            var cost = packing.Cost.ShareCost(pod, view, free);
            var tighter = free == least.Free && (compute, memory).CompareTo((least.Compute, least.Memory)) < 0;
            if (cost < least.Cost || (cost.Equals(least.Cost) && tighter))
            {
                (best, least) = (d, (cost, free, compute, memory));
            }
        }

        chosen[0] = best;
        return best >= 0;
    }

    /// <summary>
    /// Shares on several cards: always the devices with the most shares left. Any other choice could strand the last
    /// replicas, and <see cref="NodeFit.Count"/> would then have promised too much.
    /// </summary>
    private static bool ChooseShares(WorkingState state, VariantPlan plan, int from, int to, string? model, Span<int> chosen)
    {
        Span<int> left = stackalloc int[to - from];
        for (var d = from; d < to; d++)
        {
            left[d - from] = OfModel(state.Columns, d, model) ? NodeFit.SharesLeft(state, plan, d) : 0;
        }

        for (var c = 0; c < chosen.Length; c++)
        {
            var best = 0;
            for (var i = 1; i < left.Length; i++)
            {
                best = left[i] > left[best] ? i : best;
            }

            if (left[best] == 0)
            {
                return false;
            }

            left[best] = 0;
            chosen[c] = from + best;
        }

        chosen.Sort();
        return true;
    }

    private static bool Free(WorkingState state, VariantPlan plan, int device, string? model) =>
        OfModel(state.Columns, device, model) && NodeFit.SharesLeft(state, plan, device) > 0;
}

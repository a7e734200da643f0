namespace Marketplace.Scheduling.Placement;

/// <summary>How many replicas of a variant one node can hold, and which devices they take there.</summary>
internal static class NodeFit
{
    /// <summary>
    /// The exact number of replicas the node can hold now, at most <paramref name="most"/>. For shares over several cards:
    /// r replicas of n cards fit iff the sum over devices of min(shares it holds, r) is at least n·r.
    /// </summary>
    public static int Count(WorkingState state, VariantPlan plan, int node, int most)
    {
        var fit = Math.Min(most, state.FreePods[node]);
        if (plan.CpuMilli > 0)
        {
            fit = Math.Min(fit, state.FreeCpu[node] / plan.CpuMilli);
        }

        if (plan.MemoryMib > 0)
        {
            fit = Math.Min(fit, state.FreeMemory[node] / plan.MemoryMib);
        }

        if (fit <= 0 || plan.Cards == 0)
        {
            return Math.Max(fit, 0);
        }

        var columns = state.Columns;
        int from = columns.DeviceStart[node],
            to = columns.DeviceStart[node + 1];
        if (to - from < plan.Cards)
        {
            return 0;
        }

        if (!columns.NodeMixed[node])
        {
            if (!plan.ServesModelOf(columns.DeviceClass[from]))
            {
                return 0;
            }

            return CountGroup(state, plan, from, to, null, fit);
        }

        // Cards of one replica are of one model, so on a mixed node each model counts for itself.
        var total = 0;
        for (var d = from; d < to && total < fit; d++)
        {
            var model = columns.DeviceClasses[columns.DeviceClass[d]].Model;
            if (IsFirstOfModel(columns, from, d, model))
            {
                total += CountGroup(state, plan, from, to, model, fit - total);
            }
        }

        return total;
    }

    /// <summary>Shares (or whole devices: 0 or 1) of this plan the device can still give.</summary>
    public static int SharesLeft(WorkingState state, VariantPlan plan, int device)
    {
        var columns = state.Columns;
        ref readonly var grant = ref plan.Grants[columns.DeviceClass[device]];
        if (!grant.Eligible || !columns.DeviceHealthy[device])
        {
            return 0;
        }

        if (grant.Whole)
        {
            return state.FreeDeviceCompute[device] == grant.ComputeMilli && state.FreeDeviceMemory[device] == grant.MemoryMib ? 1 : 0;
        }

        var byCompute = grant.ComputeMilli == 0 ? int.MaxValue : state.FreeDeviceCompute[device] / grant.ComputeMilli;
        var byMemory = grant.MemoryMib == 0 ? int.MaxValue : state.FreeDeviceMemory[device] / grant.MemoryMib;
        return Math.Min(byCompute, byMemory);
    }

    /// <summary>Takes the resources of one replica on a node for which <see cref="Count"/> is at least 1.</summary>
    public static void Take(WorkingState state, VariantPlan plan, int node)
    {
        if (plan.Cards == 0)
        {
            state.TakeNode(node, plan.CpuMilli, plan.MemoryMib);
            return;
        }

        var columns = state.Columns;
        int from = columns.DeviceStart[node],
            to = columns.DeviceStart[node + 1];
        var model = columns.NodeMixed[node] ? TightestModel(state, plan, from, to) : null;
        Span<int> chosen = stackalloc int[plan.Cards];
        DeviceChoice.Choose(state, plan, node, model, chosen);
        state.TakeNode(node, plan.CpuMilli, plan.MemoryMib);
        foreach (var device in chosen)
        {
            ref readonly var grant = ref plan.Grants[columns.DeviceClass[device]];
            state.TakeDevice(device, grant.ComputeMilli, grant.MemoryMib);
        }
    }

    private static string TightestModel(WorkingState state, VariantPlan plan, int from, int to)
    {
        var columns = state.Columns;
        string? best = null;
        var fewest = int.MaxValue;
        for (var d = from; d < to; d++)
        {
            var model = columns.DeviceClasses[columns.DeviceClass[d]].Model;
            if (!IsFirstOfModel(columns, from, d, model))
            {
                continue;
            }

            var fit = CountGroup(state, plan, from, to, model, int.MaxValue);
            if (fit > 0 && fit < fewest)
            {
                (best, fewest) = (model, fit);
            }
        }

        return best ?? throw new InvalidOperationException("A replica was taken on a node that cannot hold it.");
    }

    private static bool IsFirstOfModel(SupplyColumns columns, int from, int device, string model)
    {
        for (var d = from; d < device; d++)
        {
            if (columns.DeviceClasses[columns.DeviceClass[d]].Model == model)
            {
                return false;
            }
        }

        return true;
    }

    private static int CountGroup(WorkingState state, VariantPlan plan, int from, int to, string? model, int most)
    {
        long total = 0;
        for (var d = from; d < to; d++)
        {
            total += DeviceChoice.OfModel(state.Columns, d, model) ? Math.Min(SharesLeft(state, plan, d), most) : 0;
        }

        var largest = (int)Math.Min(most, total / plan.Cards);
        if (plan.Cards == 1 || !plan.Variant.IsShared)
        {
            return largest;
        }

        int low = 0,
            high = largest;
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            long capped = 0;
            for (var d = from; d < to; d++)
            {
                capped += DeviceChoice.OfModel(state.Columns, d, model) ? Math.Min(SharesLeft(state, plan, d), middle) : 0;
            }

            (low, high) = capped >= (long)plan.Cards * middle ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}

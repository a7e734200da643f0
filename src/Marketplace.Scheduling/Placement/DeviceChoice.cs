namespace Marketplace.Scheduling.Placement;

/// <summary>Which devices of a node serve one replica. Ties go to the lowest device.</summary>
internal static class DeviceChoice
{
    public static bool OfModel(SupplyColumns columns, int device, string? model) =>
        model is null || columns.DeviceClasses[columns.DeviceClass[device]].Model == model;

    public static void Choose(WorkingState state, VariantPlan plan, int from, int to, string? model, Span<int> chosen)
    {
        var found =
            !plan.Variant.IsShared ? ChooseWhole(state, plan, from, to, model, chosen)
            : chosen.Length == 1 ? ChooseShare(state, plan, from, to, model, chosen)
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

    /// <summary>One share: the device with the least free compute that holds it, then the least free memory (best fit).</summary>
    private static bool ChooseShare(WorkingState state, VariantPlan plan, int from, int to, string? model, Span<int> chosen)
    {
        var best = -1;
        for (var d = from; d < to; d++)
        {
            if (
                Free(state, plan, d, model)
                && (
                    best < 0
                    || (state.FreeDeviceCompute[d], state.FreeDeviceMemory[d]).CompareTo(
                        (state.FreeDeviceCompute[best], state.FreeDeviceMemory[best])
                    ) < 0
                )
            )
            {
                best = d;
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

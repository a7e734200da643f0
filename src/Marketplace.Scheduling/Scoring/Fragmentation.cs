using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Scoring;

/// <summary>
/// How much of a node's free accelerator compute typical requests could not use: the expected fragmentation of Weng et al.,
/// "Beware of Fragmentation" (FGD, USENIX ATC 2023), here over a fixed mix of request shapes.
/// </summary>
internal static class Fragmentation
{
    /// <summary>Request shapes with their share of demand (adding up to 1000) and the milli-cores that come with them.</summary>
    private static readonly (int Cards, int ComputeMilli, int CpuMilli, int Weight)[] Mix =
    [
        (1, 250, 1000, 150),
        (1, 500, 2000, 200),
        (1, 1000, 4000, 350),
        (2, 1000, 8000, 100),
        (4, 1000, 16000, 100),
        (8, 1000, 32000, 100),
    ];

    /// <summary>Expected unusable compute of a node now, in 1/1000 device.</summary>
    public static double Of(WorkingState state, int node)
    {
        var columns = state.Columns;
        int from = columns.DeviceStart[node],
            to = columns.DeviceStart[node + 1];
        int free = 0,
            whole = 0,
            below250 = 0,
            below500 = 0;
        for (var d = from; d < to; d++)
        {
            var left = columns.DeviceHealthy[d] ? state.FreeDeviceCompute[d] : 0;
            free += left;
            whole += left == 1000 ? 1 : 0;
            below250 += left < 250 ? left : 0;
            below500 += left < 500 ? left : 0;
        }

        if (free == 0)
        {
            return 0;
        }

        long expected = 0;
        foreach (var shape in Mix)
        {
            var unusable =
                state.FreeCpu[node] < shape.CpuMilli ? free
                : shape.ComputeMilli == 250 ? below250
                : shape.ComputeMilli == 500 ? below500
                : whole >= shape.Cards ? free - (whole * 1000)
                : free;
            expected += (long)unusable * shape.Weight;
        }

        return expected / 1000.0;
    }

    /// <summary>What is left free on a node as a fraction of what it has: processors, memory and devices alike, 0 to 3.</summary>
    public static double FreeFractions(WorkingState state, int node)
    {
        var columns = state.Columns;
        return Fraction(state.FreeCpu[node], columns.NodeCpu[node])
            + Fraction(state.FreeMemory[node], columns.NodeMemory[node])
            + FreeDeviceFraction(state, node);
    }

    /// <summary>Free part of a node's devices, 0 to 1; 0 for a node without devices.</summary>
    public static double FreeDeviceFraction(WorkingState state, int node)
    {
        var columns = state.Columns;
        int from = columns.DeviceStart[node],
            to = columns.DeviceStart[node + 1];
        var free = 0;
        for (var d = from; d < to; d++)
        {
            free += state.FreeDeviceCompute[d];
        }

        return to == from ? 0 : free / (1000.0 * (to - from));
    }

    private static double Fraction(int free, int all) => all == 0 ? 0 : (double)free / all;
}

using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Scoring;

/// <summary>What placing replicas on a node costs the ones that come after: new fragmentation plus a packing term.</summary>
internal static class NodeCost
{
    /// <summary>Weight of the free fractions left behind, in 1/1000 device: packing decides where fragmentation is equal.</summary>
    private const double PackingWeight = 100;

    /// <summary>A processor-only replica on a node with free devices may strand them.</summary>
    private const double IdleDeviceWeight = 400;

    /// <summary>Beyond this many replicas one stands for all, which keeps the choice of a node cheap.</summary>
    private const int MostSimulated = 8;

    public static double Of(WorkingState state, VariantPlan plan, int node, int replicas)
    {
        var mark = state.Mark;
        var before = Fragmentation.Of(state, node);
        for (var i = 0; i < Math.Min(replicas, MostSimulated); i++)
        {
            NodeFit.Take(state, plan, node);
        }

        var cost = Fragmentation.Of(state, node) - before + (PackingWeight * Fragmentation.FreeFractions(state, node));
        if (plan.Cards == 0)
        {
            cost += IdleDeviceWeight * Fragmentation.FreeDeviceFraction(state, node);
        }

        state.RollbackTo(mark);
        return cost;
    }
}

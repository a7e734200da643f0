using Marketplace.Scheduling.Packing;

namespace Marketplace.Scheduling.Placement;

/// <summary>Which of the nodes that hold some replicas takes them: the one where the snapshot's policy says that they cost least.</summary>
internal static class NodeChoice
{
    /// <summary>Beyond this many replicas one stands for all, which keeps the choice of a node cheap.</summary>
    private const int MostTried = 8;

    /// <summary>The cheapest of the nodes, the first of equals; each of them holds the replicas.</summary>
    public static int Cheapest(WorkingState state, VariantPlan plan, List<int> nodes, int replicas)
    {
        if (nodes.Count == 0)
        {
            throw new InvalidOperationException("A domain was chosen that cannot hold the gang.");
        }

        var best = nodes[0];
        var lowest = double.NaN;
        var previous = best;
        foreach (var node in nodes)
        {
            // A node in the same state costs the same, and ties go to the earlier one.
            if (state.SameState(previous, node))
            {
                continue;
            }

            previous = node;
            lowest = double.IsNaN(lowest) ? CostOf(state, plan, best, replicas) : lowest;
            var cost = CostOf(state, plan, node, replicas);
            if (cost < lowest)
            {
                (best, lowest) = (node, cost);
            }
        }

        return best;
    }

    /// <summary>What the replicas cost the node, one after another.</summary>
    public static double CostOf(WorkingState state, VariantPlan plan, int node, int replicas)
    {
        var packing = state.Columns.PackingOf(state.Columns.NodeCluster[node]);
        var (pod, model) = ShapeOn(state, plan, node);
        var mark = state.Mark;
        double cost = 0;
        Span<int> first = stackalloc int[NodeViews.MostDevices],
            second = stackalloc int[NodeViews.MostDevices];
        var before = NodeViews.Of(state, packing, node, model, first);
        for (var i = 0; i < Math.Min(replicas, MostTried); i++)
        {
            NodeFit.Take(state, plan, node);
            var room = i % 2 == 0 ? second : first;
            var after = NodeViews.Of(state, packing, node, model, room);
            cost += packing.Cost.Of(pod, before, after);
            before = after;
        }

        state.RollbackTo(mark);
        return cost;
    }

    /// <summary>Free compute of the node that typical requests could not use now, in 1/1000 device.</summary>
    public static double Fragmentation(WorkingState state, int node)
    {
        var packing = state.Columns.PackingOf(state.Columns.NodeCluster[node]);
        Span<int> devices = stackalloc int[NodeViews.MostDevices];
        return packing.Fragmentation(NodeViews.Of(state, packing, node, null, devices));
    }

    /// <summary>What a replica is for the policies, and the model it will use there.</summary>
    public static (PodShape Pod, string? Model) ShapeOn(WorkingState state, VariantPlan plan, int node)
    {
        var columns = state.Columns;
        for (var d = columns.DeviceStart[node]; plan.Cards > 0 && d < columns.DeviceStart[node + 1]; d++)
        {
            var kind = columns.DeviceClass[d];
            if (plan.Grants[kind].Eligible && columns.DeviceHealthy[d])
            {
                var pod = new PodShape(plan.CpuMilli, plan.MemoryMib, plan.Cards, plan.Grants[kind].CardMilli);
                return (pod, columns.DeviceClasses[kind].Model);
            }
        }

        return (new PodShape(plan.CpuMilli, plan.MemoryMib), null);
    }
}

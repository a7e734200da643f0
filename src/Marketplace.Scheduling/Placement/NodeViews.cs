using Marketplace.Scheduling.Packing;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// Nodes as the packing policies see them: devices of one model, and of each one number, its free part. Where compute and memory are shared apart
/// the scarcer counts; a device that is not healthy is not there.
/// </summary>
internal static class NodeViews
{
    /// <summary>Most devices seen of one node; the first that are not used up.</summary>
    public const int MostDevices = PackingNode.MaxDevices;

    /// <summary>The model with which a node is counted: that of its first healthy device, or null.</summary>
    public static string? MainModel(SupplyColumns columns, int node)
    {
        for (var d = columns.DeviceStart[node]; d < columns.DeviceStart[node + 1]; d++)
        {
            if (columns.DeviceHealthy[d])
            {
                return columns.DeviceClasses[columns.DeviceClass[d]].Model;
            }
        }

        return null;
    }

    /// <summary>The free parts of a node's devices of one model, in 1/1000.</summary>
    public static int[] FreeDevices(SupplyColumns columns, int node, string? model, int[] freeCompute, int[] freeMemory)
    {
        Span<int> devices = stackalloc int[MostDevices];
        return devices[..Fill(columns, node, model, freeCompute, freeMemory, devices)].ToArray();
    }

    /// <summary>The node as it is now.</summary>
    /// <param name="model">The model to see, or null for the one it is counted with.</param>
    /// <param name="devices">Room for <see cref="MostDevices"/> figures; the view reads them.</param>
    public static NodeView Of(WorkingState state, ClusterPacking packing, int node, string? model, Span<int> devices)
    {
        var columns = state.Columns;
        model ??= MainModel(columns, node);
        var count = Fill(columns, node, model, state.FreeDeviceCompute, state.FreeDeviceMemory, devices);
        return new NodeView(
            packing.NumberOf(model ?? ""),
            packing.ClassOf(node),
            new HostAmount(columns.NodeCpu[node], columns.NodeMemory[node]),
            new HostAmount(state.FreeCpu[node], state.FreeMemory[node]),
            devices[..count]
        );
    }

    /// <summary>What is free of one device, in 1/1000.</summary>
    public static int FreeMilli(SupplyColumns columns, int device, int compute, int memory)
    {
        var all = columns.DeviceClasses[columns.DeviceClass[device]].MemoryMib;
        return memory == all ? compute : (int)Math.Min(compute, (long)memory * PodShape.WholeCard / all);
    }

    private static int Fill(SupplyColumns columns, int node, string? model, int[] freeCompute, int[] freeMemory, Span<int> into)
    {
        int from = columns.DeviceStart[node],
            to = columns.DeviceStart[node + 1],
            count = 0;
        var many = to - from > into.Length;
        for (var d = from; d < to && count < into.Length; d++)
        {
            if (columns.DeviceHealthy[d] && (!columns.NodeMixed[node] || DeviceChoice.OfModel(columns, d, model)))
            {
                into[count] = FreeMilli(columns, d, freeCompute[d], freeMemory[d]);
                count += many && into[count] == 0 ? 0 : 1;
            }
        }

        return count;
    }
}

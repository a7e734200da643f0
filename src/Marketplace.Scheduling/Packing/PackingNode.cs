using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Packing;

/// <summary>An empty node: what it offers to pods before any of them runs.</summary>
/// <param name="Model">The model of all its devices; empty when there are none.</param>
/// <param name="Devices">How many devices, at most <see cref="MaxDevices"/>.</param>
/// <param name="CpuMilli">Allocatable processor time in 1/1000 core.</param>
/// <param name="MemoryMib">Allocatable memory in MiB.</param>
public sealed record PackingNode(string Model, int Devices, int CpuMilli, int MemoryMib)
{
    /// <summary>Most devices of one node: a placement names them by the bits of one word.</summary>
    public const int MaxDevices = 64;

    internal void Check(ProblemList problems, string path)
    {
        problems.Between(path + ".devices", Devices, 0, MaxDevices);
        problems.Between(path + ".cpuMilli", CpuMilli, 0, InputBounds.MaxQuantity);
        problems.Between(path + ".memoryMib", MemoryMib, 0, InputBounds.MaxQuantity);
        if (Model is null || (Model.Length == 0 && Devices > 0))
        {
            problems.Add("missing", path + ".model", "A node with devices has no model.", "Name the model of its devices.");
        }
    }
}

/// <summary>Where a pod runs.</summary>
/// <param name="Node">Position of the node in the fleet.</param>
/// <param name="Devices">One bit for each device it uses.</param>
public readonly record struct PodPlacement(int Node, ulong Devices);

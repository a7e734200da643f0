namespace Marketplace.Scheduling.Packing;

/// <summary>What a policy sees of a node: what it has, what is free, and the free part of each device of one model.</summary>
internal readonly ref struct NodeView
{
    /// <param name="model">Number of the model of the devices in the fleet.</param>
    /// <param name="nodeClass">Number of the node's class in the fleet.</param>
    /// <param name="size">What the node has when empty.</param>
    /// <param name="free">What is free of it.</param>
    /// <param name="devices">Free compute of each device, in 1/1000.</param>
    public NodeView(int model, int nodeClass, HostAmount size, HostAmount free, ReadOnlySpan<int> devices)
    {
        Devices = devices;
        (Model, Class, Size, Free) = (model, nodeClass, size, free);
        foreach (var each in devices)
        {
            FreeMilli += each;
            Whole += each == PodShape.WholeCard ? 1 : 0;
        }
    }

    public int Model { get; }
    public int Class { get; }
    public HostAmount Size { get; }
    public HostAmount Free { get; }
    public ReadOnlySpan<int> Devices { get; }

    /// <summary>Free compute over all devices, in 1/1000 device.</summary>
    public int FreeMilli { get; }

    /// <summary>Devices that nobody uses.</summary>
    public int Whole { get; }
}

/// <summary>Processor time in 1/1000 core and memory in MiB.</summary>
internal readonly record struct HostAmount(int CpuMilli, int MemoryMib);

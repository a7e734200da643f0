namespace Marketplace.Scheduling.Placement;

/// <summary>
/// What is free while placements are tried. Every change goes through an undo log, so a trial is taken back exactly and
/// nothing is ever cloned; the same log, read forwards, is the record of what was placed.
/// </summary>
internal sealed class WorkingState
{
    private LogEntry[] log = new LogEntry[256];
    private readonly List<(int Offer, long Milli)> sold = [];

    public WorkingState(SupplyColumns columns, bool asIfEmpty = false)
    {
        Columns = columns;
        AsIfEmpty = asIfEmpty;
        FreeCpu = [.. asIfEmpty ? columns.NodeCpu : columns.NodeFreeCpu];
        FreeMemory = [.. asIfEmpty ? columns.NodeMemory : columns.NodeFreeMemory];
        FreePods = [.. columns.NodeFreePods];
        FreeDeviceCompute = [.. columns.DeviceFreeCompute];
        FreeDeviceMemory = [.. columns.DeviceFreeMemory];
        OfferMilli = [.. columns.Index.AvailableMilli];
        Counts = new int[columns.Nodes.Count];
        DomainSums = new long[columns.DomainCount + 1];
        if (!asIfEmpty)
        {
            return;
        }

        for (var d = 0; d < FreeDeviceCompute.Length; d++)
        {
            FreeDeviceCompute[d] = Model.Device.FullComputeMilli;
            FreeDeviceMemory[d] = columns.DeviceClasses[columns.DeviceClass[d]].MemoryMib;
        }

        // What the offer once sold, and how many pods a node takes when empty, is unknown here; only its machines bound it.
        Array.Fill(OfferMilli, long.MaxValue / 4);
        Array.Fill(FreePods, Model.InputBounds.MaxQuantity);
    }

    public SupplyColumns Columns { get; }

    /// <summary>As if nothing ran anywhere and offers had no end.</summary>
    public bool AsIfEmpty { get; }
    public int[] FreeCpu { get; }
    public int[] FreeMemory { get; }

    /// <summary>How many more pods each node takes.</summary>
    public int[] FreePods { get; }
    public int[] FreeDeviceCompute { get; }
    public int[] FreeDeviceMemory { get; }

    /// <summary>What each offer still sells, in 1/1000 card.</summary>
    public long[] OfferMilli { get; }

    /// <summary>True while it equals the snapshot in what offers sell.</summary>
    public bool IsUntouched => sold.Count == 0 && !AsIfEmpty;

    /// <summary>How many takes from offers there are; pass it to <see cref="OfferMilliAt"/>.</summary>
    public int Sales => sold.Count;

    /// <summary>What an offer still sold after that many takes, in 1/1000 card.</summary>
    public long OfferMilliAt(int sales, int offer)
    {
        var milli = OfferMilli[offer];
        for (var i = sales; i < sold.Count; i++)
        {
            milli += sold[i].Offer == offer ? sold[i].Milli : 0;
        }

        return milli;
    }

    /// <summary>Scratch: replicas each node could hold, for one placement at a time.</summary>
    public int[] Counts { get; }

    /// <summary>Scratch: replicas per domain; all zero between placements.</summary>
    public long[] DomainSums { get; }

    /// <summary>Position in the undo log; pass it to <see cref="RollbackTo"/>.</summary>
    public int Mark { get; private set; }

    public ReadOnlySpan<LogEntry> Log(int from, int to) => log.AsSpan(from, to - from);

    public void TakeNode(int node, int cpuMilli, int memoryMib)
    {
        FreeCpu[node] -= cpuMilli;
        FreeMemory[node] -= memoryMib;
        FreePods[node]--;
        Append(new LogEntry(LogKind.Node, node, cpuMilli, memoryMib));
    }

    public void TakeDevice(int device, int computeMilli, int memoryMib)
    {
        FreeDeviceCompute[device] -= computeMilli;
        FreeDeviceMemory[device] -= memoryMib;
        Append(new LogEntry(LogKind.Device, device, computeMilli, memoryMib));
    }

    public void TakeOffer(int offer, long cardMilli)
    {
        OfferMilli[offer] -= cardMilli;
        sold.Add((offer, cardMilli));
        Append(new LogEntry(LogKind.Offer, offer, cardMilli, 0));
    }

    /// <summary>Takes again what a trial took that was rolled back, on a state that equals the one the trial began on.</summary>
    public void Repeat(ReadOnlySpan<LogEntry> places)
    {
        foreach (ref readonly var entry in places)
        {
            if (entry.Kind == LogKind.Node)
            {
                TakeNode(entry.Index, (int)entry.Amount, entry.MemoryMib);
            }
            else
            {
                TakeDevice(entry.Index, (int)entry.Amount, entry.MemoryMib);
            }
        }
    }

    public void RollbackTo(int mark)
    {
        for (var i = Mark - 1; i >= mark; i--)
        {
            ref readonly var entry = ref log[i];
            switch (entry.Kind)
            {
                case LogKind.Node:
                    FreeCpu[entry.Index] += (int)entry.Amount;
                    FreeMemory[entry.Index] += entry.MemoryMib;
                    FreePods[entry.Index]++;
                    break;
                case LogKind.Device:
                    FreeDeviceCompute[entry.Index] += (int)entry.Amount;
                    FreeDeviceMemory[entry.Index] += entry.MemoryMib;
                    break;
                default:
                    OfferMilli[entry.Index] += entry.Amount;
                    sold.RemoveAt(sold.Count - 1);
                    break;
            }
        }

        Mark = mark;
    }

    /// <summary>Whether two nodes are alike in all that a placement looks at: size, what is free, and their devices.</summary>
    public bool SameState(int left, int right)
    {
        int leftFrom = Columns.DeviceStart[left],
            rightFrom = Columns.DeviceStart[right],
            devices = Columns.DeviceStart[left + 1] - leftFrom;
        return FreeCpu[left] == FreeCpu[right]
            && FreeMemory[left] == FreeMemory[right]
            && FreePods[left] == FreePods[right]
            && Columns.NodeCpu[left] == Columns.NodeCpu[right]
            && Columns.NodeMemory[left] == Columns.NodeMemory[right]
            && Columns.DeviceStart[right + 1] - rightFrom == devices
            && Same(FreeDeviceCompute, leftFrom, rightFrom, devices)
            && Same(FreeDeviceMemory, leftFrom, rightFrom, devices)
            && Same(Columns.DeviceClass, leftFrom, rightFrom, devices)
            && Same(Columns.DeviceIsland, leftFrom, rightFrom, devices)
            && Columns.DeviceHealthy.AsSpan(leftFrom, devices).SequenceEqual(Columns.DeviceHealthy.AsSpan(rightFrom, devices));
    }

    private static bool Same(int[] column, int left, int right, int count) =>
        column.AsSpan(left, count).SequenceEqual(column.AsSpan(right, count));

    private void Append(LogEntry entry)
    {
        if (Mark == log.Length)
        {
            Array.Resize(ref log, log.Length * 2);
        }

        log[Mark++] = entry;
    }
}

internal enum LogKind : byte
{
    /// <summary>Starts one replica: its node, milli-cores and MiB.</summary>
    Node,

    /// <summary>One device of the replica that the last node entry started.</summary>
    Device,

    /// <summary>What a role takes from its offer.</summary>
    Offer,
}

internal readonly record struct LogEntry(LogKind Kind, int Index, long Amount, int MemoryMib);

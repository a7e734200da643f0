using System.Numerics;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Packing;

/// <summary>
/// The nodes and what is free on them, in columns. Nodes alike in model, devices and processors form a class; which nodes changed can be
/// read from a log, so that whoever keeps a figure per node recomputes only what moved.
/// </summary>
public sealed class PackingFleet
{
    /// <summary>Most models in one fleet: a pod names them by the bits of one word, and the highest is kept free.</summary>
    public const int MaxModels = 63;

    private readonly Dictionary<string, int> models = new(StringComparer.Ordinal);
    private readonly int[] changes;
    private readonly long[] lastChange;

    /// <exception cref="InvalidSupplyException">A node cannot be true; the message names the field.</exception>
    public PackingFleet(IReadOnlyList<PackingNode> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        Check(nodes);
        Count = nodes.Count;
        Model = new int[Count];
        Class = new int[Count];
        Cpu = [.. nodes.Select(node => node.CpuMilli)];
        Memory = [.. nodes.Select(node => node.MemoryMib)];
        FreeCpu = [.. Cpu];
        FreeMemory = [.. Memory];
        FreeMilli = [.. nodes.Select(node => node.Devices * PodShape.WholeCard)];
        Whole = [.. nodes.Select(node => node.Devices)];
        Largest = [.. nodes.Select(node => node.Devices == 0 ? 0 : PodShape.WholeCard)];
        DeviceStart = new int[Count + 1];
        var classes = new Dictionary<NodeClass, int>();
        for (var n = 0; n < Count; n++)
        {
            DeviceStart[n + 1] = DeviceStart[n] + nodes[n].Devices;
            Model[n] = Intern(models, nodes[n].Model);
            Class[n] = Intern(classes, new NodeClass(Model[n], nodes[n].Devices, nodes[n].CpuMilli, nodes[n].MemoryMib));
        }

        Classes = [.. classes.Keys];
        DeviceFree = new int[DeviceStart[Count]];
        Array.Fill(DeviceFree, PodShape.WholeCard);
        changes = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * Count))];
        lastChange = new long[Count];
        Array.Fill(lastChange, -1);
    }

    /// <summary>How many nodes.</summary>
    public int Count { get; }

    /// <summary>Compute of all devices, in 1/1000 device.</summary>
    public long DeviceMilli => (long)DeviceFree.Length * PodShape.WholeCard;

    /// <summary>How many different models the nodes have.</summary>
    internal int Models => models.Count;

    internal IReadOnlyList<NodeClass> Classes { get; }
    internal int[] Model { get; }
    internal int[] Class { get; }
    internal int[] Cpu { get; }
    internal int[] Memory { get; }
    internal int[] FreeCpu { get; }
    internal int[] FreeMemory { get; }

    /// <summary>Free compute over all devices of a node, in 1/1000 device.</summary>
    internal int[] FreeMilli { get; }

    /// <summary>Devices of a node that nobody uses.</summary>
    internal int[] Whole { get; }

    /// <summary>The largest free part of one device of a node, in 1/1000.</summary>
    internal int[] Largest { get; }

    internal int[] DeviceStart { get; }
    internal int[] DeviceFree { get; }

    /// <summary>How many changes there were; the number of the next one.</summary>
    internal long Changes { get; private set; }

    /// <summary>The set of models with these names, for <see cref="PodShape.Models"/>: no name means any model, an unknown one fits nowhere.</summary>
    public ulong ModelsNamed(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ulong set = 0;
        var any = true;
        foreach (var name in names)
        {
            any = false;
            set |= models.TryGetValue(name, out var model) ? 1UL << model : 0;
        }

        return any ? PodShape.AnyModel : set;
    }

    /// <summary>The number of a model, or −1.</summary>
    internal int NumberOf(string model) => models.GetValueOrDefault(model, -1);

    /// <summary>Free compute of a device of a node, in 1/1000.</summary>
    public int FreeMilliOf(int node, int device) => DevicesOf(node)[device];

    internal ReadOnlySpan<int> DevicesOf(int node) => DeviceFree.AsSpan(DeviceStart[node], DeviceStart[node + 1] - DeviceStart[node]);

    /// <summary>What policies see of a node.</summary>
    internal NodeView View(int node) =>
        new(
            Model[node],
            Class[node],
            new HostAmount(Cpu[node], Memory[node]),
            new HostAmount(FreeCpu[node], FreeMemory[node]),
            DevicesOf(node)
        );

    /// <summary>Whether the node can hold the pod now.</summary>
    internal bool Fits(in PodShape pod, int node) =>
        FreeCpu[node] >= pod.CpuMilli
        && FreeMemory[node] >= pod.MemoryMib
        && (
            pod.Cards == 0
            || (
                ((pod.Models >> Model[node]) & 1) != 0
                && (pod.CardMilli < PodShape.WholeCard ? Largest[node] >= pod.CardMilli : Whole[node] >= pod.Cards)
            )
        );

    /// <summary>Takes (sign 1) or gives back (sign −1) what the pod uses there.</summary>
    /// <exception cref="InvalidOperationException">More would be used, or free, than there is.</exception>
    internal void Apply(in PodShape pod, PodPlacement at, int sign)
    {
        int node = at.Node,
            cpu = FreeCpu[node] - (sign * pod.CpuMilli),
            memory = FreeMemory[node] - (sign * pod.MemoryMib);
        var devices = DeviceFree.AsSpan(DeviceStart[node], DeviceStart[node + 1] - DeviceStart[node]);
        var possible =
            cpu >= 0
            && cpu <= Cpu[node]
            && memory >= 0
            && memory <= Memory[node]
            && BitOperations.PopCount(at.Devices) == pod.Cards
            && (at.Devices == 0 || 63 - BitOperations.LeadingZeroCount(at.Devices) < devices.Length);
        for (var left = at.Devices; possible && left != 0; left &= left - 1)
        {
            possible = devices[BitOperations.TrailingZeroCount(left)] - (sign * pod.CardMilli) is >= 0 and <= PodShape.WholeCard;
        }

        if (!possible)
        {
            throw new InvalidOperationException($"Node {node} does not have what the pod {(sign > 0 ? "takes" : "gives back")}: {pod}.");
        }

        for (var left = at.Devices; left != 0; left &= left - 1)
        {
            devices[BitOperations.TrailingZeroCount(left)] -= sign * pod.CardMilli;
        }

        FreeCpu[node] = cpu;
        FreeMemory[node] = memory;
        Changed(node, devices);
    }

    /// <summary>Says what is free on a node now, whatever was placed before.</summary>
    internal void SetFree(int node, HostAmount free, ReadOnlySpan<int> devices)
    {
        (FreeCpu[node], FreeMemory[node]) = (free.CpuMilli, free.MemoryMib);
        devices.CopyTo(DeviceFree.AsSpan(DeviceStart[node], DeviceStart[node + 1] - DeviceStart[node]));
        Changed(node, devices);
    }

    /// <summary>
    /// The nodes that changed since change number <paramref name="since"/>, each once, or false when that is too long ago and everything
    /// has to be looked at.
    /// </summary>
    internal bool ChangedSince(long since, List<int> nodes)
    {
        nodes.Clear();
        if (Changes - since > changes.Length)
        {
            return false;
        }

        for (var number = since; number < Changes; number++)
        {
            var node = changes[number & (changes.Length - 1)];
            if (lastChange[node] == number)
            {
                nodes.Add(node);
            }
        }

        return true;
    }

    private void Changed(int node, ReadOnlySpan<int> devices)
    {
        int free = 0,
            whole = 0,
            largest = 0;
        foreach (var each in devices)
        {
            free += each;
            whole += each == PodShape.WholeCard ? 1 : 0;
            largest = Math.Max(largest, each);
        }

        (FreeMilli[node], Whole[node], Largest[node]) = (free, whole, largest);
        changes[Changes & (changes.Length - 1)] = node;
        lastChange[node] = Changes++;
    }

    private static void Check(IReadOnlyList<PackingNode> nodes)
    {
        var problems = new ProblemList(50);
        for (var n = 0; n < nodes.Count && !problems.Full; n++)
        {
            nodes[n].Check(problems, $"nodes[{n}]");
        }

        if (nodes.Select(node => node.Model).Distinct(StringComparer.Ordinal).Count() > MaxModels)
        {
            problems.Add("too-many", "nodes", $"They have more than {MaxModels} models.", "Split the fleet.");
        }

        if (problems.Problems.Count > 0)
        {
            throw new InvalidSupplyException(problems.Problems);
        }
    }

    private static int Intern<T>(Dictionary<T, int> known, T key)
        where T : notnull
    {
        if (!known.TryGetValue(key, out var id))
        {
            id = known.Count;
            known.Add(key, id);
        }

        return id;
    }
}

/// <summary>Nodes that are alike when empty.</summary>
internal readonly record struct NodeClass(int Model, int Devices, int CpuMilli, int MemoryMib);

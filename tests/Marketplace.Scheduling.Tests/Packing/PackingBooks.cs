using Marketplace.Scheduling.Packing;

namespace Marketplace.Scheduling.Tests.Packing;

/// <summary>What is free, kept by the test itself in the plainest way.</summary>
internal sealed class PackingBooks
{
    private readonly PackingFleet names;
    private readonly IReadOnlyList<PackingNode> nodes;
    private readonly int[] cpu;
    private readonly int[] memory;
    private readonly int[][] devices;

    public PackingBooks(PackingScenario scenario)
    {
        names = scenario.Fleet();
        nodes = scenario.Nodes;
        cpu = [.. nodes.Select(node => node.CpuMilli)];
        memory = [.. nodes.Select(node => node.MemoryMib)];
        devices = [.. nodes.Select(node => Enumerable.Repeat(1000, node.Devices).ToArray())];
    }

    public bool HasRoom(PodShape pod) => Enumerable.Range(0, nodes.Count).Any(node => HasRoom(pod, node));

    public bool HasRoom(PodShape pod, int node) =>
        cpu[node] >= pod.CpuMilli
        && memory[node] >= pod.MemoryMib
        && (pod.Cards == 0 || (MayUse(pod, node) && devices[node].Count(free => free >= pod.CardMilli) >= pod.Cards));

    /// <summary>Books it; false when that oversells, uses the wrong model or the wrong number of devices.</summary>
    public bool Take(PodShape pod, PodPlacement at, int sign)
    {
        var used = Enumerable.Range(0, 64).Where(d => ((at.Devices >> d) & 1) != 0).ToList();
        cpu[at.Node] -= sign * pod.CpuMilli;
        memory[at.Node] -= sign * pod.MemoryMib;
        used.ForEach(d => devices[at.Node][d] -= sign * pod.CardMilli);
        return used.Count == pod.Cards
            && (pod.Cards == 0 || MayUse(pod, at.Node))
            && cpu[at.Node] >= 0
            && memory[at.Node] >= 0
            && devices[at.Node].All(free => free is >= 0 and <= 1000);
    }

    private bool MayUse(PodShape pod, int node) =>
        pod.Models == PodShape.AnyModel || (pod.Models & names.ModelsNamed(nodes[node].Model)) != 0;
}

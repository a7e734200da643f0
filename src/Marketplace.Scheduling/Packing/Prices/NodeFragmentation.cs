namespace Marketplace.Scheduling.Packing.Prices;

/// <summary>
/// Expected fragmentation of a node (Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient
/// Descent", USENIX ATC 2023, equations 3 to 5): F = Σ over typical pods p of popularity(p) · f(p), where f(p) is the free device compute
/// that p could not use: all of it when the node cannot run p (processor, memory, model, devices, or p asks for no device), else the sum
/// over devices with less free than p asks per device.
/// </summary>
/// <remarks>
/// The sum over pods is turned into sums over devices. What pods could use, U = free − F, is Σ over devices of free · (popularity of
/// one-card pods that ask no more than is free there) plus 1000 · (free devices) · (popularity of larger pods with no more cards than there
/// are free devices), in both cases only of pods whose processor and memory demand fits. Popularities are cumulated once, so a node costs
/// one look-up per device. Counts are whole numbers: equal states have exactly equal figures.
/// </remarks>
internal sealed class NodeFragmentation
{
    private const int MaxCpuSteps = 64;
    private const int MaxMemorySteps = 32;

    /// <summary>A level of free compute is one byte.</summary>
    private const int MaxSizes = 250;

    private readonly AmountSteps cpu;
    private readonly AmountSteps memory;
    private readonly byte[] levelOf = new byte[PodShape.WholeCard + 1];
    private readonly int levels;
    private readonly int gangs;

    /// <summary>By model: its table. Models that the same pods may use share one.</summary>
    private readonly int[] tableOf;

    /// <summary>By table, processor step, memory step and size of share: how many pods ask for no more.</summary>
    private readonly int[] single;

    /// <summary>By table, processor step, memory step and number of cards, from two on: how many pods ask for no more.</summary>
    private readonly int[] gang;

    /// <param name="typical">The pods that are expected.</param>
    /// <param name="fleet">Where; only its models and the size of its largest node matter.</param>
    public NodeFragmentation(TypicalPods typical, PackingFleet fleet)
    {
        Total = Math.Max(1, typical.Total);
        gangs = fleet.Classes.Select(each => each.Devices).DefaultIfEmpty().Max() + 1;
        var pods = typical.Pods.Where(pod => pod.Shape.Cards > 0 && pod.Shape.Cards < gangs).ToList();
        cpu = new AmountSteps(pods, pod => pod.CpuMilli, MaxCpuSteps);
        memory = new AmountSteps(pods, pod => pod.MemoryMib, MaxMemorySteps);
        var sizes = new AmountSteps(pods.Where(pod => pod.Shape.Cards == 1), pod => pod.CardMilli, MaxSizes);
        levels = sizes.Count + 1;
        for (var free = 0; free <= PodShape.WholeCard; free++)
        {
            levelOf[free] = (byte)sizes.Reached(free);
        }

        var tables = pods.Select(pod => pod.Shape.Models).Distinct().ToList();
        var sets = Enumerable.Range(0, fleet.Models).Select(model => string.Concat(tables.Select(set => (set >> model) & 1))).ToList();
        var distinct = sets.Distinct(StringComparer.Ordinal).ToList();
        tableOf = [.. sets.Select(set => distinct.IndexOf(set))];
        single = new int[distinct.Count * Steps * levels];
        gang = new int[distinct.Count * Steps * gangs];
        foreach (var (shape, count) in pods)
        {
            var step = Step(cpu.Needed(shape.CpuMilli), memory.Needed(shape.MemoryMib));
            for (var table = 0; table < distinct.Count; table++)
            {
                if (((shape.Models >> sets.IndexOf(distinct[table])) & 1) == 0)
                {
                    continue;
                }

                ref var cell = ref shape.Cards == 1
                    ? ref single[(((table * Steps) + step) * levels) + sizes.Needed(shape.CardMilli)]
                    : ref gang[(((table * Steps) + step) * gangs) + shape.Cards];
                cell += count;
            }
        }

        Cumulate(single, levels);
        Cumulate(gang, gangs);
    }

    /// <summary>The divisor: how many typical pods there are.</summary>
    public long Total { get; }

    private int Steps => (cpu.Count + 1) * (memory.Count + 1);

    /// <summary>The expected compute that typical pods could use, in 1/1000 device, times <see cref="Total"/>.</summary>
    public long Usable(int model, int freeCpu, int freeMemory, ReadOnlySpan<int> devices)
    {
        var at = At(model, freeCpu, freeMemory);
        long usable = 0;
        var whole = 0;
        foreach (var free in devices)
        {
            usable += Device(at, free);
            whole += free == PodShape.WholeCard ? 1 : 0;
        }

        return usable + Free(at, whole);
    }

    /// <summary>F of a node, in 1/1000 device.</summary>
    public double Of(int model, int freeCpu, int freeMemory, ReadOnlySpan<int> devices)
    {
        var free = 0;
        foreach (var device in devices)
        {
            free += device;
        }

        return free - ((double)Usable(model, freeCpu, freeMemory, devices) / Total);
    }

    /// <summary>Where the figures of a node begin; pass it to <see cref="Device"/> and <see cref="Free"/>.</summary>
    public (int Single, int Gang) At(int model, int freeCpu, int freeMemory)
    {
        var step = (tableOf[model] * Steps) + Step(cpu.Reached(freeCpu), memory.Reached(freeMemory));
        return (step * levels, step * gangs);
    }

    /// <summary>Compute of one device that one-card pods could use, times <see cref="Total"/>.</summary>
    public long Device((int Single, int Gang) at, int free) => (long)free * single[at.Single + levelOf[free]];

    /// <summary>Compute of free devices that larger pods could use, times <see cref="Total"/>.</summary>
    public long Free((int Single, int Gang) at, int whole) => (long)PodShape.WholeCard * whole * gang[at.Gang + Math.Min(whole, gangs - 1)];

    private int Step(int cpuStep, int memoryStep) => (cpuStep * (memory.Count + 1)) + memoryStep;

    /// <summary>Turns counts into sums over all that asks for no more, one dimension after the other.</summary>
    private void Cumulate(int[] table, int width)
    {
        int line = (memory.Count + 1) * width,
            whole = Steps * width;
        for (var at = 0; at < table.Length; at++)
        {
            table[at] += at % width > 0 ? table[at - 1] : 0;
        }

        for (var at = 0; at < table.Length; at++)
        {
            table[at] += at % line >= width ? table[at - width] : 0;
        }

        for (var at = 0; at < table.Length; at++)
        {
            table[at] += at % whole >= line ? table[at - line] : 0;
        }
    }
}

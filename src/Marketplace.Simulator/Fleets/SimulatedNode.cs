namespace Marketplace.Simulator.Fleets;

/// <summary>One machine of a fleet: what its kubelet, its device plugins and its feature discovery would report.</summary>
public sealed record SimulatedNode
{
    /// <summary>The node's name, a lowercase DNS name.</summary>
    public required string Name { get; init; }

    /// <summary>kubernetes.io/arch: amd64, arm64 or riscv64.</summary>
    public string Architecture { get; init; } = "amd64";

    /// <summary>CPU in milli-cores.</summary>
    public required long CpuMilli { get; init; }

    /// <summary>Memory in MiB.</summary>
    public required long MemoryMib { get; init; }

    /// <summary>How many pods the kubelet takes.</summary>
    public int MaxPods { get; init; } = 110;

    /// <summary>Extended resources, for example <c>nvidia.com/gpu</c> → 8. Whole units.</summary>
    public IReadOnlyDictionary<string, long> Devices { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Units of <see cref="Devices"/> that the device plugin reports as unhealthy: in capacity, not in allocatable.</summary>
    public IReadOnlyDictionary<string, long> UnhealthyDevices { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Labels beyond hostname, arch and os.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Set where HAMi shares the cards: each is then offered several times, and a register tells the truth about them.</summary>
    public CardSharing? Sharing { get; init; }

    /// <summary>Annotations beyond HAMi's register.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The rack, written as the label <c>topology.kubernetes.io/rack</c>.</summary>
    public string? Rack { get; init; }

    /// <summary>The operating system's name as the kubelet reports it.</summary>
    public string OsImage { get; init; } = "Simulated Linux";
}

/// <summary>How HAMi shares a node's cards.</summary>
/// <param name="Register">The annotation of the register, for example <c>hami.io/node-nvidia-register</c>.</param>
/// <param name="Resource">The resource that counts shares.</param>
/// <param name="Product">The card's name in the register.</param>
/// <param name="Cards">How many cards there are.</param>
/// <param name="CardMemoryMib">Memory of one card in MiB.</param>
/// <param name="Splits">How often each card is offered.</param>
public sealed record CardSharing(string Register, string Resource, string Product, int Cards, int CardMemoryMib, int Splits);

/// <summary>The machines of one cluster.</summary>
/// <param name="Nodes">Every node once; names are unique.</param>
public sealed record Fleet(IReadOnlyList<SimulatedNode> Nodes)
{
    /// <summary>No machines: a cluster whose nodes somebody else plays.</summary>
    public static Fleet Empty { get; } = new([]);

    /// <summary>
    /// The nodes of the public Alibaba trace cluster-trace-gpu-v2023, file <c>openb_node_list_gpu_node.csv</c>: columns sn, cpu_milli,
    /// memory_mib, gpu, model.
    /// </summary>
    /// <param name="csvPath">The file.</param>
    /// <param name="nodesPerRack">The trace has no racks; this many consecutive nodes share one.</param>
    /// <exception cref="InvalidDataException">A line does not have these columns; the message names the line.</exception>
    public static Fleet OpenB(string csvPath, int nodesPerRack = 16) => OpenBFile.Read(csvPath, nodesPerRack);
}

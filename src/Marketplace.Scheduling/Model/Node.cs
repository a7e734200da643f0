namespace Marketplace.Scheduling.Model;

/// <summary>A machine of a cluster with what it has and what is free now.</summary>
public sealed record Node
{
    /// <summary>Node id, unique in its snapshot.</summary>
    public required string Id { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>Rack name inside the cluster, or null when unknown (the node then counts as a rack of its own).</summary>
    public string? Rack { get; init; }

    /// <summary>Name of the fast fabric the node shares with others of its cluster, or null (its own island).</summary>
    public string? LinkIsland { get; init; }

    public required CpuArchitecture Architecture { get; init; }

    /// <summary>Processor capacity in 1/1000 core.</summary>
    public required int CpuMilli { get; init; }

    /// <summary>Memory capacity in MiB.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>Free processor capacity in 1/1000 core; at most <see cref="CpuMilli"/>.</summary>
    public required int FreeCpuMilli { get; init; }

    /// <summary>Free memory in MiB; at most <see cref="MemoryMib"/>.</summary>
    public required int FreeMemoryMib { get; init; }

    /// <summary>How many more pods it takes, whatever they ask for; null = not bounded.</summary>
    public int? FreePods { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = EmptyLabels;

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>False while the node is cordoned, draining or not ready: nothing new is placed on it.</summary>
    public bool Schedulable { get; init; } = true;

    public IReadOnlyList<Device> Devices { get; init; } = [];

    private static readonly Dictionary<string, string> EmptyLabels = [];
}

/// <summary>A mark that keeps pods away from a node unless they tolerate it.</summary>
public sealed record Taint(string Key, string Value, TaintEffect Effect);

/// <summary>Accepts a taint. A null key tolerates every key, a null value every value, a null effect every effect.</summary>
public sealed record Toleration(string? Key = null, string? Value = null, TaintEffect? Effect = null);

/// <summary>An accelerator of a node.</summary>
public sealed record Device
{
    /// <summary>Full compute capacity of every device, in 1/1000 of the device.</summary>
    public const int FullComputeMilli = 1000;

    /// <summary>Device id, unique on its node.</summary>
    public required string Id { get; init; }

    public required string Vendor { get; init; }

    /// <summary>Model name as the accelerator catalogue spells it.</summary>
    public required string Model { get; init; }

    /// <summary>Software stack: CUDA, ROCm, CANN, Neuware, DTK, MUSA, MACA, ….</summary>
    public required string Stack { get; init; }

    /// <summary>Device memory in MiB.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>Compute capacity in 1/1000 device; always <see cref="FullComputeMilli"/>.</summary>
    public int ComputeMilli { get; init; } = FullComputeMilli;

    public bool Healthy { get; init; } = true;

    /// <summary>NUMA node it hangs on, or 0.</summary>
    public int NumaNode { get; init; }

    /// <summary>Direct-link group inside the node (an NVLink or HCCS ring); cards of one replica prefer one group.</summary>
    public int LinkIsland { get; init; }

    /// <summary>Free compute in 1/1000 device.</summary>
    public required int FreeComputeMilli { get; init; }

    /// <summary>Free device memory in MiB.</summary>
    public required int FreeMemoryMib { get; init; }

    /// <summary>How it may be divided.</summary>
    public DeviceSharing Sharing { get; init; } = new WholeOnly();
}

/// <summary>How a device may be divided among replicas.</summary>
public abstract record DeviceSharing;

/// <summary>The device goes to one replica at a time.</summary>
public sealed record WholeOnly : DeviceSharing;

/// <summary>The device is cut by fixed templates (MIG profiles, vendor vNPU templates); a share is rounded up to one.</summary>
public sealed record TemplateSharing(IReadOnlyList<ShareTemplate> Templates) : DeviceSharing
{
    public bool Equals(TemplateSharing? other) => other is not null && Templates.SequenceEqual(other.Templates);

    public override int GetHashCode() => Templates.Aggregate(Templates.Count, (hash, template) => HashCode.Combine(hash, template));
}

/// <summary>One template.</summary>
/// <param name="ComputeMilli">Compute it grants, in 1/1000 device.</param>
/// <param name="MemoryMib">Memory it grants, in MiB.</param>
/// <param name="Name">The vendor's name for it.</param>
public sealed record ShareTemplate(int ComputeMilli, int MemoryMib, string Name = "");

/// <summary>Any fraction, rounded up to the vendor's units.</summary>
/// <param name="MemoryUnitMib">Memory granularity in MiB (1, 256, 512, 1024, …).</param>
/// <param name="ComputeUnitMilli">Compute granularity in 1/1000 device.</param>
public sealed record FractionSharing(int MemoryUnitMib = 1, int ComputeUnitMilli = 1) : DeviceSharing;

using Marketplace.Clusters.Catalogue;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Workloads;

/// <summary>What a contract runs: one of the products below.</summary>
public abstract record WorkloadSpec
{
    /// <summary>The contract; names and labels come from it.</summary>
    public required string ContractId { get; init; }

    /// <summary>The customer's organisation; its namespace comes from it.</summary>
    public required string TenantId { get; init; }

    /// <summary>The bundle the contract came from; null when bought plainly.</summary>
    public string? BundleId { get; init; }

    /// <summary>Annotations the customer wants on the pods. Ours and the sharing software's are taken out.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = NoText;

    /// <summary>When the cluster stops it by itself; null for no end.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    internal static IReadOnlyDictionary<string, string> NoText { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>The program of a replica and what it needs.</summary>
public sealed record ContainerSpec
{
    /// <summary>The image, for example <c>registry/name:tag</c>.</summary>
    public required string Image { get; init; }

    /// <summary>Replaces the image's entry point; empty keeps it.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = WorkloadSpec.NoText;

    /// <summary>Processor capacity in 1/1000 core.</summary>
    public required int CpuMilli { get; init; }

    /// <summary>Memory in MiB.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>Accelerators of one replica; null for none.</summary>
    public AcceleratorAsk? Accelerators { get; init; }

    /// <summary>The architecture the image is built for; null for any.</summary>
    public CpuArchitecture? Architecture { get; init; }

    /// <summary>Scratch disk at /scratch in MiB; 0 for none.</summary>
    public int ScratchMib { get; init; }

    /// <summary>Shared memory at /dev/shm in MiB; 0 keeps the runtime's 64 MiB.</summary>
    public int SharedMemoryMib { get; init; }

    /// <summary>The numeric user it runs as; restricted pods never run as root.</summary>
    public int RunAsUser { get; init; } = 65532;
}

/// <summary>A batch job: independent replicas that run to their end.</summary>
public sealed record BatchJobSpec : WorkloadSpec
{
    public required ContainerSpec Container { get; init; }

    /// <summary>How many replicas must end well.</summary>
    public int Completions { get; init; } = 1;

    /// <summary>How many run at once.</summary>
    public int Parallelism { get; init; } = 1;

    /// <summary>How many replicas may fail before the job does.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Longest running time; null for no limit.</summary>
    public TimeSpan? Deadline { get; init; }
}

/// <summary>A gang job: replicas that start together or not at all, and find each other by name.</summary>
public sealed record GangJobSpec : WorkloadSpec
{
    public required ContainerSpec Container { get; init; }

    /// <summary>Number of replicas.</summary>
    public required int Replicas { get; init; }

    /// <summary>The topology domain they stay in.</summary>
    public TopologyLevel Together { get; init; } = TopologyLevel.Cluster;

    /// <summary>The port of the meeting point.</summary>
    public int RendezvousPort { get; init; } = 29500;

    /// <summary>Longest running time; null for no limit.</summary>
    public TimeSpan? Deadline { get; init; }
}

/// <summary>An inference endpoint: replicas behind one address.</summary>
public sealed record EndpointSpec : WorkloadSpec
{
    public required ContainerSpec Container { get; init; }

    public int Replicas { get; init; } = 1;

    /// <summary>The port the program listens on.</summary>
    public required int Port { get; init; }

    /// <summary>A path that answers 200 when ready; null checks the port only.</summary>
    public string? HealthPath { get; init; }
}

/// <summary>A namespace of the customer's own, with a quota and an account to use it.</summary>
public sealed record DedicatedNamespaceSpec : WorkloadSpec
{
    /// <summary>Processor quota in 1/1000 core.</summary>
    public required long CpuMilli { get; init; }

    /// <summary>Memory quota in MiB.</summary>
    public required long MemoryMib { get; init; }

    /// <summary>Accelerator quota: cards, or shares with their memory and compute.</summary>
    public IReadOnlyList<AcceleratorAsk> Accelerators { get; init; } = [];

    /// <summary>Most pods at a time.</summary>
    public int Pods { get; init; } = 100;

    /// <summary>Storage quota in MiB.</summary>
    public long StorageMib { get; init; } = 10_240;
}

/// <summary>What a cluster adds to every workload.</summary>
public sealed record ClusterRanges
{
    /// <summary>Node, pod and service ranges of the cluster in CIDR form: closed to tenants beside the private ranges.</summary>
    public IReadOnlyList<string> Closed { get; init; } = [];
}

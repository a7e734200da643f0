using System.Text.RegularExpressions;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Workloads;

/// <summary>What a product must look like before anything is made of it.</summary>
internal static partial class SpecRules
{
    public static ClusterError? Check(WorkloadSpec spec, int mostReplicas)
    {
        if (string.IsNullOrWhiteSpace(spec.ContractId))
        {
            return Error("contract", "contractId", "The contract id is empty.", "Pass the contract's id.");
        }

        if (string.IsNullOrWhiteSpace(spec.TenantId))
        {
            return Error("tenant", "tenantId", "The tenant id is empty.", "Pass the customer's id.");
        }

        // What stands in a customer's ordinary namespace is taken for ours: no id may lead into one that customers write in.
        if (WorkloadNames.IsDedicated(WorkloadNames.NamespaceOf(spec.TenantId)))
        {
            return Error("tenant", "tenantId", "The tenant id begins like the name of a dedicated namespace.", "Choose another id.");
        }

        return spec switch
        {
            BatchJobSpec job => Between("completions", job.Completions, 1, mostReplicas)
                ?? Between("parallelism", job.Parallelism, 1, job.Completions)
                ?? Between("retries", job.Retries, 0, 100)
                ?? Deadline(job.Deadline)
                ?? Container(job.Container),
            GangJobSpec gang => Between("replicas", gang.Replicas, 1, mostReplicas)
                ?? Between("rendezvousPort", gang.RendezvousPort, 1024, 65535)
                ?? Deadline(gang.Deadline)
                ?? Container(gang.Container),
            EndpointSpec endpoint => Between("replicas", endpoint.Replicas, 1, mostReplicas)
                ?? Between("port", endpoint.Port, 1024, 65535)
                ?? HealthPath(endpoint.HealthPath)
                ?? Container(endpoint.Container),
            DedicatedNamespaceSpec dedicated => Between("cpuMilli", dedicated.CpuMilli, 1, InputBounds.MaxQuantity)
                ?? Between("memoryMib", dedicated.MemoryMib, 1, InputBounds.MaxQuantity)
                ?? Between("pods", dedicated.Pods, 1, 100_000)
                ?? Between("storageMib", dedicated.StorageMib, 0, InputBounds.MaxQuantity),
            _ => null,
        };
    }

    private static ClusterError? Container(ContainerSpec container)
    {
        if (string.IsNullOrWhiteSpace(container.Image) || container.Image.Any(char.IsWhiteSpace) || container.Image.Length > 512)
        {
            return Error("image", "image", "The image is missing or contains spaces.", "Write it like registry.example.com/team/app:1.0.");
        }

        if (container.Environment.Keys.FirstOrDefault(k => !EnvironmentName().IsMatch(k)) is { } name)
        {
            return Error("environment", "environment", $"'{name}' is no name for a variable.", "Use letters, digits and underscores.");
        }

        return Between("cpuMilli", container.CpuMilli, 1, InputBounds.MaxQuantity)
            ?? Between("memoryMib", container.MemoryMib, 1, InputBounds.MaxQuantity)
            ?? Between("scratchMib", container.ScratchMib, 0, InputBounds.MaxQuantity)
            ?? Between("sharedMemoryMib", container.SharedMemoryMib, 0, container.MemoryMib)
            ?? Between("runAsUser", container.RunAsUser, 1, int.MaxValue);
    }

    private static ClusterError? Deadline(TimeSpan? deadline) =>
        deadline is { } d && d < TimeSpan.FromSeconds(1)
            ? Error("deadline", "deadline", "The deadline is shorter than a second.", "Leave it out, or choose a longer one.")
            : null;

    private static ClusterError? HealthPath(string? path) =>
        path is not null && (!path.StartsWith('/') || path.Any(char.IsWhiteSpace))
            ? Error("health_path", "healthPath", $"'{path}' is no path.", "Write it like /healthz.")
            : null;

    private static ClusterError? Between(string field, long value, long least, long most) =>
        value >= least && value <= most
            ? null
            : Error("out_of_range", field, $"{field} is {value}.", $"Choose a value from {least} to {most}.");

    private static ClusterError Error(string code, string field, string message, string fix) =>
        new($"workload.{code}", message, field, fix);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex EnvironmentName();
}

using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Inventory;
using Marketplace.Scheduling.Model;

namespace Marketplace.Clusters.Workloads;

/// <summary>Pod templates that satisfy the restricted Pod Security profile, whatever the customer asked for.</summary>
internal static class PodTemplates
{
    private static readonly string[] ForeignPrefixes = [Marks.Domain, "hami.io/", "volcano.sh/", "scheduling.k8s.io/"];

    /// <summary>The customer's annotations without the ones that steer schedulers, sharing software or us.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Allowed(IReadOnlyDictionary<string, string> annotations) =>
        annotations
            .Where(a => !ForeignPrefixes.Any(p => a.Key.StartsWith(p, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(a => a.Key, StringComparer.Ordinal);

    public static ClusterResult<JsonObject> Build(
        WorkloadSpec spec,
        ContainerSpec container,
        string role,
        string restartPolicy,
        AcceleratorCatalogue catalogue,
        Action<JsonObject, JsonObject, JsonObject>? adjust = null
    )
    {
        IReadOnlyList<KeyValuePair<string, long>> extended = [];
        if (container.Accelerators is { } ask)
        {
            var resources = AcceleratorResources.For(catalogue, ask);
            if (!resources.IsOk)
            {
                return resources.Error;
            }

            extended = resources.Value;
        }

        var annotations = new JsonObject { [Marks.ContractId] = spec.ContractId };
        foreach (var (key, value) in Allowed(spec.Annotations))
        {
            annotations[key] = value;
        }

        if (container.Accelerators is not null)
        {
            annotations[Marks.Ask] = PodDevices.Write(container.Accelerators);
        }

        var metadata = new JsonObject { ["labels"] = Objects.Labels(spec, role), ["annotations"] = annotations };
        var main = MainContainer(container, extended);
        var pod = new JsonObject
        {
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["restartPolicy"] = restartPolicy,
            ["securityContext"] = new JsonObject
            {
                ["runAsNonRoot"] = true,
                ["runAsUser"] = container.RunAsUser,
                ["runAsGroup"] = container.RunAsUser,
                ["fsGroup"] = container.RunAsUser,
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
            },
        };
        if (container.Accelerators is not null)
        {
            pod["schedulerName"] = Marks.SchedulerName;
        }

        if (container.Architecture is { } architecture)
        {
            pod["nodeSelector"] = new JsonObject { ["kubernetes.io/arch"] = Architecture(architecture) };
        }

        pod["containers"] = new JsonArray(main);
        AddVolumes(container, pod, main);
        adjust?.Invoke(metadata, pod, main);
        return new JsonObject { ["metadata"] = metadata, ["spec"] = pod };
    }

    private static JsonObject MainContainer(ContainerSpec container, IReadOnlyList<KeyValuePair<string, long>> extended)
    {
        var main = new JsonObject { ["name"] = "main", ["image"] = container.Image };
        if (container.Command.Count > 0)
        {
            main["command"] = Objects.List(container.Command);
        }

        if (container.Arguments.Count > 0)
        {
            main["args"] = Objects.List(container.Arguments);
        }

        main["env"] = new JsonArray([
            .. container
                .Environment.OrderBy(e => e.Key, StringComparer.Ordinal)
                .Select(e => (JsonNode)new JsonObject { ["name"] = e.Key, ["value"] = e.Value }),
        ]);
        main["resources"] = new JsonObject { ["requests"] = Amounts(container, extended), ["limits"] = Amounts(container, extended) };
        main["securityContext"] = new JsonObject
        {
            ["allowPrivilegeEscalation"] = false,
            ["capabilities"] = new JsonObject { ["drop"] = Objects.List(["ALL"]) },
        };
        return main;
    }

    private static JsonObject Amounts(ContainerSpec container, IReadOnlyList<KeyValuePair<string, long>> extended)
    {
        var amounts = new JsonObject { ["cpu"] = Objects.Cpu(container.CpuMilli), ["memory"] = Objects.Mib(container.MemoryMib) };
        foreach (var (resource, units) in extended)
        {
            amounts[resource] = Objects.Count(units);
        }

        return amounts;
    }

    private static void AddVolumes(ContainerSpec container, JsonObject pod, JsonObject main)
    {
        var volumes = new JsonArray();
        var mounts = new JsonArray();
        if (container.ScratchMib > 0)
        {
            volumes.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["name"] = "scratch",
                        ["emptyDir"] = new JsonObject { ["sizeLimit"] = Objects.Mib(container.ScratchMib) },
                    }
            );
            mounts.Add((JsonNode)new JsonObject { ["name"] = "scratch", ["mountPath"] = "/scratch" });
        }

        if (container.SharedMemoryMib > 0)
        {
            volumes.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["name"] = "shm",
                        ["emptyDir"] = new JsonObject { ["medium"] = "Memory", ["sizeLimit"] = Objects.Mib(container.SharedMemoryMib) },
                    }
            );
            mounts.Add((JsonNode)new JsonObject { ["name"] = "shm", ["mountPath"] = "/dev/shm" });
        }

        if (volumes.Count > 0)
        {
            pod["volumes"] = volumes;
            main["volumeMounts"] = mounts;
        }
    }

    private static string Architecture(CpuArchitecture architecture) =>
        architecture switch
        {
            CpuArchitecture.X64 => "amd64",
            CpuArchitecture.Arm64 => "arm64",
            CpuArchitecture.RiscV64 => "riscv64",
            _ => throw new ArgumentOutOfRangeException(nameof(architecture), architecture.ToString(), "Not an architecture."),
        };

    internal static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    internal static JsonObject FieldVariable(string name, string field) =>
        new()
        {
            ["name"] = name,
            ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = field } },
        };

    internal static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

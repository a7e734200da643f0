using System.Text.Json.Nodes;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Workloads;

/// <summary>Batch and gang jobs.</summary>
internal static class JobManifests
{
    public static ClusterResult<IReadOnlyList<JsonObject>> Batch(BatchJobSpec spec, string ns, AcceleratorCatalogue catalogue)
    {
        var template = PodTemplates.Build(spec, spec.Container, "job", "Never", catalogue);
        return template.Map<IReadOnlyList<JsonObject>>(t =>
            [Job(spec, ns, t, spec.Parallelism, spec.Completions, spec.Retries, spec.Deadline)]
        );
    }

    public static ClusterResult<IReadOnlyList<JsonObject>> Gang(GangJobSpec spec, string ns, AcceleratorCatalogue catalogue)
    {
        var name = WorkloadNames.Of(spec.ContractId);
        var master = name + "-master";
        var template = PodTemplates.Build(
            spec,
            spec.Container,
            "gang",
            "Never",
            catalogue,
            (metadata, pod, main) =>
            {
                // Gangs are placed as a whole, also without accelerators: only our binder can do that.
                pod["schedulerName"] = Marks.SchedulerName;
                pod["subdomain"] = name;
                metadata["labels"]![Marks.Gang] = name;
                metadata["annotations"]![Marks.GangSize] = PodTemplates.Text(spec.Replicas);
                metadata["annotations"]![Marks.Together] = spec.Together.ToString();
                AddRendezvous(spec, master, main["env"]!.AsArray());
            }
        );

        // A gang with a hole is of no use, so one failure ends the job; a new attempt is a new decision.
        return template.Map<IReadOnlyList<JsonObject>>(t =>
            [
                Headless(spec, ns, name, Objects.Selector(spec)),
                Headless(spec, ns, master, new JsonObject { [Marks.Gang] = name, [Marks.Rank] = "0" }),
                Job(spec, ns, t, spec.Replicas, spec.Replicas, retries: 0, spec.Deadline),
            ]
        );
    }

    private static void AddRendezvous(GangJobSpec spec, string master, JsonArray environment)
    {
        var taken = environment.Select(e => (string)e!["name"]!).ToHashSet(StringComparer.Ordinal);
        JsonObject[] variables =
        [
            PodTemplates.Variable("WORLD_SIZE", PodTemplates.Text(spec.Replicas)),
            PodTemplates.Variable("MASTER_ADDR", master),
            PodTemplates.Variable("MASTER_PORT", PodTemplates.Text(spec.RendezvousPort)),
            // Our binder numbers the replicas along the topology, on every Kubernetes version.
            PodTemplates.FieldVariable("RANK", $"metadata.annotations['{Marks.Rank}']"),
        ];
        foreach (var variable in variables)
        {
            if (!taken.Contains((string)variable["name"]!))
            {
                environment.Add((JsonNode)variable);
            }
        }
    }

    private static JsonObject Job(
        WorkloadSpec spec,
        string ns,
        JsonObject template,
        int parallelism,
        int completions,
        int retries,
        TimeSpan? deadline
    )
    {
        var job = Objects.Of(KubeKinds.Jobs, spec, WorkloadNames.Of(spec.ContractId), ns);
        var body = new JsonObject
        {
            ["parallelism"] = parallelism,
            ["completions"] = completions,
            ["backoffLimit"] = retries,
        };
        if (deadline is { } limit)
        {
            body["activeDeadlineSeconds"] = (long)Math.Ceiling(limit.TotalSeconds);
        }

        body["template"] = template;
        job["spec"] = body;
        return job;
    }

    private static JsonObject Headless(WorkloadSpec spec, string ns, string name, JsonObject selector)
    {
        var service = Objects.Of(KubeKinds.Services, spec, name, ns);
        service["spec"] = new JsonObject
        {
            ["clusterIP"] = "None",
            // Replicas look for each other before they are ready.
            ["publishNotReadyAddresses"] = true,
            ["selector"] = selector,
        };
        return service;
    }
}

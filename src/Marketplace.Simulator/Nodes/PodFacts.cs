using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Nodes;

/// <summary>What the player needs to know of a pod, wherever it comes from.</summary>
internal sealed record PodFacts
{
    /// <summary>Annotation: seconds the containers run before they end by themselves; without it they run until they are deleted.</summary>
    public const string RunSecondsAnnotation = "simulator.compute/run-seconds";

    /// <summary>Annotation: the exit code the containers end with; 0 without it.</summary>
    public const string ExitCodeAnnotation = "simulator.compute/exit-code";

    public required string Namespace { get; init; }
    public required string Name { get; init; }
    public required string Uid { get; init; }
    public required string Node { get; init; }
    public required string Phase { get; init; }
    public required bool Terminating { get; init; }
    public required string RestartPolicy { get; init; }
    public required IReadOnlyList<(string Name, string Image)> Containers { get; init; }
    public required IReadOnlyList<(string Name, string Image)> InitContainers { get; init; }
    public double? RunSeconds { get; init; }
    public int ExitCode { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public int Restarts { get; init; }
    public string? Address { get; init; }

    /// <summary>No container runs at the moment although the pod has started: it waits for its restart.</summary>
    public bool WaitsForRestart { get; init; }

    public bool Finished => Phase is "Succeeded" or "Failed";

    public static PodFacts Of(StoredObject pod)
    {
        var tree = pod.Open();
        var statuses = tree.Items("status", "containerStatuses").ToList();
        return new PodFacts
        {
            Namespace = pod.Namespace,
            Name = pod.Name,
            Uid = pod.Uid,
            Node = pod.NodeName,
            Phase = pod.Phase,
            Terminating = pod.Terminating,
            RestartPolicy = tree.Text("spec", "restartPolicy") ?? "Always",
            Containers = [.. tree.Items("spec", "containers").Select(c => (c.Text("name") ?? "", c.Text("image") ?? ""))],
            InitContainers = [.. tree.Items("spec", "initContainers").Select(c => (c.Text("name") ?? "", c.Text("image") ?? ""))],
            RunSeconds = Seconds(tree.Text("metadata", "annotations", RunSecondsAnnotation)),
            ExitCode = Code(tree.Text("metadata", "annotations", ExitCodeAnnotation)),
            StartedAt = Json.ReadTime(statuses.Select(s => s.Text("state", "running", "startedAt")).FirstOrDefault(s => s is not null)),
            CreatedAt = Json.ReadTime(tree.Text("metadata", "creationTimestamp")),
            Restarts = (int)statuses.Sum(s => s.Whole("restartCount") ?? 0),
            Address = tree.Text("status", "podIP"),
            WaitsForRestart = statuses.Any(s => s.Text("state", "waiting", "reason") == "CrashLoopBackOff"),
        };
    }

    public static PodFacts Of(KubePod pod) =>
        new()
        {
            Namespace = pod.Metadata.Namespace ?? "",
            Name = pod.Metadata.Name,
            Uid = pod.Metadata.Uid,
            Node = pod.Spec.NodeName ?? "",
            Phase = pod.Status.Phase ?? "Pending",
            Terminating = pod.Metadata.DeletionTimestamp is not null,
            RestartPolicy = pod.Spec.RestartPolicy ?? "Always",
            Containers = [.. pod.Spec.Containers.Select(c => (c.Name, c.Image ?? ""))],
            InitContainers = [.. pod.Spec.InitContainers.Select(c => (c.Name, c.Image ?? ""))],
            RunSeconds = Seconds(pod.Metadata.Annotations.GetValueOrDefault(RunSecondsAnnotation)),
            ExitCode = Code(pod.Metadata.Annotations.GetValueOrDefault(ExitCodeAnnotation)),
            StartedAt = pod.Status.ContainerStatuses.Select(s => s.State.Running?.StartedAt).FirstOrDefault(s => s is not null),
            CreatedAt = pod.Metadata.CreationTimestamp,
            Restarts = pod.Status.ContainerStatuses.Sum(s => s.RestartCount),
            Address = pod.Status.PodIP,
            WaitsForRestart = pod.Status.ContainerStatuses.Any(s => s.State.Waiting?.Reason == "CrashLoopBackOff"),
        };

    /// <summary>Enough of the object to tell an event about it.</summary>
    public JsonObject Reference() =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = Name,
                ["namespace"] = Namespace,
                ["uid"] = Uid,
            },
        };

    private static double? Seconds(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0 && double.IsFinite(seconds)
            ? seconds
            : null;

    private static int Code(string? text) => int.TryParse(text, CultureInfo.InvariantCulture, out var code) ? code : 0;
}

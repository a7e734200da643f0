using System.Globalization;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Reconciling;

/// <summary>A pod in our words.</summary>
internal static class PodReading
{
    public static PodStatus Status(KubePod pod, DateTimeOffset? readyBefore)
    {
        var ended = pod.Status.ContainerStatuses.Select(c => c.State.Terminated).OfType<KubeTerminated>().ToList();
        return new PodStatus
        {
            Name = pod.Metadata.Name,
            Uid = pod.Metadata.Uid,
            Phase = pod.Status.Phase ?? "Pending",
            IsReady = IsReady(pod),
            Node = pod.Spec.NodeName is { Length: > 0 } node ? node : null,
            Devices = PodDevices.Assigned(pod) ?? [],
            CreatedAt = pod.Metadata.CreationTimestamp,
            StartedAt = pod.Status.StartTime,
            ReadyAt = readyBefore ?? ReadyAt(pod),
            FinishedAt = pod.IsFinished ? ended.Max(t => t.FinishedAt) ?? Condition(pod, "Ready")?.LastTransitionTime : null,
            Restarts = pod.Status.ContainerStatuses.Sum(c => c.RestartCount),
            ExitCode = pod.IsFinished && ended.Count > 0 ? ended.Max(t => t.ExitCode) : null,
            Reason = Reason(pod),
        };
    }

    public static bool IsReady(KubePod pod) =>
        pod.Status.Phase == "Running" && Condition(pod, "Ready") is { IsTrue: true } && pod.Metadata.DeletionTimestamp is null;

    /// <summary>
    /// Since when a pod counts as delivered: when it became ready. A pod that is past being ready only remembers when its containers started.
    /// </summary>
    public static DateTimeOffset? ReadyAt(KubePod pod)
    {
        var ready = Condition(pod, "Ready");
        if (ready is { IsTrue: true })
        {
            return ready.LastTransitionTime ?? pod.Status.StartTime;
        }

        var states = pod.Status.ContainerStatuses.Select(c => c.State).ToList();
        if (pod.IsFinished)
        {
            return states.Min(s => s.Terminated?.StartedAt);
        }

        // Not ready now, but it was: the condition changed after the containers had started.
        var started = states.Min(s => s.Running?.StartedAt);
        return started is { } at && ready?.LastTransitionTime > at ? at : null;
    }

    /// <summary>Since when a pod is being removed: it was asked to end then, and counts as delivered until then.</summary>
    public static DateTimeOffset? StoppingSince(KubePod pod) =>
        pod.Metadata.DeletionTimestamp is { } by ? by.AddSeconds(-(pod.Metadata.DeletionGracePeriodSeconds ?? 0)) : null;

    public static IEnumerable<BundleMessage> Messages(KubePod pod)
    {
        if (Condition(pod, "PodScheduled") is { IsTrue: false, Reason: "Unschedulable" } waiting && pod.Spec.NodeName is null or "")
        {
            var why = waiting.Message ?? "";
            yield return BundleMessage.Of(
                BundleCodes.WaitingForCapacity,
                $"Waiting for a place: {why}",
                ("pod", pod.Metadata.Name),
                ("why", why)
            );
        }

        foreach (var container in pod.Status.ContainerStatuses)
        {
            if (container.State.Waiting is { Reason: "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" } image)
            {
                var name = pod.Spec.Containers.FirstOrDefault(c => c.Name == container.Name)?.Image ?? "";
                yield return BundleMessage.Of(
                    BundleCodes.ImageUnavailable,
                    $"The image {name} cannot be pulled: {image.Message ?? image.Reason}",
                    ("pod", pod.Metadata.Name),
                    ("image", name),
                    ("why", image.Message ?? image.Reason ?? "")
                );
            }
            else if (container.State.Waiting is { Reason: "CrashLoopBackOff" })
            {
                var restarts = container.RestartCount.ToString(CultureInfo.InvariantCulture);
                yield return BundleMessage.Of(
                    BundleCodes.CrashLoop,
                    $"The program in {pod.Metadata.Name} keeps ending; restarts so far: {restarts}.",
                    ("pod", pod.Metadata.Name),
                    ("restarts", restarts)
                );
            }
        }

        if (pod.Status.Phase == "Failed")
        {
            var exit = pod.Status.ContainerStatuses.Select(c => c.State.Terminated?.ExitCode).FirstOrDefault(c => c is > 0);
            var why = Reason(pod) ?? "it failed";
            yield return BundleMessage.Of(
                BundleCodes.PodFailed,
                $"{pod.Metadata.Name} ended badly: {why}{(exit is null ? "" : string.Create(CultureInfo.InvariantCulture, $" (exit code {exit})"))}.",
                ("pod", pod.Metadata.Name),
                ("why", why),
                ("exitCode", exit?.ToString(CultureInfo.InvariantCulture) ?? "")
            );
        }
    }

    public static AllocationReading? Allocation(string contractId, KubePod pod, DateTimeOffset? readyBefore, DateTimeOffset? goneAt)
    {
        if (pod.Spec.NodeName is not { Length: > 0 } node || (readyBefore ?? ReadyAt(pod)) is not { } readyAt)
        {
            return null;
        }

        var finished = Status(pod, readyBefore).FinishedAt ?? goneAt;
        return new AllocationReading(
            contractId,
            pod.Metadata.Uid,
            pod.Metadata.Name,
            node,
            PodDevices.Assigned(pod) ?? [],
            PodRequests.Of(pod, "cpu").Milli,
            PodRequests.Of(pod, "memory").MibUp,
            readyAt,
            finished < readyAt ? readyAt : finished
        );
    }

    private static KubeCondition? Condition(KubePod pod, string type) => pod.Status.Conditions.FirstOrDefault(c => c.Type == type);

    private static string? Reason(KubePod pod) =>
        pod.Status.Message
        ?? pod.Status.ContainerStatuses.Select(c => c.State.Waiting?.Message ?? c.State.Waiting?.Reason ?? BadEnd(c.State.Terminated))
            .FirstOrDefault(r => r is not null)
        ?? pod.Status.Reason
        ?? pod.Status.Conditions.FirstOrDefault(c => c is { Type: "PodScheduled", IsTrue: false })?.Message;

    private static string? BadEnd(KubeTerminated? ended) => ended is { ExitCode: not 0 } ? ended.Message ?? ended.Reason ?? "Error" : null;
}

using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Reconciling;

/// <summary>What is known about a bundle beside its wish: the input of <see cref="StatusReader"/>.</summary>
/// <param name="Last">The last reconcile pass; null before the first.</param>
/// <param name="PodsRefused">Why the cluster does not make the pods; null while it does.</param>
/// <param name="Pods">The bundle's pods.</param>
/// <param name="Jobs">Its jobs.</param>
/// <param name="Deployments">Its deployments.</param>
/// <param name="ReadyBefore">When pods became ready first, as remembered, by UID.</param>
/// <param name="Now">The time.</param>
internal sealed record BundleObservation(
    ReconcileResult? Last,
    string? PodsRefused,
    IReadOnlyList<KubePod> Pods,
    IReadOnlyList<KubeJob> Jobs,
    IReadOnlyList<KubeDeployment> Deployments,
    Func<string, DateTimeOffset?> ReadyBefore,
    DateTimeOffset Now
)
{
    /// <summary>Pods of a dedicated namespace that take what was not bought, by name.</summary>
    public IReadOnlyList<string> Outside { get; init; } = [];
}

/// <summary>Observations in, status out. Pure.</summary>
internal static class StatusReader
{
    private const int MostMessages = 20;
    private const int NamedPods = 5;

    public static BundleStatus Read(DesiredBundle bundle, BundleObservation seen)
    {
        var pods = seen.Pods.OrderBy(p => p.Metadata.Name, StringComparer.Ordinal).ToList();
        var statuses = pods.ConvertAll(p => PodReading.Status(p, seen.ReadyBefore(p.Metadata.Uid)));
        var desired = Desired(bundle, seen);
        var ready =
            IsWorkloadless(bundle) && seen.Last is { AppliedGeneration: > 0, Error: null } ? desired : statuses.Count(p => p.IsReady);
        var job = seen.Jobs.Count > 0 ? seen.Jobs[0] : null;
        var ended = End(job);
        var phase = Phase(bundle, seen, desired, ready, ended);
        var messages = Messages(bundle, seen, pods, job).Take(MostMessages).ToList();
        return new BundleStatus
        {
            ContractId = bundle.ContractId,
            ObservedGeneration = seen.Last?.AppliedGeneration ?? 0,
            Phase = phase,
            ReadyReplicas = ready,
            DesiredReplicas = desired,
            Messages = messages,
            Pods = statuses,
            StartedAt = statuses.Min(p => p.ReadyAt) ?? job?.Status.StartTime,
            // The customer's own pods end when they please; what was bought does not end with them.
            FinishedAt =
                phase is BundlePhase.Completed or BundlePhase.Failed && !bundle.IsDedicated ? FinishedAt(job, ended, statuses) : null,
            Restarts = statuses.Sum(p => p.Restarts),
            ObservedAt = seen.Now,
        };
    }

    private static BundlePhase Phase(DesiredBundle bundle, BundleObservation seen, int desired, int ready, KubeCondition? ended)
    {
        if (seen.Last is { Removed: true } && seen.Pods.Count == 0)
        {
            return BundlePhase.Terminated;
        }

        if (ended is not null && !bundle.Stopped)
        {
            return ended.Type == "Complete" ? BundlePhase.Completed : BundlePhase.Failed;
        }

        if (seen.Last is { Error: not null, ShouldRetry: false })
        {
            return BundlePhase.Failed;
        }

        if (seen.Last is null or { AppliedGeneration: 0 })
        {
            return BundlePhase.Pending;
        }

        if (bundle.Suspended)
        {
            return seen.Last is { Error: null } last && last.AppliedGeneration >= bundle.Generation && seen.Pods.All(p => p.IsFinished)
                ? BundlePhase.Suspended
                : BundlePhase.Provisioning;
        }

        return desired > 0 && ready >= desired ? BundlePhase.Ready : BundlePhase.Provisioning;
    }

    private static int Desired(DesiredBundle bundle, BundleObservation seen)
    {
        if (IsWorkloadless(bundle))
        {
            return 1;
        }

        var sum = 0;
        foreach (var one in bundle.Objects)
        {
            var spec = one["spec"];
            switch ((string?)one["kind"])
            {
                case "Job":
                    var left = (Number(spec?["completions"]) ?? 1) - (seen.Jobs.Count > 0 ? seen.Jobs[0].Status.Succeeded : 0);
                    sum += Math.Max(0, Math.Min(Number(spec?["parallelism"]) ?? 1, left));
                    break;
                case "Deployment":
                    sum += Number(spec?["replicas"]) ?? 1;
                    break;
                default:
                    break;
            }
        }

        return sum;
    }

    private static IEnumerable<BundleMessage> Messages(DesiredBundle bundle, BundleObservation seen, List<KubePod> pods, KubeJob? job)
    {
        if (bundle.NotAfter is { } end && end <= seen.Now && !bundle.Stopped)
        {
            var at = end.ToString("O", CultureInfo.InvariantCulture);
            yield return BundleMessage.Of(BundleCodes.TimeIsUp, $"The agreed time ended at {at}.", ("notAfter", at));
        }

        if (seen.Last?.Error is { } error)
        {
            yield return error is KubernetesError { IsUnreachable: true }
                ? BundleMessage.Of(BundleCodes.Unreachable, $"The cluster cannot be reached: {error.Message}", ("why", error.Message))
                : BundleMessage.Of(BundleCodes.ApplyRefused, error.Message, ("object", error.Field ?? ""), ("why", error.Message));
        }

        if (End(job) is { Type: "Failed" } failed)
        {
            var why = failed.Message ?? failed.Reason ?? "";
            yield return BundleMessage.Of(BundleCodes.JobFailed, $"The job failed: {why}", ("why", why));
        }

        if (seen.PodsRefused is { } refusal && pods.Count == 0)
        {
            yield return BundleMessage.Of(
                BundleCodes.PodsRefused,
                $"The cluster does not let the replicas start: {refusal}",
                ("why", refusal)
            );
        }

        if (bundle.IsDedicated)
        {
            // How its own pods fare is the customer's affair; what they take from others is not.
            if (seen.Outside.Count > 0)
            {
                yield return Outside(seen.Outside);
            }

            yield break;
        }

        // Sentences that differ only in the pod are said once.
        foreach (var message in pods.SelectMany(PodReading.Messages).DistinctBy(m => (m.Code, m.Args.GetValueOrDefault("why"))))
        {
            yield return message;
        }

        if (Gang(pods) is { } gang)
        {
            yield return gang;
        }
    }

    private static BundleMessage Outside(IReadOnlyList<string> pods)
    {
        var count = pods.Count.ToString(CultureInfo.InvariantCulture);
        var names = string.Join(", ", pods.Take(NamedPods));
        return BundleMessage.Of(
            BundleCodes.OutsideOfSale,
            $"{count} pods use what was not bought: {names}. Pods with schedulerName {Marks.SchedulerName} run on what was.",
            ("count", count),
            ("pods", names)
        );
    }

    private static BundleMessage? Gang(List<KubePod> pods)
    {
        var size = pods.Select(p => p.Metadata.Annotations.GetValueOrDefault(Marks.GangSize)).FirstOrDefault(s => s is not null);
        if (size is null || !int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var want) || pods.Count >= want)
        {
            return null;
        }

        var have = pods.Count.ToString(CultureInfo.InvariantCulture);
        return BundleMessage.Of(
            BundleCodes.WaitingForGang,
            $"Replicas that exist: {have} of {size}. They start together.",
            ("have", have),
            ("want", size)
        );
    }

    private static KubeCondition? End(KubeJob? job) =>
        job?.Status.Conditions.FirstOrDefault(c => c is { Type: "Complete" or "Failed", IsTrue: true });

    private static DateTimeOffset? FinishedAt(KubeJob? job, KubeCondition? ended, List<PodStatus> pods) =>
        job?.Status.CompletionTime ?? ended?.LastTransitionTime ?? pods.Max(p => p.FinishedAt);

    private static bool IsWorkloadless(DesiredBundle bundle) => !bundle.Objects.Any(o => (string?)o["kind"] is "Job" or "Deployment");

    private static int? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;
}

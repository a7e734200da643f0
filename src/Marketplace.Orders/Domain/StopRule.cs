using Marketplace.Orders.Contracts;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Domain;

/// <summary>Whether a stop is proved, from what the cluster has said and from nothing else. Pure.</summary>
internal static class StopRule
{
    /// <summary>
    /// No pod left, no meter open, and the report is about the desired state that asks for the stop, or the work had ended by itself before. A
    /// suspension is proved by an end as well.
    /// </summary>
    public static bool IsProved(StopKind kind, long generation, WorkloadEvidence evidence) =>
        evidence is { ReportedAt: not null, LivingPods: 0, OpenMeters: 0 }
        && (evidence.Phase == WorkloadPhase.Terminated || (kind == StopKind.Suspend && evidence.Phase == WorkloadPhase.Stopped))
        && (evidence.ObservedGeneration >= generation || evidence.Completed);

    /// <returns>The state to go to, or null to stay.</returns>
    public static StopState? Next(
        StopState state,
        StopKind kind,
        long generation,
        WorkloadEvidence? evidence,
        DateTimeOffset waitsSince,
        DateTimeOffset now,
        TimeSpan patience
    ) =>
        state is StopState.Verified or StopState.Withdrawn ? null
        : evidence is not null && IsProved(kind, generation, evidence) ? StopState.Verified
        : state is StopState.Requested or StopState.RunningAgain && now - waitsSince >= patience ? StopState.Overdue
        : null;
}

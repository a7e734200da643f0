using Marketplace.Clusters.Reconciling;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Domain;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>From what a cluster says about a bundle to the workload's phase.</summary>
internal static class StatusMapping
{
    /// <param name="suspendRequested">It is to rest: pods that are still there, or there again, are no sign of its going on.</param>
    public static WorkloadPhase PhaseOf(BundleStatus status, WorkloadPhase current, bool stopRequested, bool suspendRequested) =>
        status.Phase switch
        {
            BundlePhase.Completed or BundlePhase.Terminated => WorkloadPhase.Terminated,
            BundlePhase.Failed => WorkloadPhase.Error,
            BundlePhase.Unreachable => current == WorkloadPhase.Pending ? current : WorkloadPhase.Unreachable,
            _ when stopRequested && current is not (WorkloadPhase.Error or WorkloadPhase.Terminated) => WorkloadPhase.Terminating,
            BundlePhase.Suspended => suspendRequested ? WorkloadPhase.Stopped : current,
            BundlePhase.Ready or BundlePhase.Provisioning when suspendRequested => current,
            BundlePhase.Ready => WorkloadPhase.Ready,
            // A replica of something that was ready is being replaced.
            BundlePhase.Provisioning => current is WorkloadPhase.Ready or WorkloadPhase.Updating
                ? WorkloadPhase.Updating
                : WorkloadPhase.Provisioning,
            _ => current,
        };

    /// <summary>The phases to walk through so that every step is a legal one: a quick job may never have been seen Ready.</summary>
    public static bool CanMove(WorkloadPhase from, WorkloadPhase to) => from != to && StateMachines.Workload.Allows(from, to);
}

using Marketplace.Platform.States;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Provisioning.Domain;

/// <summary>The transition tables of architecture.md; every pair not listed is tested to fail.</summary>
internal static class StateMachines
{
    public static readonly TransitionTable<WorkloadPhase> Workload = new(
        "Workload",
        (
            WorkloadPhase.Pending,
            [
                WorkloadPhase.Provisioning,
                WorkloadPhase.Ready,
                WorkloadPhase.Stopped,
                WorkloadPhase.Error,
                WorkloadPhase.Unreachable,
                WorkloadPhase.Terminating,
                WorkloadPhase.Terminated,
            ]
        ),
        (
            WorkloadPhase.Provisioning,
            [
                WorkloadPhase.Ready,
                WorkloadPhase.Stopped,
                WorkloadPhase.Error,
                WorkloadPhase.Unreachable,
                WorkloadPhase.Terminating,
                WorkloadPhase.Terminated,
            ]
        ),
        (
            WorkloadPhase.Ready,
            [
                WorkloadPhase.Updating,
                WorkloadPhase.Stopped,
                WorkloadPhase.Unreachable,
                WorkloadPhase.Error,
                WorkloadPhase.Terminating,
                WorkloadPhase.Terminated,
            ]
        ),
        (
            WorkloadPhase.Updating,
            [
                WorkloadPhase.Ready,
                WorkloadPhase.Stopped,
                WorkloadPhase.Error,
                WorkloadPhase.Unreachable,
                WorkloadPhase.Terminating,
                WorkloadPhase.Terminated,
            ]
        ),
        (WorkloadPhase.Stopped, [WorkloadPhase.Ready, WorkloadPhase.Provisioning, WorkloadPhase.Terminating, WorkloadPhase.Terminated]),
        (
            WorkloadPhase.Unreachable,
            [
                WorkloadPhase.Ready,
                WorkloadPhase.Provisioning,
                WorkloadPhase.Updating,
                WorkloadPhase.Stopped,
                WorkloadPhase.Error,
                WorkloadPhase.Terminating,
                WorkloadPhase.Terminated,
            ]
        ),
        (WorkloadPhase.Error, [WorkloadPhase.Provisioning, WorkloadPhase.Terminating, WorkloadPhase.Terminated]),
        (WorkloadPhase.Terminating, [WorkloadPhase.Terminated, WorkloadPhase.Unreachable])
    );

    public static readonly TransitionTable<ClusterState> Cluster = new(
        "Cluster",
        (ClusterState.Connecting, [ClusterState.Connected, ClusterState.Suspect, ClusterState.Disconnected]),
        (ClusterState.Connected, [ClusterState.Suspect, ClusterState.Disconnected]),
        (ClusterState.Suspect, [ClusterState.Connected, ClusterState.Lost, ClusterState.Disconnected]),
        (ClusterState.Lost, [ClusterState.Connected, ClusterState.Disconnected]),
        (ClusterState.Disconnected, [ClusterState.Connecting])
    );
}

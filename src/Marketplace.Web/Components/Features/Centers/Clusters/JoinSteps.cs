using Marketplace.Provisioning.Contracts;

namespace Marketplace.Web.Components.Features.Centers.Clusters;

internal enum JoinState
{
    Todo,
    Now,
    Done,
    Failed,
}

internal enum JoinStage
{
    /// <summary>The kubeconfig is read and its rights are tried.</summary>
    Waiting,
    Connected,
    Inventory,
    Price,
}

internal sealed record JoinStep(JoinStage Stage, JoinState State);

/// <summary>How far a cluster has come on its way to the market; pure, so that a reload shows the same.</summary>
internal static class JoinSteps
{
    /// <param name="trying">A connection is being tried right now.</param>
    /// <param name="joined">The cluster, once its API server has answered.</param>
    /// <param name="listed">It has at least one listing.</param>
    public static IReadOnlyList<JoinStep> Of(bool trying, ClusterView? joined, bool listed)
    {
        if (joined is null)
            return
            [
                new(JoinStage.Waiting, trying ? JoinState.Now : JoinState.Todo),
                new(JoinStage.Connected, JoinState.Todo),
                new(JoinStage.Inventory, JoinState.Todo),
                new(JoinStage.Price, JoinState.Todo),
            ];
        JoinState connected = joined.State switch
        {
            ClusterState.Connected => JoinState.Done,
            ClusterState.Connecting => joined.LastError is null ? JoinState.Now : JoinState.Failed,
            _ => JoinState.Failed,
        };
        JoinState inventory =
            joined.InventoryVersion > 0 && joined.Nodes > 0 ? JoinState.Done
            : connected == JoinState.Done ? JoinState.Now
            : JoinState.Todo;
        JoinState price =
            inventory != JoinState.Done ? JoinState.Todo
            : listed ? JoinState.Done
            // Its inventory may be known a moment before it counts as connected; until then it cannot be listed.
            : joined.State == ClusterState.Connecting ? JoinState.Todo
            : JoinState.Now;
        return
        [
            new(JoinStage.Waiting, JoinState.Done),
            new(JoinStage.Connected, connected),
            new(JoinStage.Inventory, inventory),
            new(JoinStage.Price, price),
        ];
    }
}

using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Centers.Clusters;

namespace Marketplace.Web.Tests.Centers;

/// <summary>Waiting, connected, inventory found, priced: each step only after the one before.</summary>
public sealed class JoinStepsTests
{
    [Theory]
    [InlineData(false, "Todo Todo Todo Todo")]
    [InlineData(true, "Now Todo Todo Todo")]
    public void Before_the_cluster_answers(bool trying, string expected) =>
        Assert.Equal(expected, Words(JoinSteps.Of(trying, null, false)));

    [Theory]
    [InlineData(ClusterState.Connecting, 0, 0, null, false, "Done Now Todo Todo")]
    [InlineData(ClusterState.Connecting, 0, 0, "refused", false, "Done Failed Todo Todo")]
    [InlineData(ClusterState.Connecting, 3, 8, null, false, "Done Now Done Todo")]
    [InlineData(ClusterState.Connecting, 3, 8, null, true, "Done Now Done Done")]
    [InlineData(ClusterState.Connected, 0, 0, null, false, "Done Done Now Todo")]
    [InlineData(ClusterState.Connected, 3, 8, null, false, "Done Done Done Now")]
    [InlineData(ClusterState.Connected, 3, 8, null, true, "Done Done Done Done")]
    [InlineData(ClusterState.Lost, 3, 8, null, true, "Done Failed Done Done")]
    [InlineData(ClusterState.Disconnected, 0, 0, null, false, "Done Failed Todo Todo")]
    public void From_the_first_answer_to_the_market(
        ClusterState state,
        long inventory,
        int nodes,
        string? error,
        bool listed,
        string expected
    ) => Assert.Equal(expected, Words(JoinSteps.Of(false, CenterSamples.Cluster(state, inventory, nodes, error), listed)));

    private static string Words(IReadOnlyList<JoinStep> steps) => string.Join(' ', steps.Select(s => s.State));
}

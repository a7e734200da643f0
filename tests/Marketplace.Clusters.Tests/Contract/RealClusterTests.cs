using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>The suite on a real API server with its real controllers, and what only that has: TLS, tokens, roles.</summary>
[NeedsControlPlane]
public sealed class RealClusterTests(RealClusterFixture cluster) : ClusterContractSuite(cluster), IClassFixture<RealClusterFixture>
{
    private readonly RealClusterFixture cluster = cluster;

    [ClusterFact]
    public async Task A_user_without_rights_is_told_what_is_missing()
    {
        await using var connection = new ClusterConnection("nobody", cluster.Nobody);

        var error = Assert.IsType<KubernetesError>((await connection.ProbeAsync()).Error);

        Assert.Equal((403, "kubernetes.forbidden"), (error.Status, error.Code));
        Assert.Contains("nodes", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Fix);
    }

    [ClusterFact]
    public async Task A_wrong_token_is_not_accepted()
    {
        await using var connection = new ClusterConnection("wrong", KubeConfig.Parse(cluster.WithToken("wrong")).Required);

        Assert.Equal("kubernetes.unauthorized", (await connection.ProbeAsync()).Error!.Code);
    }

    [ClusterFact]
    public async Task A_server_whose_authority_is_unknown_is_not_trusted()
    {
        var options = new ClusterConnectionOptions { Client = new KubernetesClientOptions { Retries = 0 } };
        await using var connection = new ClusterConnection("untrusted", KubeConfig.Parse(cluster.WithoutAuthority()).Required, options);

        var error = (await connection.ProbeAsync()).Error!;

        Assert.Equal("kubernetes.untrusted", error.Code);
        Assert.Contains("certificate-authority-data", error.Fix, StringComparison.Ordinal);
    }

    [ClusterFact]
    public async Task A_started_connection_without_rights_stays_connecting_and_says_why()
    {
        await using var connection = new ClusterConnection("nobody", cluster.Nobody);
        connection.Start();

        var error = await Until.Seen(() => connection.LastError, e => e is KubernetesError { Status: 403 }, "the refusal");

        Assert.Contains("not allowed", error!.Message, StringComparison.Ordinal);
        Assert.Equal(ConnectionState.Connecting, connection.State);
    }
}

using System.Text.Json.Nodes;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Tests.Support;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>The suite on a real API server with its real controllers, and what only that has: TLS, tokens, roles.</summary>
[NeedsControlPlane]
[Trait("Category", "ControlPlane")]
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
        await using var connection = new ClusterConnection("wrong", cluster.WithToken("wrong"));

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

    [ClusterFact]
    public async Task A_customers_kubeconfig_opens_its_own_namespace_and_nothing_else()
    {
        await using var stage = Stage.Set(cluster, "access");
        var connection = await stage.ConnectAsync();
        var space = await stage.SpaceAsync(connection, 1);
        var customer = space.Customer;

        Assert.True((await customer.ListAsync(KubeKinds.Pods, space.Namespace)).IsOk);
        Assert.Equal(403, Assert.IsType<KubernetesError>((await customer.ListAsync(KubeKinds.Nodes, null)).Error).Status);
        Assert.Equal(403, Assert.IsType<KubernetesError>((await customer.ListAsync(KubeKinds.Pods, "default")).Error).Status);
        Assert.Equal(
            403,
            Assert.IsType<KubernetesError>((await customer.DeleteAsync(KubeKinds.ResourceQuotas, space.Namespace, "bought")).Error).Status
        );
        Assert.Equal("access.validity", (await connection.TenantKubeConfigAsync(space.ContractId, TimeSpan.FromDays(2))).Error!.Code);
    }

    [ClusterFact]
    public async Task A_quota_that_keeps_pods_away_is_told()
    {
        await using var stage = Stage.Set(cluster, "quota");
        var connection = await stage.ConnectAsync(new ClusterConnectionOptions { PodsExpectedIn = TimeSpan.FromMilliseconds(200) });
        var bundle = stage.Job(null);
        Assert.Null((await stage.Client.ApplyAsync(bundle.Objects[0])).Error);
        var quota = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ResourceQuota",
            ["metadata"] = new JsonObject { ["name"] = "none", ["namespace"] = stage.Namespace },
            ["spec"] = new JsonObject { ["hard"] = new JsonObject { ["pods"] = "0" } },
        };
        Assert.Null((await stage.Client.CreateAsync(quota)).Error);
        await Until.Seen(
            () => stage.Client.GetJsonAsync(KubeKinds.ResourceQuotas, stage.Namespace, "none"),
            q => (string?)q.Required["status"]?["hard"]?["pods"] == "0",
            "the quota to be counted"
        );
        connection.SetDesired(bundle);

        var told = await Until.Seen(
            () => connection.StatusOf(bundle.ContractId),
            s => s?.Messages.Any(m => m.Code == BundleCodes.PodsRefused) == true,
            "the refusal of the quota",
            Stage.Show
        );

        Assert.Contains("exceeded quota: none", told!.Messages.Single().Text, StringComparison.Ordinal);
    }
}

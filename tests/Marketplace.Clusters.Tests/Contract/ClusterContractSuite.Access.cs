using Marketplace.Clusters.Access;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>What the marketplace may do in a cluster, and how it knows.</summary>
public abstract partial class ClusterContractSuite
{
    [ClusterFact]
    public async Task The_roles_we_ask_for_are_enough_and_an_administrator_lacks_nothing()
    {
        foreach (var config in (KubeConfig[])[cluster.Product, cluster.Admin])
        {
            using var client = new KubernetesClient(config);
            Assert.Empty((await AccessReview.MissingAsync(client)).Required);
        }
    }

    [ClusterFact]
    public async Task Every_missing_right_is_named()
    {
        ClusterRight[] left =
        [
            new("", "pods/binding", "create"),
            new("batch", "jobs", "patch"),
            new("rbac.authorization.k8s.io", "clusterroles", "bind", AccessManifest.TenantRole),
        ];
        using var client = new KubernetesClient(await cluster.AccountAsync("short-of-three", left.Contains));

        var missing = (await AccessReview.MissingAsync(client)).Required;

        Assert.Equal(left, missing);
        Assert.Equal(
            "pods/binding: create; jobs.batch: patch; clusterroles.rbac.authorization.k8s.io \"compute-marketplace-tenant\": bind",
            ClusterRight.Words(missing)
        );
    }

    [ClusterFact]
    public async Task Somebody_without_rights_lacks_them_all()
    {
        using var client = new KubernetesClient(await cluster.AccountAsync("without-rights", _ => true));

        Assert.Equal(ClusterRight.Needed, (await AccessReview.MissingAsync(client)).Required);
    }

    [ClusterFact]
    public async Task A_cluster_is_known_by_one_uid_to_whoever_asks()
    {
        using var product = new KubernetesClient(cluster.Product);
        using var admin = new KubernetesClient(cluster.Admin);

        var uid = (await AccessReview.ClusterUidAsync(product)).Required;

        Assert.True(Guid.TryParse(uid, out _));
        Assert.Equal(uid, (await AccessReview.ClusterUidAsync(admin)).Required);
    }

    [ClusterFact]
    public async Task A_customers_rights_are_handed_on_without_being_held()
    {
        await using var stage = Stage.Set(cluster, "handed");
        var connection = await stage.ConnectAsync();
        var space = await stage.SpaceAsync(connection, 1);

        Assert.True((await space.Customer.ListAsync(KubeKinds.Secrets, space.Namespace)).IsOk);
        Assert.Equal(
            403,
            Assert.IsType<KubernetesError>((await connection.Client.ListAsync(KubeKinds.Secrets, space.Namespace)).Error).Status
        );
    }
}

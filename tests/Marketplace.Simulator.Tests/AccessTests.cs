using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Simulator.Access;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Tests;

/// <summary>Short-lived tokens of service accounts, and what roles let them do.</summary>
public sealed class AccessTests
{
    private const string Tenant = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: team}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: tenant, namespace: team}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: tenant, namespace: team}
        rules:
        - {apiGroups: [""], resources: [pods, configmaps], verbs: [get, list, watch, create, delete, patch]}
        - {apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings], verbs: [create, patch]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: tenant, namespace: team}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}
        subjects: [{kind: ServiceAccount, name: tenant, namespace: team}]
        """;

    [Fact]
    public async Task A_tenant_does_what_its_role_says_in_its_namespace_and_nothing_else()
    {
        await using var running = await RunningCluster.StartAsync();
        using var tenant = await TenantAsync(running);

        Assert.True((await tenant.CreateAsync(Map("team"))).IsOk);
        Assert.True((await tenant.ListAsync(KubeKinds.ConfigMaps, "team")).IsOk);
        var elsewhere = await tenant.ListAsync(KubeKinds.ConfigMaps, "default");
        Assert.Contains(
            "User \"system:serviceaccount:team:tenant\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"",
            ((KubernetesError)elsewhere.Error!).Detail,
            StringComparison.Ordinal
        );
        Assert.Equal(403, ((KubernetesError)(await tenant.ListAsync(KubeKinds.Secrets, "team")).Error!).Status);
        Assert.Equal(403, ((KubernetesError)(await tenant.ListAsync(KubeKinds.Nodes, null)).Error!).Status);
        Assert.Equal(403, ((KubernetesError)(await tenant.ListAsync(KubeKinds.Pods, null)).Error!).Status);
    }

    [Fact]
    public async Task Nobody_grants_more_than_they_have()
    {
        await using var running = await RunningCluster.StartAsync();
        using var tenant = await TenantAsync(running);

        var more = await tenant.CreateAsync(Role("secrets"));
        var same = await tenant.CreateAsync(Role("pods"));
        var applied = await tenant.ApplyAsync(Role("secrets"));

        Assert.Contains("not currently held", ((KubernetesError)more.Error!).Detail, StringComparison.Ordinal);
        Assert.True(same.IsOk, $"{same.Error}");
        Assert.Equal(403, ((KubernetesError)applied.Error!).Status);
    }

    [Fact]
    public async Task A_token_ends_with_its_time_its_account_and_its_signature()
    {
        await using var cluster = await LocalCluster.StartAsync();
        var tokens = new Tokens(cluster.Api, "admin-token");
        // Not the default account: that one is made anew as soon as it is gone.
        cluster.Create(ResourceCatalog.ServiceAccounts, "metadata: {name: runner}");
        var request = LocalCluster.Yaml("spec: {expirationSeconds: 600}");
        var token = tokens.Issue("default", "runner", request).Expect().Text("status", "token")!;

        Assert.Equal("system:serviceaccount:default:runner", tokens.Identify(token)!.User);
        Assert.True(tokens.Identify("admin-token")!.IsMaster);
        Assert.Null(tokens.Identify("admin-tokem"));
        var parts = token.Split('.');
        Assert.Null(tokens.Identify($"{parts[0]}.{parts[1]}x.{parts[2]}"));
        Assert.Null(new Tokens(cluster.Api, "another admin token").Identify(token));

        cluster.Clock.Advance(TimeSpan.FromSeconds(599));
        Assert.NotNull(tokens.Identify(token));
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(tokens.Identify(token));

        Assert.Equal(400, tokens.Issue("default", "runner", LocalCluster.Yaml("spec: {expirationSeconds: 5}")).Failure!.Code);
        var next = tokens.Issue("default", "runner", request).Expect().Text("status", "token")!;
        cluster.Store.Remove(cluster.Store.Get(ResourceCatalog.ServiceAccounts, "default", "runner")!);
        Assert.Null(tokens.Identify(next));
        Assert.Equal(404, tokens.Issue("default", "runner", request).Failure!.Code);
    }

    private static async Task<KubernetesClient> TenantAsync(RunningCluster running)
    {
        using var admin = new KubernetesClient(KubeConfig.Parse(running.Cluster.KubeConfig).Required);
        foreach (var document in Tenant.Split("---"))
        {
            (await admin.CreateAsync(LocalCluster.Yaml(document))).Required.ToString();
        }
        var request = new JsonObject { ["spec"] = new JsonObject { ["expirationSeconds"] = 600 } };
        var issued = (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/namespaces/team/serviceaccounts/tenant/token", request)).Required;
        var text = running.Cluster.KubeConfig;
        var at = text.IndexOf("token: ", StringComparison.Ordinal);
        var end = text.IndexOf('\n', at);
        return new KubernetesClient(KubeConfig.Parse($"{text[..at]}token: {issued.Text("status", "token")}{text[end..]}").Required);
    }

    private static JsonObject Role(string resource) =>
        LocalCluster.Yaml(
            $"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: own-{resource}, namespace: team}}\nrules: [{{apiGroups: [\"\"], resources: [{resource}], verbs: [get]}}]"
        );

    private static JsonObject Map(string ns) =>
        LocalCluster.Yaml($"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: {ns}}}");
}

using System.Text.Json.Nodes;
using Marketplace.Clusters.Access;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>A cluster to test against: how to reach it, and somebody who plays its nodes.</summary>
public abstract class ClusterFixture : IAsyncLifetime
{
    /// <summary>With all rights.</summary>
    public abstract KubeConfig Admin { get; }

    /// <summary>With the rights we ask centers for, and no other.</summary>
    public KubeConfig Product { get; private protected set; } = null!;

    /// <summary>Adds a node and plays it from now on.</summary>
    internal abstract Task AddNodeAsync(JsonObject node);

    /// <summary>Takes a node away.</summary>
    internal abstract Task RemoveNodeAsync(string name);

    /// <summary>Lets the program of a running pod end.</summary>
    internal abstract Task FinishAsync(string ns, string pod, int exitCode);

    /// <summary>Writes a line to a pod's log, where the test may choose it; null where the cluster writes its own.</summary>
    internal abstract string? Log(string ns, string pod, string line);

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>An account that holds some of the rights we ask for, as a center makes it.</summary>
    /// <param name="name">Of the account.</param>
    /// <param name="without">Rights to leave out.</param>
    internal async Task<KubeConfig> AccountAsync(string name, Func<ClusterRight, bool>? without = null)
    {
        using var client = new KubernetesClient(Admin);
        var (product, tenant) = (
            AccessManifest.RoleOf(name, ClusterRight.Needed.Where(r => without?.Invoke(r) != true)),
            AccessManifest.Roles[1]
        );
        var subject = new JsonObject
        {
            ["kind"] = "ServiceAccount",
            ["name"] = name,
            ["namespace"] = "default",
        };
        JsonObject[] objects =
        [
            product,
            tenant,
            new()
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ServiceAccount",
                ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" },
            },
            new()
            {
                ["apiVersion"] = "rbac.authorization.k8s.io/v1",
                ["kind"] = "ClusterRoleBinding",
                ["metadata"] = new JsonObject { ["name"] = name },
                ["roleRef"] = new JsonObject
                {
                    ["apiGroup"] = "rbac.authorization.k8s.io",
                    ["kind"] = "ClusterRole",
                    ["name"] = name,
                },
                ["subjects"] = new JsonArray(subject),
            },
        ];
        foreach (var one in objects)
        {
            Assert.Null((await client.ApplyAsync(one)).Error);
        }

        var path = KubeKinds.ServiceAccounts.Path("default", name, "token");
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject { ["expirationSeconds"] = 7200 },
        };
        var issued = (await client.SendJsonAsync(HttpMethod.Post, path, request)).Required;
        return WithToken((string)issued["status"]!["token"]!);
    }

    /// <summary>This server for another token.</summary>
    internal abstract KubeConfig WithToken(string token);
}

/// <summary>The real API server and controllers; its nodes are played by <see cref="PlayedKubelets"/>.</summary>
public sealed class RealClusterFixture : ClusterFixture
{
    private ControlPlane? plane;
    private PlayedKubelets? player;
    private KubeConfig? admin;

    public override KubeConfig Admin => admin ?? throw new InvalidOperationException("Not started.");

    /// <summary>Known to the server, without any rights.</summary>
    public KubeConfig Nobody { get; private set; } = null!;

    internal PlayedKubelets Player => player ?? throw new InvalidOperationException("Not started.");

    public override async Task InitializeAsync()
    {
        if (ControlPlane.Unavailable is not null)
        {
            return;
        }

        plane = await ControlPlane.StartAsync("kcm");
        admin = KubeConfig.Parse(await File.ReadAllTextAsync(plane.KubeConfigPath)).Required;
        Nobody = WithToken(plane.Environment["K8S_NOBODY_TOKEN"]);
        Product = await AccountAsync(AccessManifest.ProductRole);
        player = await PlayedKubelets.StartAsync(admin);
    }

    public override async Task DisposeAsync()
    {
        if (player is not null)
        {
            await player.DisposeAsync();
        }

        if (plane is not null)
        {
            await plane.DisposeAsync();
        }
    }

    internal override Task AddNodeAsync(JsonObject node) => Player.AddAsync(node);

    internal override Task RemoveNodeAsync(string name) => Player.RemoveAsync(name);

    internal override Task FinishAsync(string ns, string pod, int exitCode) => Player.FinishAsync(ns, pod, exitCode);

    internal override string? Log(string ns, string pod, string line)
    {
        Player.Log(ns, pod, line);
        return line;
    }

    internal override KubeConfig WithToken(string token)
    {
        var authority = Convert.ToBase64String(File.ReadAllBytes(plane!.Environment["K8S_CA"]));
        var text = $$"""
            clusters: [{name: c, cluster: {server: "{{plane.Server}}", certificate-authority-data: {{authority}} } }]
            users: [{name: u, user: {token: "{{token}}" } }]
            contexts: [{name: x, context: {cluster: c, user: u } }]
            current-context: x
            """;
        return KubeConfig.Parse(text).Required;
    }

    /// <summary>A kubeconfig of this server that trusts nobody in particular.</summary>
    internal string WithoutAuthority() =>
        $$"""
            clusters: [{name: c, cluster: {server: "{{plane!.Server}}"} }]
            users: [{name: u, user: {token: x } }]
            contexts: [{name: x, context: {cluster: c, user: u } }]
            current-context: x
            """;
}

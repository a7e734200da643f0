using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>A cluster to test against: how to reach it, and somebody who plays its nodes.</summary>
public abstract class ClusterFixture : IAsyncLifetime
{
    /// <summary>With all rights.</summary>
    public abstract KubeConfig Admin { get; }

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
        Nobody = KubeConfig.Parse(WithToken(plane.Environment["K8S_NOBODY_TOKEN"])).Required;
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

    /// <summary>A kubeconfig of this server for another token.</summary>
    internal string WithToken(string token)
    {
        var authority = Convert.ToBase64String(File.ReadAllBytes(plane!.Environment["K8S_CA"]));
        return $$"""
            clusters: [{name: c, cluster: {server: "{{plane.Server}}", certificate-authority-data: {{authority}} } }]
            users: [{name: u, user: {token: "{{token}}" } }]
            contexts: [{name: x, context: {cluster: c, user: u } }]
            current-context: x
            """;
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

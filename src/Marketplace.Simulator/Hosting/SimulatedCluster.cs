using System.Text;
using Marketplace.Simulator.Hosting;
using Marketplace.Simulator.Nodes;
using Microsoft.Extensions.Logging;

namespace Marketplace.Simulator;

/// <summary>A running simulated cluster: how to reach it, and how to trouble it.</summary>
public sealed class SimulatedCluster : IAsyncDisposable
{
    private SimulatorServer? own;

    internal SimulatedCluster(ClusterHost host, Uri server, string authorityPem)
    {
        Host = host;
        Server = server;
        KubeConfig = $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: {host.Name}
              cluster:
                server: {server}
                certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(authorityPem))}
            users:
            - name: {host.Name}-admin
              user:
                token: {host.Token}
            contexts:
            - name: {host.Name}
              context:
                cluster: {host.Name}
                user: {host.Name}-admin
                namespace: default
            current-context: {host.Name}

            """;
    }

    /// <summary>The cluster's name.</summary>
    public string Name => Host.Name;

    /// <summary>The API server's address, with its path prefix.</summary>
    public Uri Server { get; }

    /// <summary>A kubeconfig of the cluster's administrator. It contains a token: keep it as you keep a password.</summary>
    public string KubeConfig { get; }

    /// <summary>The played nodes: fail and heal machines and devices here.</summary>
    public NodePlayer Nodes => Host.Player;

    /// <summary>Whether the cluster is cut off from its clients.</summary>
    public bool IsPartitioned => Host.Partitioned;

    internal ClusterHost Host { get; }

    /// <summary>Starts one cluster with a listener of its own.</summary>
    /// <param name="options">The cluster.</param>
    /// <param name="dataFolder">Where it is kept; null keeps it in memory.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where trouble is told.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <exception cref="ArgumentException">The options are bad; the message names the keys.</exception>
    public static async Task<SimulatedCluster> StartAsync(
        SimulatedClusterOptions options,
        string? dataFolder = null,
        TimeProvider? time = null,
        ILoggerFactory? loggers = null,
        CancellationToken ct = default
    )
    {
        var server = await SimulatorServer.StartAsync(
            new SimulatorOptions { DataFolder = dataFolder, Clusters = [options] },
            time,
            loggers,
            ct
        );
        var cluster = server.Clusters[0];
        cluster.own = server;
        return cluster;
    }

    /// <summary>Cuts the cluster off: open connections break and new ones get no answer. Inside, everything goes on.</summary>
    public void Partition() => Host.Partitioned = true;

    /// <summary>Ends a partition.</summary>
    public void Heal() => Host.Partitioned = false;

    /// <summary>Forgets the history of changes, so that watches from older versions are told 410 Gone.</summary>
    public void CompactHistory()
    {
        lock (Host.Store.Gate)
        {
            Host.Store.History.Compact(Host.Store.Version);
        }
    }

    /// <summary>Stops the cluster's own listener; does nothing for one of several clusters of a <see cref="SimulatorServer"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (own is { } server)
        {
            own = null;
            await server.DisposeAsync();
        }
    }
}

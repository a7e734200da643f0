using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Access;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Kubernetes.Models;
using Marketplace.Clusters.Reconciling;
using Marketplace.Clusters.Tests.Support;
using Marketplace.Simulator;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Nodes;

namespace Marketplace.Clusters.Tests.Contract;

/// <summary>A simulated cluster in this process, its nodes played by the simulator's own player.</summary>
public sealed class SimulatedClusterFixture : ClusterFixture
{
    private static readonly NodePlayerOptions Quick = new()
    {
        PullDelay = TimeSpan.Zero,
        StartDelay = TimeSpan.Zero,
        StopDelay = TimeSpan.Zero,
        Talkative = false,
        Parallelism = 4,
    };

    private readonly ConcurrentDictionary<string, NodePlayer> players = new(StringComparer.Ordinal);
    private SimulatedCluster? cluster;
    private KubernetesClient? client;

    public SimulatedCluster Cluster => cluster ?? throw new InvalidOperationException("Not started.");

    public override KubeConfig Admin => KubeConfig.Parse(Cluster.KubeConfig).Required;

    private KubernetesClient Client => client ?? throw new InvalidOperationException("Not started.");

    public override async Task InitializeAsync()
    {
        cluster = await SimulatedCluster.StartAsync(
            new SimulatedClusterOptions { Name = "contract", BookmarkInterval = TimeSpan.FromSeconds(1) }
        );
        client = new KubernetesClient(Admin);
        Product = await AccountAsync(AccessManifest.ProductRole);
    }

    internal override KubeConfig WithToken(string token)
    {
        var old = Cluster.KubeConfig.Split("token: ")[1].Split('\n')[0];
        return KubeConfig.Parse(Cluster.KubeConfig.Replace(old, token, StringComparison.Ordinal)).Required;
    }

    public override async Task DisposeAsync()
    {
        foreach (var player in players.Values)
        {
            await player.DisposeAsync();
        }

        Client.Dispose();
        await Cluster.DisposeAsync();
    }

    internal override async Task AddNodeAsync(JsonObject node)
    {
        var name = (string)node["metadata"]!["name"]!;
        var capacity = node["status"]!["capacity"]!.AsObject();
        var machine = new SimulatedNode
        {
            Name = name,
            Architecture = (string)node["metadata"]!["labels"]!["kubernetes.io/arch"]!,
            CpuMilli = Quantity.Parse((string)capacity["cpu"]!).Milli,
            MemoryMib = Quantity.Parse((string)capacity["memory"]!).MibDown,
            Devices = capacity
                .Where(c => c.Key.Contains('/', StringComparison.Ordinal))
                .ToDictionary(c => c.Key, c => long.Parse((string)c.Value!, CultureInfo.InvariantCulture), StringComparer.Ordinal),
            Labels = node["metadata"]!["labels"]!
                .AsObject()
                .Where(l => !l.Key.StartsWith("kubernetes.io/", StringComparison.Ordinal))
                .ToDictionary(l => l.Key, l => (string)l.Value!, StringComparer.Ordinal),
        };
        players[name] = NodePlayer.Against(Admin, new Fleet([machine]), Quick);
        await players[name].StartAsync();
    }

    internal override async Task RemoveNodeAsync(string name)
    {
        if (players.TryRemove(name, out var player))
        {
            await player.DisposeAsync();
        }

        Assert.Null((await Client.DeleteAsync(KubeKinds.Nodes, null, name)).Error);
    }

    internal override async Task FinishAsync(string ns, string pod, int exitCode)
    {
        var end = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject
                {
                    ["simulator.compute/run-seconds"] = "0",
                    ["simulator.compute/exit-code"] = exitCode.ToString(CultureInfo.InvariantCulture),
                },
            },
        };
        Assert.Null((await Client.PatchAsync(KubeKinds.Pods, ns, pod, end)).Error);
    }

    internal override string? Log(string ns, string pod, string line) => null;
}

/// <summary>The suite on the simulated cluster, and what only that can do: forget its history, and fall silent.</summary>
public sealed class SimulatedClusterTests(SimulatedClusterFixture cluster)
    : ClusterContractSuite(cluster),
        IClassFixture<SimulatedClusterFixture>
{
    private readonly SimulatedClusterFixture cluster = cluster;

    [ClusterFact]
    public async Task A_watch_from_a_forgotten_version_is_told_to_list_again()
    {
        using var client = new KubernetesClient(cluster.Admin);
        var map = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = "forgotten", ["namespace"] = "default" },
        };
        Assert.Null((await client.CreateAsync(map)).Error);
        cluster.Cluster.CompactHistory();

        var last = default(WatchEvent<KubePod>);
        await foreach (var one in client.WatchAsync(KubeKinds.Pods, null, "1"))
        {
            last = one;
            break;
        }

        Assert.Equal(WatchKind.Error, last.Kind);
        Assert.True(last.Error!.IsExpired);
    }

    [ClusterFact]
    public async Task A_cluster_that_fell_silent_is_lost_and_found_again_with_its_work_untouched()
    {
        await using var stage = Stage.Set(cluster, "silent");
        await stage.AddNodeAsync();
        var connection = await stage.ConnectAsync(
            new ClusterConnectionOptions
            {
                Heartbeat = TimeSpan.FromMilliseconds(100),
                SuspectAfter = TimeSpan.FromSeconds(1),
                LostAfter = TimeSpan.FromSeconds(2),
                Client = new KubernetesClientOptions { Retries = 0, RequestTimeout = TimeSpan.FromSeconds(1) },
            }
        );
        var bundle = stage.Job(new("V100M32", 1));
        connection.SetDesired(bundle);
        var before = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;

        cluster.Cluster.Partition();
        try
        {
            await Until.Seen(() => connection.State, s => s == ConnectionState.Lost, "Lost");
            await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Unreachable);
        }
        finally
        {
            cluster.Cluster.Heal();
        }

        await Until.Seen(() => connection.State, s => s == ConnectionState.Connected, "Connected again");
        var after = (await Stage.PhaseAsync(connection, bundle.ContractId, BundlePhase.Ready))!;
        Assert.Equal(before.Pods.Select(p => p.Uid), after.Pods.Select(p => p.Uid));
        Assert.Equal(before.StartedAt, after.StartedAt);
    }
}

using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Nodes;

namespace Marketplace.Simulator.Tests;

/// <summary>A cluster with a listener, a few machines and short delays, in a folder of its own.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private RunningCluster(SimulatedCluster cluster, string folder)
    {
        Cluster = cluster;
        Folder = folder;
        KubeConfigFile = Path.Combine(folder, "kubeconfig");
        File.WriteAllText(KubeConfigFile, cluster.KubeConfig);
    }

    public SimulatedCluster Cluster { get; private set; }
    public string Folder { get; }
    public string KubeConfigFile { get; }

    public static SimulatedClusterOptions Options(string name = "test") =>
        new()
        {
            Name = name,
            Machines = Machines(4),
            Player = new NodePlayerOptions
            {
                PullDelay = TimeSpan.FromMilliseconds(10),
                StartDelay = TimeSpan.FromMilliseconds(10),
                StopDelay = TimeSpan.FromMilliseconds(10),
            },
        };

    public static Fleet Machines(int count) =>
        new([
            .. Enumerable
                .Range(1, count)
                .Select(i => new SimulatedNode
                {
                    Name = $"gpu-{i:00}",
                    CpuMilli = 64_000,
                    MemoryMib = 262_144,
                    Rack = "r1",
                    Devices = new Dictionary<string, long>(StringComparer.Ordinal) { ["nvidia.com/gpu"] = 8 },
                    Labels = new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["nvidia.com/gpu.product"] = "NVIDIA-H100-80GB-HBM3",
                    },
                }),
        ]);

    public static async Task<RunningCluster> StartAsync(SimulatedClusterOptions? options = null, bool kept = false)
    {
        var folder = Directory.CreateTempSubdirectory("simulator-").FullName;
        var cluster = await SimulatedCluster.StartAsync(options ?? Options(), kept ? Path.Combine(folder, "data") : null);
        return new RunningCluster(cluster, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

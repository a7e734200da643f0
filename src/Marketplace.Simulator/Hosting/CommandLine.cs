using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Simulator.Http;
using Marketplace.Simulator.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Hosting;

/// <summary>The simulator as a program of its own: <c>--clusters clusters.yaml --host A --port N --data DIR</c>.</summary>
internal static class CommandLine
{
    private const string Usage = """
        usage: Marketplace.Simulator [--clusters FILE] [--host ADDRESS] [--port N] [--data DIR]
               Marketplace.Simulator --play KUBECONFIG --fleet FLEET [--heartbeat SECONDS]
               Marketplace.Simulator --stripe [--port N] [--webhook URL] [--faults SEED:RATE]
          --clusters  a YAML file: clusters: [{name: a, fleet: cloud-nvidia}, …]; without it the demo clusters
          --host      the address to listen on (127.0.0.1)
          --port      the port (0: a free one)
          --data      where objects, tokens and kubeconfigs are kept (nothing is kept without it)
          --play      plays the nodes of a fleet against the API server of this kubeconfig, and serves nothing itself
          --fleet     cloud-nvidia, cloud-chinese, edge-arm, edge-chinese, or openb:path/to/node_list.csv
          --heartbeat how often each played node renews its lease (10); 0 for never
        """;

    /// <summary>What to play, and where.</summary>
    internal sealed record Play(KubeConfig Config, SimulatedClusterOptions Nodes);

    /// <summary>Whether the arguments ask to play against another server.</summary>
    public static bool WantsPlay(string[] args) => args.Contains("--play", StringComparer.Ordinal);

    /// <summary>The problem to print, or null with the play read.</summary>
    public static string? Read(string[] args, out Play? play)
    {
        play = null;
        string? kubeconfig = null;
        var nodes = new SimulatedClusterOptions
        {
            Name = "played",
            Player = new NodePlayerOptions { Parallelism = 32, Talkative = false },
        };
        for (var i = 0; i < args.Length; i += 2)
        {
            switch (args[i], i + 1 < args.Length ? args[i + 1] : null)
            {
                case ("--play", { } file):
                    kubeconfig = file;
                    break;
                case ("--fleet", { } fleet):
                    nodes.Fleet = fleet;
                    break;
                case ("--heartbeat", { } text) when int.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0:
                    nodes.Player = nodes.Player with { Heartbeat = seconds == 0 ? null : TimeSpan.FromSeconds(seconds) };
                    break;
                case var (name, value):
                    return $"unknown option {name} {value}\n{Usage}";
            }
        }
        if (nodes.Problems("--fleet").ToList() is { Count: > 0 } problems)
        {
            return string.Join('\n', problems);
        }
        try
        {
            var config = KubeConfig.Parse(File.ReadAllText(kubeconfig!));
            play = config.IsOk ? new Play(config.Value, nodes) : null;
            return config.Error is { } error ? $"--play {kubeconfig}: {error}" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"--play {kubeconfig}: {e.Message}";
        }
    }

    /// <summary>The problem to print, or null with the options read.</summary>
    public static string? Read(string[] args, out SimulatorOptions options)
    {
        options = new SimulatorOptions();
        string? clusters = null;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 >= args.Length)
            {
                return $"{args[i]} needs a value.\n{Usage}";
            }
            var value = args[i + 1];
            switch (args[i])
            {
                case "--clusters":
                    clusters = value;
                    break;
                case "--host":
                    options.Host = value;
                    break;
                case "--port" when int.TryParse(value, CultureInfo.InvariantCulture, out var port):
                    options.Port = port;
                    break;
                case "--data":
                    options.DataFolder = value;
                    break;
                default:
                    return $"unknown option {args[i]} {value}\n{Usage}";
            }
        }
        if ((clusters is null ? Demo(options) : ReadClusters(clusters, options)) is { } problem)
        {
            return problem;
        }
        return options.Problems() is { Count: > 0 } problems ? string.Join('\n', problems) : null;
    }

    private static string? Demo(SimulatorOptions options)
    {
        foreach (var fleet in new[] { "cloud-nvidia", "cloud-chinese", "edge-arm", "edge-chinese" })
        {
            options.Clusters.Add(new SimulatedClusterOptions { Name = fleet, Fleet = fleet });
        }
        return null;
    }

    private static string? ReadClusters(string path, SimulatorOptions options)
    {
        JsonNode? file;
        try
        {
            file = YamlReader.Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return $"--clusters {path}: {e.Message}";
        }
        foreach (var (entry, i) in file.Items("clusters").Select((c, i) => (c, i)))
        {
            var cluster = new SimulatedClusterOptions();
            foreach (var (key, value) in entry)
            {
                switch (key)
                {
                    case "name":
                        cluster.Name = value?.ToString() ?? "";
                        break;
                    case "fleet":
                        cluster.Fleet = value?.ToString() ?? "";
                        break;
                    case "nodeGraceSeconds" when entry.Whole(key) is { } seconds:
                        cluster.NodeGrace = TimeSpan.FromSeconds(seconds);
                        break;
                    case "pullMilliseconds" when entry.Whole(key) is { } pull:
                        cluster.Player = cluster.Player with { PullDelay = TimeSpan.FromMilliseconds(pull) };
                        break;
                    case "startMilliseconds" when entry.Whole(key) is { } start:
                        cluster.Player = cluster.Player with { StartDelay = TimeSpan.FromMilliseconds(start) };
                        break;
                    default:
                        return $"{path}: clusters[{i}].{key}: unknown key or bad value; use name, fleet, nodeGraceSeconds, pullMilliseconds, startMilliseconds";
                }
            }
            options.Clusters.Add(cluster);
        }
        return null;
    }
}

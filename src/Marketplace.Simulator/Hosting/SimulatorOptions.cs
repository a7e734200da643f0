using System.Globalization;
using System.Text.RegularExpressions;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Nodes;

namespace Marketplace.Simulator;

/// <summary>The simulated clusters of one process; bound from the configuration section <c>Simulator</c>.</summary>
public sealed class SimulatorOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Simulator";

    /// <summary>The address to listen on; loopback unless somebody else must reach the clusters.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one, and the same one again after a restart when there is a data folder.</summary>
    public int Port { get; set; }

    /// <summary>Where the clusters' objects, tokens and kubeconfigs are kept. Null keeps everything in memory only.</summary>
    public string? DataFolder { get; set; }

    /// <summary>The clusters; at least one.</summary>
    public IList<SimulatedClusterOptions> Clusters { get; init; } = [];

    /// <summary>Everything wrong with the options, each line naming its key; empty when they are good.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Port is < 0 or > 65535)
        {
            problems.Add($"{Section}:{nameof(Port)} is {Port}: use 0 for a free port, or 1 to 65535.");
        }
        if (!System.Net.IPAddress.TryParse(Host, out _))
        {
            problems.Add($"{Section}:{nameof(Host)} is '{Host}': use an IP address such as 127.0.0.1.");
        }
        if (Clusters.Count == 0)
        {
            problems.Add($"{Section}:{nameof(Clusters)} is empty: name at least one cluster.");
        }
        for (var i = 0; i < Clusters.Count; i++)
        {
            problems.AddRange(Clusters[i].Problems($"{Section}:{nameof(Clusters)}:{i.ToString(CultureInfo.InvariantCulture)}"));
        }
        foreach (var twice in Clusters.GroupBy(c => c.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add($"{Section}:{nameof(Clusters)} names '{twice.Key}' twice: give each cluster its own name.");
        }
        return problems;
    }

    internal void ThrowIfBad()
    {
        if (Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems));
        }
    }
}

/// <summary>One simulated cluster.</summary>
public sealed partial class SimulatedClusterOptions
{
    /// <summary>The cluster's name: lowercase letters, digits and dashes; part of its URL.</summary>
    public string Name { get; set; } = "";

    /// <summary>A demo fleet by name: <c>cloud-nvidia</c>, <c>cloud-chinese</c>, <c>edge-arm</c>, <c>edge-chinese</c>, <c>empty</c>; or <c>openb:path/to/node_list.csv</c>.</summary>
    public string Fleet { get; set; } = "empty";

    /// <summary>The machines themselves; wins over <see cref="Fleet"/>.</summary>
    public Fleet? Machines { get; set; }

    /// <summary>How the nodes behave.</summary>
    public NodePlayerOptions Player { get; set; } = new();

    /// <summary>How long a node may be silent before the cluster calls it unknown.</summary>
    public TimeSpan NodeGrace { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>How often a watch gets a bookmark.</summary>
    public TimeSpan BookmarkInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Commits kept for watches that start in the past; older versions answer 410.</summary>
    public int HistoryLimit { get; set; } = 8192;

    internal IEnumerable<string> Problems(string key)
    {
        if (!NamePattern().IsMatch(Name))
        {
            yield return $"{key}:{nameof(Name)} is '{Name}': use 1 to 63 lowercase letters, digits and dashes.";
        }
        if (Machines is null && !Fleet.StartsWith("openb:", StringComparison.Ordinal) && DemoFleets.Named(Fleet) is null)
        {
            yield return $"{key}:{nameof(Fleet)} is '{Fleet}': use cloud-nvidia, cloud-chinese, edge-arm, edge-chinese, empty, or openb:<csv file>.";
        }
        if (Machines is null && Fleet.StartsWith("openb:", StringComparison.Ordinal) && !File.Exists(Fleet["openb:".Length..]))
        {
            yield return $"{key}:{nameof(Fleet)} names the file '{Fleet["openb:".Length..]}', which does not exist.";
        }
        if (NodeGrace <= TimeSpan.Zero)
        {
            yield return $"{key}:{nameof(NodeGrace)} is {NodeGrace}: use a positive time.";
        }
        if (BookmarkInterval <= TimeSpan.Zero)
        {
            yield return $"{key}:{nameof(BookmarkInterval)} is {BookmarkInterval}: use a positive time.";
        }
        if (HistoryLimit < 1)
        {
            yield return $"{key}:{nameof(HistoryLimit)} is {HistoryLimit}: use at least 1.";
        }
        if (Player.Parallelism < 1)
        {
            yield return $"{key}:{nameof(Player)}:{nameof(Player.Parallelism)} is {Player.Parallelism}: use at least 1.";
        }
    }

    internal Fleet Resolve() =>
        Machines
        ?? DemoFleets.Named(Fleet)
        ?? (
            Fleet.StartsWith("openb:", StringComparison.Ordinal)
                ? Fleets.Fleet.OpenB(Fleet["openb:".Length..])
                : throw new ArgumentException($"unknown fleet '{Fleet}'")
        );

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}

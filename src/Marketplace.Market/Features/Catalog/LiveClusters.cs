using System.Collections.Concurrent;
using System.Collections.Immutable;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Features.Catalog;

/// <summary>A cluster's nodes less what active claims take, and what that leaves of each model.</summary>
internal sealed class LiveCluster
{
    private readonly Dictionary<string, (long FreeMilli, long HealthyMilli)> byModel = new(StringComparer.Ordinal);

    public LiveCluster(Cluster cluster, IReadOnlyList<Node> nodes)
    {
        (Cluster, Nodes) = (cluster, nodes);
        long freeCpu = 0;
        long cpu = 0;
        foreach (Node node in nodes)
        {
            freeCpu += node.Schedulable ? node.FreeCpuMilli : 0;
            cpu += node.CpuMilli;
            foreach (Device device in node.Devices)
            {
                if (!device.Healthy)
                    continue;
                var (free, healthy) = byModel.GetValueOrDefault(device.Model);
                byModel[device.Model] = (free + (node.Schedulable ? device.FreeComputeMilli : 0), healthy + Listing.MilliPerCard);
            }
        }
        byModel[""] = (freeCpu, cpu);
    }

    public Cluster Cluster { get; }
    public IReadOnlyList<Node> Nodes { get; }

    /// <param name="committedMilli">Sold and held over all listings of the model here, with or without named devices.</param>
    public long SellableMilli(string? model, long committedMilli)
    {
        var (free, healthy) = byModel.GetValueOrDefault(model ?? "");
        return Math.Max(0, Math.Min(free, healthy - committedMilli));
    }
}

/// <summary>
/// Live clusters by supply version and claims. Rebuilding touches only nodes whose claims changed, so that a cluster of a thousand nodes
/// follows every hold cheaply.
/// </summary>
internal sealed class LiveClusters
{
    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <param name="shared">Models of this cluster that may be sold in fractions.</param>
    public LiveCluster Get(ClusterSupply supply, ImmutableDictionary<string, NodeUse>? uses, IReadOnlyCollection<string> shared)
    {
        uses ??= ImmutableDictionary<string, NodeUse>.Empty;
        string sharedKey = string.Join('\n', shared.Order(StringComparer.Ordinal));
        Entry? known = entries.GetValueOrDefault(supply.Cluster.Id);
        if (known is not null && known.Fits(supply, sharedKey) && ReferenceEquals(known.Uses, uses))
            return known.Live;
        Entry next = Build(supply, uses, shared, sharedKey, known is not null && known.Fits(supply, sharedKey) ? known : null);
        entries[supply.Cluster.Id] = next;
        return next.Live;
    }

    /// <summary>The same without remembering it, for a question about a world that is not.</summary>
    public static LiveCluster Imagine(
        ClusterSupply supply,
        ImmutableDictionary<string, NodeUse> uses,
        IReadOnlyCollection<string> shared
    ) => Build(supply, uses, shared, "", null).Live;

    private static Entry Build(
        ClusterSupply supply,
        ImmutableDictionary<string, NodeUse> uses,
        IReadOnlyCollection<string> shared,
        string sharedKey,
        Entry? before
    )
    {
        var nodes = new Node[supply.Nodes.Count];
        for (int i = 0; i < nodes.Length; i++)
        {
            Node node = supply.Nodes[i];
            NodeUse? use = uses.GetValueOrDefault(node.Id);
            nodes[i] =
                before is not null && ReferenceEquals(before.Uses.GetValueOrDefault(node.Id), use)
                    ? before.Live.Nodes[i]
                    : Less(node, use ?? NodeUse.None, shared);
        }
        return new Entry(supply.Version, sharedKey, uses, new LiveCluster(supply.Cluster, nodes));
    }

    private static Node Less(Node node, NodeUse use, IReadOnlyCollection<string> shared)
    {
        bool devicesStay = node.Devices.All(d => !use.Devices.ContainsKey(d.Id) && (d.Sharing is WholeOnly || shared.Contains(d.Model)));
        return node with
        {
            FreeCpuMilli = (int)Math.Max(0, node.FreeCpuMilli - use.Host.ComputeMilli),
            FreeMemoryMib = (int)Math.Max(0, node.FreeMemoryMib - use.Host.MemoryMib),
            Devices = devicesStay ? node.Devices : [.. node.Devices.Select(d => Less(d, use.Devices.GetValueOrDefault(d.Id), shared))],
        };
    }

    private static Device Less(Device device, Use use, IReadOnlyCollection<string> shared) =>
        device with
        {
            FreeComputeMilli = (int)Math.Max(0, device.FreeComputeMilli - use.ComputeMilli),
            FreeMemoryMib = (int)Math.Max(0, device.FreeMemoryMib - use.MemoryMib),
            Sharing = shared.Contains(device.Model) ? device.Sharing : new WholeOnly(),
        };

    private sealed record Entry(long Version, string SharedKey, ImmutableDictionary<string, NodeUse> Uses, LiveCluster Live)
    {
        public bool Fits(ClusterSupply supply, string sharedKey) =>
            Version == supply.Version && SharedKey == sharedKey && Live.Nodes.Count == supply.Nodes.Count;
    }
}

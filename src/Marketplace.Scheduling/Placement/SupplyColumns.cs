using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// The snapshot as struct-of-arrays columns with interned names: what the filters scan and the placement reads. Built once
/// per snapshot; never changes.
/// </summary>
internal sealed class SupplyColumns
{
    private readonly ClusterPacking?[] packings;

    public SupplyColumns(
        IReadOnlyList<Site> sites,
        IReadOnlyList<Cluster> clusters,
        IReadOnlyList<Node> nodes,
        IReadOnlyList<Offer> offers,
        IReadOnlyList<RegionLatency> latencies,
        IReadOnlyList<EgressPrice> egress,
        SnapshotPolicy policy
    )
    {
        Policy = policy;
        Sites = [.. sites];
        Clusters = [.. clusters];
        ListedOffers = [.. offers];
        var siteOf = Positions(Sites, site => site.Id);
        ClusterOf = Positions(Clusters, cluster => cluster.Id);
        ClusterSite = [.. Clusters.Select(cluster => siteOf[cluster.SiteId])];
        (Places, SitePlace) = InternPlaces(Sites);
        Nodes = [.. nodes.OrderBy(node => ClusterOf[node.ClusterId])];
        NodeStart = new int[Clusters.Count + 1];
        foreach (var node in Nodes)
        {
            NodeStart[ClusterOf[node.ClusterId] + 1]++;
        }

        for (var c = 0; c < Clusters.Count; c++)
        {
            NodeStart[c + 1] += NodeStart[c];
        }

        DeviceStart = new int[Nodes.Count + 1];
        for (var n = 0; n < Nodes.Count; n++)
        {
            DeviceStart[n + 1] = DeviceStart[n] + Nodes[n].Devices.Count;
        }

        NodeClass = new int[Nodes.Count];
        NodeCluster = new int[Nodes.Count];
        NodeRack = new int[Nodes.Count];
        NodeIsland = new int[Nodes.Count];
        NodeCpu = new int[Nodes.Count];
        NodeMemory = new int[Nodes.Count];
        NodeFreeCpu = new int[Nodes.Count];
        NodeFreeMemory = new int[Nodes.Count];
        NodeFreePods = new int[Nodes.Count];
        NodeMixed = new bool[Nodes.Count];
        DeviceClass = new int[DeviceStart[^1]];
        DeviceFreeCompute = new int[DeviceStart[^1]];
        DeviceFreeMemory = new int[DeviceStart[^1]];
        DeviceIsland = new int[DeviceStart[^1]];
        DeviceHealthy = new bool[DeviceStart[^1]];
        ClusterDeviceClasses = new int[Clusters.Count][];
        FillNodes();
        ClassesOfModel = Enumerable
            .Range(0, DeviceClasses.Count)
            .GroupBy(kind => DeviceClasses[kind].Model, StringComparer.Ordinal)
            .ToDictionary(kinds => kinds.Key, kinds => kinds.ToArray(), StringComparer.Ordinal);
        ClusterDeviceSet = InternSets(ClusterDeviceClasses);
        Index = new OfferIndex(this, ListedOffers, latencies);
        packings = new ClusterPacking?[Clusters.Count];
        Network = new Network(Sites, latencies, egress);
        Current = new StatePool(this, asIfEmpty: false);
        Empty = new StatePool(this, asIfEmpty: true);
    }

    public SnapshotPolicy Policy { get; }
    public IReadOnlyList<Site> Sites { get; }
    public IReadOnlyList<Cluster> Clusters { get; }
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The offers as they were added.</summary>
    public IReadOnlyList<Offer> ListedOffers { get; }

    /// <summary>The offers in the order of the index.</summary>
    public IReadOnlyList<Offer> Offers => Index.Offers;
    public OfferIndex Index { get; }

    /// <summary>Distances and prices between sites.</summary>
    public Network Network { get; }

    /// <summary>Working states equal to the snapshot.</summary>
    public StatePool Current { get; }

    /// <summary>Working states as if nothing ran anywhere: what can never fit does not fit here either.</summary>
    public StatePool Empty { get; }
    public Dictionary<string, int> ClusterOf { get; }
    public int[] ClusterSite { get; }

    /// <summary>First node of each cluster, and the end.</summary>
    public int[] NodeStart { get; }

    /// <summary>Distinct device classes present in each cluster, ascending.</summary>
    public int[][] ClusterDeviceClasses { get; }

    /// <summary>Which clusters have the same classes, by an interned number.</summary>
    public int[] ClusterDeviceSet { get; }

    /// <summary>The different regions and countries of sites.</summary>
    public IReadOnlyList<(string Region, string Country)> Places { get; }
    public int[] SitePlace { get; }

    public List<NodeShape> NodeClasses { get; } = [];
    public int[] NodeClass { get; }
    public int[] NodeCluster { get; }
    public int[] NodeRack { get; }
    public int[] NodeIsland { get; }
    public int DomainCount { get; private set; }
    public int[] NodeCpu { get; }
    public int[] NodeMemory { get; }
    public int[] NodeFreeCpu { get; }
    public int[] NodeFreeMemory { get; }

    /// <summary>Pods a node still takes; <see cref="InputBounds.MaxQuantity"/> where they are not bounded.</summary>
    public int[] NodeFreePods { get; }

    /// <summary>True where a node carries devices of more than one model.</summary>
    public bool[] NodeMixed { get; }

    /// <summary>First device of each node, and the end.</summary>
    public int[] DeviceStart { get; }
    public List<DeviceShape> DeviceClasses { get; } = [];
    public int[] DeviceClass { get; }

    /// <summary>The device classes of each model.</summary>
    public Dictionary<string, int[]> ClassesOfModel { get; }
    public int[] DeviceFreeCompute { get; }
    public int[] DeviceFreeMemory { get; }
    public int[] DeviceIsland { get; }
    public bool[] DeviceHealthy { get; }

    /// <summary>The domain of a node on a level, comparable only within that level.</summary>
    public int DomainOf(int node, TopologyLevel level) =>
        level switch
        {
            TopologyLevel.Node => node,
            TopologyLevel.LinkIsland => NodeIsland[node],
            TopologyLevel.Rack => NodeRack[node],
            TopologyLevel.Cluster => NodeCluster[node],
            _ => 0,
        };

    /// <summary>How the policy of the snapshot sees a cluster; worked out when first asked, by whoever asks.</summary>
    public ClusterPacking PackingOf(int cluster) => Volatile.Read(ref packings[cluster]) ?? Learn(cluster);

    /// <summary>Devices of a cluster, free or not.</summary>
    public int CardsOf(int cluster) => DeviceStart[NodeStart[cluster + 1]] - DeviceStart[NodeStart[cluster]];

    private ClusterPacking Learn(int cluster)
    {
        // Two threads may learn the same at once; whichever is kept, they are alike.
        var learned = new ClusterPacking(this, cluster, Policy);
        return Interlocked.CompareExchange(ref packings[cluster], learned, null) ?? learned;
    }

    private void FillNodes()
    {
        var nodeClasses = new Dictionary<NodeShape, int>();
        var deviceClasses = new Dictionary<DeviceShape, int>();
        var racks = new Dictionary<(int Cluster, string Name), int>();
        var islands = new Dictionary<(int Cluster, string Name), int>();
        for (var c = 0; c < Clusters.Count; c++)
        {
            var present = new SortedSet<int>();
            for (var n = NodeStart[c]; n < NodeStart[c + 1]; n++)
            {
                FillNode(n, nodeClasses, deviceClasses, present);
                NodeCluster[n] = c;
                // An unnamed domain is the node's own: numbers from both dictionaries and the fallback never collide.
                NodeRack[n] = Nodes[n].Rack is { } rack ? Intern(racks, (c, rack), Nodes.Count + racks.Count) : n;
                NodeIsland[n] = Nodes[n].LinkIsland is { } island ? Intern(islands, (c, island), Nodes.Count + islands.Count) : n;
            }

            ClusterDeviceClasses[c] = [.. present];
        }

        DomainCount = Nodes.Count + Math.Max(racks.Count, islands.Count);
    }

    private void FillNode(int n, Dictionary<NodeShape, int> nodeClasses, Dictionary<DeviceShape, int> deviceClasses, SortedSet<int> present)
    {
        var node = Nodes[n];
        var shape = new NodeShape(node.Architecture, node.Schedulable, node.Taints);
        NodeClass[n] = Intern(nodeClasses, shape, nodeClasses.Count);
        if (NodeClass[n] == NodeClasses.Count)
        {
            NodeClasses.Add(shape);
        }

        NodeCpu[n] = node.CpuMilli;
        NodeMemory[n] = node.MemoryMib;
        NodeFreeCpu[n] = node.FreeCpuMilli;
        NodeFreeMemory[n] = node.FreeMemoryMib;
        NodeFreePods[n] = node.FreePods ?? InputBounds.MaxQuantity;
        for (var d = 0; d < node.Devices.Count; d++)
        {
            var device = node.Devices[d];
            var at = DeviceStart[n] + d;
            if (d > 0 && IsAnother(node.Devices[d - 1], device))
            {
                DeviceClass[at] = DeviceClass[at - 1];
            }
            else
            {
                var kind = new DeviceShape(device.Vendor, device.Model, device.Stack, device.MemoryMib, device.Sharing);
                DeviceClass[at] = Intern(deviceClasses, kind, deviceClasses.Count);
                if (DeviceClass[at] == DeviceClasses.Count)
                {
                    DeviceClasses.Add(kind);
                }

                present.Add(DeviceClass[at]);
            }

            DeviceFreeCompute[at] = device.FreeComputeMilli;
            DeviceFreeMemory[at] = device.FreeMemoryMib;
            DeviceIsland[at] = device.LinkIsland;
            DeviceHealthy[at] = device.Healthy;
            NodeMixed[n] |= DeviceClasses[DeviceClass[at]].Model != DeviceClasses[DeviceClass[DeviceStart[n]]].Model;
        }
    }

    /// <summary>Whether a device is of the same class as its neighbour: nearly always, and cheaper to see than to look up.</summary>
    private static bool IsAnother(Device neighbour, Device device) =>
        neighbour.Model == device.Model
        && neighbour.MemoryMib == device.MemoryMib
        && neighbour.Vendor == device.Vendor
        && neighbour.Stack == device.Stack
        && neighbour.Sharing.Equals(device.Sharing);

    private static int Intern<T>(Dictionary<T, int> known, T key, int next)
        where T : notnull
    {
        if (known.TryGetValue(key, out var id))
        {
            return id;
        }

        known.Add(key, next);
        return next;
    }

    private static (IReadOnlyList<(string Region, string Country)> Places, int[] OfSite) InternPlaces(IReadOnlyList<Site> sites)
    {
        var known = new Dictionary<(string Region, string Country), int>();
        int[] ofSite = [.. sites.Select(site => Intern(known, (site.Region, site.Country), known.Count))];
        return ([.. known.Keys], ofSite);
    }

    private static int[] InternSets(int[][] sets)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. sets.Select(set => Intern(known, string.Join(',', set), known.Count))];
    }

    private static Dictionary<string, int> Positions<T>(IReadOnlyList<T> items, Func<T, string> id)
    {
        var positions = new Dictionary<string, int>(items.Count, StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            positions.Add(id(items[i]), i);
        }

        return positions;
    }
}

/// <summary>What distinguishes devices for eligibility and sharing.</summary>
internal sealed record DeviceShape(string Vendor, string Model, string Stack, int MemoryMib, DeviceSharing Sharing);

/// <summary>What distinguishes nodes for the node rules, apart from labels (which are often unique per node).</summary>
internal sealed record NodeShape(CpuArchitecture Architecture, bool Schedulable, IReadOnlyList<Taint> Taints)
{
    public bool Equals(NodeShape? other) =>
        other is not null && Architecture == other.Architecture && Schedulable == other.Schedulable && Taints.SequenceEqual(other.Taints);

    public override int GetHashCode() =>
        Taints.Aggregate(HashCode.Combine(Architecture, Schedulable), (hash, taint) => HashCode.Combine(hash, taint));
}

using Marketplace.Scheduling.Packing;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Model;

/// <summary>
/// Supply at one moment: sites, clusters, nodes and offers. Immutable and safe to share between threads. Make one with
/// <see cref="SupplySnapshotBuilder"/>.
/// </summary>
public sealed class SupplySnapshot
{
    internal SupplySnapshot(SupplyColumns columns) => Columns = columns;

    public IReadOnlyList<Site> Sites => Columns.Sites;

    public IReadOnlyList<Cluster> Clusters => Columns.Clusters;

    /// <summary>Nodes, grouped by cluster; inside a cluster in the order they were added.</summary>
    public IReadOnlyList<Node> Nodes => Columns.Nodes;

    public IReadOnlyList<Offer> Offers => Columns.ListedOffers;

    /// <summary>How nodes are chosen inside a cluster: one of <see cref="PackingPolicies.OfSnapshots"/>.</summary>
    public string NodePolicy => Columns.Policy.Name;

    /// <summary>The mix of requests that it reckons with.</summary>
    public Demand Demand => Columns.Policy.Demand;

    internal SupplyColumns Columns { get; }
}

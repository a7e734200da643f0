using Marketplace.Scheduling.Packing;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Model;

/// <summary>Collects supply, checks it as a whole, and builds an immutable <see cref="SupplySnapshot"/>.</summary>
public sealed class SupplySnapshotBuilder
{
    private readonly List<Site> sites = [];
    private readonly List<Cluster> clusters = [];
    private readonly List<Node> nodes = [];
    private readonly List<Offer> offers = [];
    private readonly List<RegionLatency> latencies = [];
    private SnapshotPolicy policy = new(PackingPolicies.Default, Demand.Typical);
    private readonly List<EgressPrice> egress = [];

    public SupplySnapshotBuilder Add(Site site)
    {
        sites.Add(site);
        return this;
    }

    public SupplySnapshotBuilder Add(Cluster cluster)
    {
        clusters.Add(cluster);
        return this;
    }

    public SupplySnapshotBuilder Add(Node node)
    {
        nodes.Add(node);
        return this;
    }

    public SupplySnapshotBuilder Add(Offer offer)
    {
        offers.Add(offer);
        return this;
    }

    public SupplySnapshotBuilder Add(RegionLatency latency)
    {
        latencies.Add(latency);
        return this;
    }

    public SupplySnapshotBuilder Add(EgressPrice price)
    {
        egress.Add(price);
        return this;
    }

    public SupplySnapshotBuilder AddRange(IEnumerable<Node> more)
    {
        nodes.AddRange(more);
        return this;
    }

    public SupplySnapshotBuilder AddRange(IEnumerable<Offer> more)
    {
        offers.AddRange(more);
        return this;
    }

    /// <summary>
    /// Chooses the nodes inside a cluster by this policy, for the mix of requests that is expected. Without it: by the default policy, for
    /// <see cref="Demand.Typical"/>.
    /// </summary>
    /// <param name="policyName">One of <see cref="PackingPolicies.OfSnapshots"/>.</param>
    /// <exception cref="ArgumentException">There is no such policy.</exception>
    public SupplySnapshotBuilder PlaceBy(string policyName, Demand demand)
    {
        ArgumentNullException.ThrowIfNull(demand);
        PackingPolicies.CheckOfSnapshots(policyName);
        policy = new SnapshotPolicy(policyName, demand);
        return this;
    }

    /// <summary>
    /// For nodes that come without sites: adds the one cluster they all name, at an unnamed site. Returns its id.
    /// </summary>
    internal string AddOwnCluster()
    {
        var clusterId = nodes.Count == 0 ? "cluster" : nodes[0].ClusterId;
        Add(new Site(clusterId, clusterId, "", "", SiteTier.Cloud, ""));
        Add(new Cluster(clusterId, clusterId));
        return clusterId;
    }

    /// <summary>Every problem of the supply collected so far; empty when it can be built. At most 100 are reported.</summary>
    public IReadOnlyList<InputProblem> Check() => SupplyValidation.Check(sites, clusters, nodes, offers, latencies, egress);

    /// <summary>Builds the snapshot.</summary>
    /// <exception cref="InvalidSupplyException">The supply has problems; the exception lists them.</exception>
    public SupplySnapshot Build()
    {
        var problems = Check();
        return problems.Count == 0
            ? new SupplySnapshot(new SupplyColumns(sites, clusters, nodes, offers, latencies, egress, policy))
            : throw new InvalidSupplyException(problems);
    }

    /// <summary>Builds the snapshot, or says what is wrong.</summary>
    public bool TryBuild(out SupplySnapshot? snapshot, out IReadOnlyList<InputProblem> problems)
    {
        problems = Check();
        snapshot =
            problems.Count == 0 ? new SupplySnapshot(new SupplyColumns(sites, clusters, nodes, offers, latencies, egress, policy)) : null;
        return snapshot is not null;
    }
}

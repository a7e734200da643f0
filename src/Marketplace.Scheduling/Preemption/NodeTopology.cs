using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Preemption;

/// <summary>Where a node stands. Names of racks and link islands count inside their cluster; an unknown one is the node's own.</summary>
public sealed record NodePlace(string Cluster, string? Rack = null, string? LinkIsland = null);

/// <summary>The domains of nodes on every level. A domain is called by its first node.</summary>
internal static class NodeTopology
{
    /// <summary>By node: its domain on a level.</summary>
    /// <param name="places">By node; empty when all of them are of one cluster and nothing more is known.</param>
    public static int[] DomainsOn(TopologyLevel level, int nodes, IReadOnlyList<NodePlace> places)
    {
        var domains = new int[nodes];
        var known = new Dictionary<(string Cluster, string Name), int>();
        for (var node = 0; node < nodes; node++)
        {
            var place = places.Count == 0 ? new NodePlace("") : places[node];
            var name = level switch
            {
                TopologyLevel.Cluster => "",
                TopologyLevel.Rack => place.Rack,
                TopologyLevel.LinkIsland => place.LinkIsland,
                _ => null,
            };
            domains[node] =
                level == TopologyLevel.Anywhere ? 0
                : name is null ? node
                : known.TryAdd((place.Cluster, name), node) ? node
                : known[(place.Cluster, name)];
        }

        return domains;
    }
}

using Marketplace.Market.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>
/// The machines of a cluster as its inventory last saw them. A cordoned node is no fault: what runs there goes on running. A node that is not ready
/// becomes one after a while.
/// </summary>
internal sealed class Fleet(ClusterInventoryView inventory, DateTimeOffset now, TimeSpan patience)
{
    private readonly Dictionary<string, FleetNode> nodes = inventory.Fleet.ToDictionary(n => n.Id, StringComparer.Ordinal);

    /// <summary>What is wrong with a place, or null.</summary>
    public string? FaultOf(CapacityPlace place) =>
        !nodes.TryGetValue(place.NodeId, out FleetNode? node) ? FaultCodes.NodeGone
        : !node.Ready && DueAt(node) is null ? FaultCodes.NodeNotReady
        : place.DeviceId is null ? null
        : node.Devices.FirstOrDefault(d => d.Id == place.DeviceId) is not { } device ? FaultCodes.CardGone
        : device.Healthy ? null
        : FaultCodes.CardUnhealthy;

    /// <summary>What is wrong with the place of a replica, or null.</summary>
    public string? FaultOf(Piece piece) =>
        piece.Grants.Select(g => FaultOf(new CapacityPlace(g.NodeId, g.DeviceId))).FirstOrDefault(f => f is not null);

    /// <summary>When this place will be lost unless its node comes back; null for a place that is lost already, and for one that is not in doubt.</summary>
    public DateTimeOffset? DoubtEndsAt(CapacityPlace place) =>
        nodes.GetValueOrDefault(place.NodeId) is { Ready: false } node ? DueAt(node) : null;

    private DateTimeOffset? DueAt(FleetNode node) => node.NotReadySince + patience is { } due && due > now ? due : null;

    /// <summary>A node's name inside its cluster, for people.</summary>
    public static string NameOf(string nodeId) => nodeId[(nodeId.IndexOf('/', StringComparison.Ordinal) + 1)..];
}

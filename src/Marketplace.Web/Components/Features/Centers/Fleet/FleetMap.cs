using Marketplace.Market.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Shared.Capacity;

namespace Marketplace.Web.Components.Features.Centers.Fleet;

/// <summary>One card and what it does.</summary>
/// <param name="Until">When a hold on it runs out.</param>
/// <param name="ContractId">The contract that runs on it or has bought it.</param>
public sealed record FleetCard(FleetDevice Device, CellState State, string? ContractId, DateTimeOffset? Until);

/// <summary>One node with its cards.</summary>
public sealed record FleetBox(ClusterView Cluster, FleetNode Node, IReadOnlyList<FleetCard> Cards)
{
    /// <summary>Unique over clusters: a node's id begins with its cluster's.</summary>
    public string Key => Node.Id;

    public string? Model => Cards.Count == 0 ? null : Cards[0].Device.Model;

    public DeviceNode Cell => new(Node.Name, [.. Cards.Select(c => c.State)], !Node.Ready);
}

/// <summary>All nodes of one model, by rack; nodes without a rack come last.</summary>
public sealed record FleetPool(string Model, int MemoryMib, IReadOnlyList<IGrouping<string?, FleetBox>> Racks)
{
    public int Nodes => Racks.Sum(r => r.Count());

    public int Cards => Racks.Sum(r => r.Sum(b => b.Cards.Count));
}

/// <summary>What the map shows of all cards; empty values do not narrow.</summary>
public sealed record FleetFilter(string? ClusterId, string? Model, string? Rack, CellState? State, string? Text);

/// <summary>Inventory and claims laid over each other; pure.</summary>
public static class FleetMap
{
    /// <param name="claims">The cluster's active claims: holds of quotes and sales to contracts.</param>
    public static IReadOnlyList<FleetBox> Of(ClusterView cluster, ClusterInventoryView inventory, IReadOnlyList<ClaimView> claims)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        ArgumentNullException.ThrowIfNull(claims);
        var byDevice = claims
            .SelectMany(claim => claim.Grants.Select(grant => (claim, grant)))
            .Where(c => c.grant.DeviceId is not null)
            .ToLookup(c => (c.grant.NodeId, c.grant.DeviceId!), c => c.claim);
        return
        [
            .. inventory
                .Fleet.OrderBy(n => n.Rack is null)
                .ThenBy(n => n.Rack, StringComparer.Ordinal)
                .ThenBy(n => n.Name, StringComparer.Ordinal)
                .Select(node => new FleetBox(cluster, node, [.. node.Devices.Select(d => CardOf(d, [.. byDevice[(node.Id, d.Id)]]))])),
        ];
    }

    /// <summary>A broken card is broken whoever has it; a sale outranks a hold, and both outrank the center's own use.</summary>
    private static FleetCard CardOf(FleetDevice device, IReadOnlyList<ClaimView> claims)
    {
        ClaimView? sold = claims.FirstOrDefault(c => c.State == ClaimState.Sold);
        ClaimView? held = claims.FirstOrDefault(c => c.State == ClaimState.Held);
        string? contract = device.ContractId ?? sold?.Reference;
        CellState state =
            !device.Healthy ? CellState.Faulty
            : contract is not null ? CellState.Sold
            : held is not null ? CellState.Held
            : device.ForeignUse ? CellState.Own
            : CellState.Free;
        return new FleetCard(device, state, contract, state == CellState.Held ? held!.ExpiresAt : null);
    }

    public static IReadOnlyList<FleetBox> Narrow(IEnumerable<FleetBox> boxes, FleetFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return
        [
            .. boxes.Where(b =>
                (filter.ClusterId is null || b.Cluster.Id == filter.ClusterId)
                && (filter.Model is null || b.Cards.Any(c => c.Device.Model == filter.Model))
                && (filter.Rack is null || b.Node.Rack == filter.Rack)
                && (filter.State is null || b.Cards.Any(c => c.State == filter.State))
                && (filter.Text is null || b.Node.Name.Contains(filter.Text, StringComparison.OrdinalIgnoreCase))
            ),
        ];
    }

    /// <summary>Nodes with cards, by model: the largest pool first.</summary>
    public static IReadOnlyList<FleetPool> Pools(IEnumerable<FleetBox> boxes) =>
        [
            .. boxes
                .Where(b => b.Model is not null)
                .GroupBy(b => b.Model!, StringComparer.Ordinal)
                .Select(g => new FleetPool(
                    g.Key,
                    g.Min(b => b.Cards[0].Device.MemoryMib),
                    // Racks and nodes of two clusters may have the same names.
                    [
                        .. g.GroupBy(b => b.Cluster.Id, StringComparer.Ordinal)
                            .SelectMany(c => c.GroupBy(b => b.Node.Rack, StringComparer.Ordinal)),
                    ]
                ))
                .OrderByDescending(p => p.Cards)
                .ThenBy(p => p.Model, StringComparer.Ordinal),
        ];

    public static IReadOnlyDictionary<CellState, long> Count(IEnumerable<FleetBox> boxes)
    {
        var cards = boxes.SelectMany(b => b.Cards).ToLookup(c => c.State);
        return CellStates.Shown.ToDictionary(state => state, state => (long)cards[state].Count());
    }
}

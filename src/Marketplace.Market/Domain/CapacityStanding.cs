using Marketplace.Market.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Domain;

/// <summary>What claims can take from: a device of a node, or (with an empty device) the node's processors and memory.</summary>
internal readonly record struct UseKey(string NodeId, string DeviceId)
{
    /// <summary>Distinct keys of the requests, each with a listing that names its cluster.</summary>
    public static IReadOnlyList<(UseKey Key, string ListingId)> Of(IReadOnlyList<CapacityRequest> requests)
    {
        var keys = new Dictionary<UseKey, string>();
        foreach (CapacityRequest request in requests)
        {
            foreach (CapacityGrant grant in request.Grants)
            {
                keys.TryAdd(new UseKey(grant.NodeId, ""), request.ListingId);
                if (grant.DeviceId is { } device)
                    keys.TryAdd(new UseKey(grant.NodeId, device), request.ListingId);
            }
        }
        return [.. keys.Select(k => (k.Key, k.Value))];
    }

    /// <summary>What the requests take of each key.</summary>
    public static Dictionary<UseKey, Use> Sum(IReadOnlyList<CapacityRequest> requests)
    {
        var sums = new Dictionary<UseKey, Use>();
        foreach (CapacityGrant grant in requests.SelectMany(r => r.Grants))
        {
            Plus(new UseKey(grant.NodeId, ""), new Use(grant.CpuMilli, grant.HostMemoryMib));
            if (grant.DeviceId is { } device)
                Plus(new UseKey(grant.NodeId, device), new Use(grant.ComputeMilli, grant.MemoryMib));
        }
        return sums;

        void Plus(UseKey key, Use use) => sums[key] = sums.GetValueOrDefault(key) + use;
    }
}

/// <summary>Compute in 1/1000 device (or core) and memory in MiB taken of one key.</summary>
internal readonly record struct Use(long ComputeMilli, long MemoryMib)
{
    public static Use operator -(Use a, Use b) => new(a.ComputeMilli - b.ComputeMilli, a.MemoryMib - b.MemoryMib);

    public static Use operator +(Use a, Use b) => new(checked(a.ComputeMilli + b.ComputeMilli), checked(a.MemoryMib + b.MemoryMib));
}

internal sealed record LockedListing(
    string Id,
    string CenterId,
    string ClusterId,
    string? DeviceModel,
    ListingState State,
    int Cards,
    long CommittedMilli,
    bool AllowShared
);

/// <param name="ReferenceInUse">One of the references that has active claims already, or null.</param>
/// <param name="Listings">The listings asked for and every other of the same model in the same cluster.</param>
internal sealed record LockedCapacity(
    string? ReferenceInUse,
    IReadOnlyDictionary<string, LockedListing> Listings,
    IReadOnlyDictionary<UseKey, Use> Uses
)
{
    /// <summary>As it would be without a claim that is in it.</summary>
    public LockedCapacity Without(CapacityRequest claim)
    {
        var less = UseKey.Sum([claim]);
        return this with { Uses = Uses.ToDictionary(u => u.Key, u => u.Value - less.GetValueOrDefault(u.Key)) };
    }
}

/// <param name="Ordinal">Position among the claims of its reference.</param>
internal sealed record NewClaim(string Id, string Reference, int Ordinal, CapacityRequest Request);

internal sealed record ReferenceStanding(long Held, long HeldTooLong, long Sold, long Released, long TargetActive);

/// <summary>A cluster as it is now.</summary>
/// <param name="nodes">Its nodes, net of workloads that are not ours.</param>
/// <param name="capacities">Healthy cards by model; cores under the empty name.</param>
internal sealed class PresentSupply(IEnumerable<Node> nodes, IReadOnlyDictionary<string, int> capacities)
{
    private readonly Dictionary<string, Node> byId = nodes.ToDictionary(n => n.Id, StringComparer.Ordinal);

    public Node? Node(string nodeId) => byId.GetValueOrDefault(nodeId);

    public int Capacity(string? deviceModel) => capacities.GetValueOrDefault(deviceModel ?? "");

    /// <summary>Physical memory of a device; 0 for a node's own key, and for a device that is gone.</summary>
    public int MemoryMib(UseKey key) => key.DeviceId.Length == 0 ? 0 : Device(key)?.MemoryMib ?? 0;

    public Device? Device(UseKey key) =>
        Node(key.NodeId)?.Devices.FirstOrDefault(d => string.Equals(d.Id, key.DeviceId, StringComparison.Ordinal));
}

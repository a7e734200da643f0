using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
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

/// <param name="Listings">The listings asked for and every other of the same model in the same cluster.</param>
internal sealed record LockedCapacity(
    bool ReferenceInUse,
    IReadOnlyDictionary<string, LockedListing> Listings,
    IReadOnlyDictionary<UseKey, Use> Uses
);

internal sealed record NewClaim(string Id, CapacityRequest Request);

internal sealed record ReferenceStanding(long Held, long HeldTooLong, long Sold, long Released, long TargetActive);

/// <summary>A cluster as it is now.</summary>
/// <param name="nodes">Its nodes, net of workloads that are not ours.</param>
/// <param name="capacities">Healthy cards by model; cores under the empty name.</param>
internal sealed class PresentSupply(IEnumerable<Node> nodes, IReadOnlyDictionary<string, int> capacities)
{
    private readonly Dictionary<string, Node> byId = nodes.ToDictionary(n => n.Id, StringComparer.Ordinal);

    public Node? Node(string nodeId) => byId.GetValueOrDefault(nodeId);

    public int Capacity(string? deviceModel) => capacities.GetValueOrDefault(deviceModel ?? "");

    /// <summary>Physical memory of a device; 0 for a node's own key.</summary>
    public int MemoryMib(UseKey key) => key.DeviceId.Length == 0 ? 0 : Device(key)?.MemoryMib ?? 0;

    public Device? Device(UseKey key) =>
        Node(key.NodeId)?.Devices.FirstOrDefault(d => string.Equals(d.Id, key.DeviceId, StringComparison.Ordinal));
}

/// <summary>Decides, on locked rows, whether requests can be taken. Pure.</summary>
internal static class CapacityRules
{
    public const string Taken = "capacity-taken";

    /// <param name="live">The cluster by id; null when nothing can be placed there now.</param>
    /// <returns>null when everything can be taken.</returns>
    public static Problem? Check(IReadOnlyList<CapacityRequest> requests, LockedCapacity locked, Func<string, PresentSupply?> live)
    {
        foreach (var group in requests.GroupBy(r => r.ListingId, StringComparer.Ordinal))
        {
            if (!locked.Listings.TryGetValue(group.Key, out LockedListing? listing))
                return Problem.NotFound("listing", group.Key);
            if (CheckListing(listing, [.. group], locked, live(listing.ClusterId)) is { } problem)
                return problem;
        }
        foreach (var model in requests.GroupBy(r => (locked.Listings[r.ListingId].ClusterId, locked.Listings[r.ListingId].DeviceModel)))
        {
            long committed = locked.Listings.Values.Where(l => (l.ClusterId, l.DeviceModel) == model.Key).Sum(l => l.CommittedMilli);
            long there = (long)live(model.Key.ClusterId)!.Capacity(model.Key.DeviceModel) * Listing.MilliPerCard;
            if (committed + model.Sum(r => r.CardMilli) > there)
                return Conflict($"The cluster has fewer {model.Key.DeviceModel ?? "cores"} than are listed at the moment.");
        }
        return CheckUses(requests, locked, live);
    }

    private static Problem? CheckListing(
        LockedListing listing,
        IReadOnlyList<CapacityRequest> requests,
        LockedCapacity locked,
        PresentSupply? cluster
    )
    {
        if (listing.State != ListingState.Live)
            return Conflict("The listing is no longer for sale.");
        if (cluster is null)
            return Conflict("The cluster cannot be reached at the moment.");
        if (locked.Listings[listing.Id].CommittedMilli + requests.Sum(r => r.CardMilli) > (long)listing.Cards * Listing.MilliPerCard)
            return Conflict("Somebody was faster: the listing has too little left.");
        return !listing.AllowShared && listing.DeviceModel is not null && requests.Any(IsShare)
            ? Problem.Conflict("whole-cards-only", "This listing sells whole cards only. Ask for whole cards.")
            : null;
    }

    private static bool IsShare(CapacityRequest request) =>
        request.CardMilli % Listing.MilliPerCard != 0
        || request.Grants.Any(g => g.DeviceId is not null && g.ComputeMilli < Device.FullComputeMilli);

    private static Problem? CheckUses(IReadOnlyList<CapacityRequest> requests, LockedCapacity locked, Func<string, PresentSupply?> live)
    {
        var models = requests
            .SelectMany(r => r.Grants.Select(g => (g.NodeId, Listing: locked.Listings[r.ListingId])))
            .GroupBy(g => g.NodeId, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First().Listing, StringComparer.Ordinal);
        foreach (var (key, asked) in UseKey.Sum(requests))
        {
            LockedListing listing = models[key.NodeId];
            Node? node = live(listing.ClusterId)!.Node(key.NodeId);
            if (node is not { Schedulable: true })
                return Conflict($"Node {key.NodeId} takes no new work.");
            Use after = locked.Uses.GetValueOrDefault(key) + asked;
            if (key.DeviceId.Length == 0)
            {
                if (
                    (asked.ComputeMilli > 0 && after.ComputeMilli > node.FreeCpuMilli)
                    || (asked.MemoryMib > 0 && after.MemoryMib > node.FreeMemoryMib)
                )
                    return Conflict($"Somebody was faster: node {key.NodeId} has too little processor or memory left.");
                continue;
            }
            if (live(listing.ClusterId)!.Device(key) is not { Healthy: true } device)
                return Conflict($"Card {key.DeviceId} of node {key.NodeId} is not healthy.");
            if (after.ComputeMilli > device.FreeComputeMilli || after.MemoryMib > device.FreeMemoryMib)
                return Conflict($"Somebody was faster: card {key.DeviceId} of node {key.NodeId} is taken.");
        }
        return null;
    }

    private static Problem Conflict(string detail) => Problem.Conflict(Taken, detail + " Plan again.");
}

using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;

namespace Marketplace.Market.Domain;

/// <summary>Decides, on locked rows, whether requests can be taken, one group after another. Pure.</summary>
/// <param name="locked">What is taken already.</param>
/// <param name="live">The cluster by id; null when nothing can be placed there now.</param>
internal sealed class CapacityRules(LockedCapacity locked, Func<string, PresentSupply?> live)
{
    public const string Taken = "capacity-taken";

    // What was found good so far, on top of the locked rows.
    private readonly Dictionary<string, long> byListing = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Cluster, string? Model), long> byModel = locked
        .Listings.Values.GroupBy(l => (l.ClusterId, l.DeviceModel))
        .ToDictionary(g => g.Key, g => g.Sum(l => l.CommittedMilli));
    private readonly Dictionary<UseKey, Use> uses = [];

    /// <summary>Judges one group on what the groups before it leave, and counts it when it is good.</summary>
    /// <returns>null when all of it can be taken; a refused group takes nothing.</returns>
    public Problem? Take(IReadOnlyList<CapacityRequest> requests)
    {
        foreach (var group in requests.GroupBy(r => r.ListingId, StringComparer.Ordinal))
        {
            if (!locked.Listings.TryGetValue(group.Key, out LockedListing? listing))
                return Problem.NotFound("listing", group.Key);
            if (CheckListing(listing, [.. group]) is { } problem)
                return problem;
        }
        var models = requests
            .GroupBy(r => (locked.Listings[r.ListingId].ClusterId, locked.Listings[r.ListingId].DeviceModel))
            .Select(g => (g.Key, Milli: g.Sum(r => r.CardMilli)))
            .ToList();
        foreach (var (model, milli) in models)
        {
            long there = (long)live(model.ClusterId)!.Capacity(model.DeviceModel) * Listing.MilliPerCard;
            if (byModel[model] + milli > there)
                return Conflict($"The cluster has fewer {model.DeviceModel ?? "cores"} than are listed at the moment.");
        }
        var asked = UseKey.Sum(requests);
        if (CheckUses(requests, asked) is { } taken)
            return taken;
        foreach (CapacityRequest request in requests)
            byListing[request.ListingId] = byListing.GetValueOrDefault(request.ListingId) + request.CardMilli;
        foreach (var (model, milli) in models)
            byModel[model] += milli;
        foreach (var (key, use) in asked)
            uses[key] = uses.GetValueOrDefault(key) + use;
        return null;
    }

    /// <summary>
    /// Judges new places for capacity that is sold already: the listing, its state and its count stay as they are, so only machines and cards
    /// count.
    /// </summary>
    /// <param name="kept">Grants that stay: they are taken, and nobody asks whether their machine takes new work.</param>
    public Problem? Move(CapacityRequest kept, CapacityRequest added)
    {
        if (live(locked.Listings[added.ListingId].ClusterId) is null)
            return Conflict("The cluster cannot be reached at the moment.");
        foreach (var (key, use) in UseKey.Sum([kept]))
            uses[key] = uses.GetValueOrDefault(key) + use;
        return CheckUses([added], UseKey.Sum([added]));
    }

    private Problem? CheckListing(LockedListing listing, IReadOnlyList<CapacityRequest> requests)
    {
        if (listing.State != ListingState.Live)
            return Conflict("The listing is no longer for sale.");
        if (live(listing.ClusterId) is null)
            return Conflict("The cluster cannot be reached at the moment.");
        long committed = listing.CommittedMilli + byListing.GetValueOrDefault(listing.Id);
        if (committed + requests.Sum(r => r.CardMilli) > (long)listing.Cards * Listing.MilliPerCard)
            return Conflict("Somebody was faster: the listing has too little left.");
        return !listing.AllowShared && listing.DeviceModel is not null && requests.Any(IsShare)
            ? Problem.Conflict("whole-cards-only", "This listing sells whole cards only. Ask for whole cards.")
            : null;
    }

    private static bool IsShare(CapacityRequest request) =>
        request.CardMilli % Listing.MilliPerCard != 0
        || request.Grants.Any(g => g.DeviceId is not null && g.ComputeMilli < Device.FullComputeMilli);

    private Problem? CheckUses(IReadOnlyList<CapacityRequest> requests, Dictionary<UseKey, Use> sums)
    {
        var clusters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (CapacityRequest request in requests)
        {
            foreach (CapacityGrant grant in request.Grants)
                clusters.TryAdd(grant.NodeId, locked.Listings[request.ListingId].ClusterId);
        }
        foreach (var (key, asked) in sums)
        {
            PresentSupply cluster = live(clusters[key.NodeId])!;
            if (cluster.Node(key.NodeId) is not { Schedulable: true } node)
                return Conflict($"Node {key.NodeId} takes no new work.");
            Use after = locked.Uses.GetValueOrDefault(key) + uses.GetValueOrDefault(key) + asked;
            if (key.DeviceId.Length == 0)
            {
                if (
                    (asked.ComputeMilli > 0 && after.ComputeMilli > node.FreeCpuMilli)
                    || (asked.MemoryMib > 0 && after.MemoryMib > node.FreeMemoryMib)
                )
                    return Conflict($"Somebody was faster: node {key.NodeId} has too little processor or memory left.");
                continue;
            }
            if (cluster.Device(key) is not { Healthy: true } device)
                return Conflict($"Card {key.DeviceId} of node {key.NodeId} is not healthy.");
            if (after.ComputeMilli > device.FreeComputeMilli || after.MemoryMib > device.FreeMemoryMib)
                return Conflict($"Somebody was faster: card {key.DeviceId} of node {key.NodeId} is taken.");
        }
        return null;
    }

    private static Problem Conflict(string detail) => Problem.Conflict(Taken, detail + " Plan again.");
}

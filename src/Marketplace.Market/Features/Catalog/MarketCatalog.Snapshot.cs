using System.Collections.Concurrent;
using System.Collections.Immutable;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Packing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Marketplace.Market.Features.Catalog;

/// <summary>The last snapshot per filter, with what it was made from: reused until something in it changes.</summary>
internal sealed class SnapshotCache
{
    private const int MaxEntries = 64;
    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    public SupplySnapshot? Find(string key, Demand demand, long stamp, string versions, DateTimeOffset now) =>
        entries.TryGetValue(key, out Entry? entry)
        && ReferenceEquals(entry.Demand, demand)
        && entry.Stamp == stamp
        && string.Equals(entry.Versions, versions, StringComparison.Ordinal)
        && now < entry.Until
            ? entry.Snapshot
            : null;

    public void Put(string key, Demand demand, long stamp, string versions, DateTimeOffset until, SupplySnapshot snapshot)
    {
        if (entries.Count >= MaxEntries && !entries.ContainsKey(key))
            entries.Clear();
        entries[key] = new Entry(demand, stamp, versions, until, snapshot);
    }

    private sealed record Entry(Demand Demand, long Stamp, string Versions, DateTimeOffset Until, SupplySnapshot Snapshot);
}

internal sealed partial class MarketCatalog
{
    private const int OwnPrecedence = 0;
    private const int BoughtPrecedence = 1;

    /// <summary>Shows what is committed: the caller's own open transaction is not in it.</summary>
    public async Task<SupplySnapshot> SnapshotAsync(SnapshotFilter filter, CancellationToken ct)
    {
        CatalogState state = await cache.CurrentAsync(ct);
        DateTimeOffset now = time.GetUtcNow();
        var offers = Wanted(state, filter, now).ToList();
        var supplies = new List<ClusterSupply>();
        foreach (string id in offers.Select(o => state.ListingOf(o).ClusterId).Distinct(StringComparer.Ordinal))
        {
            if (await clusters.FindAsync(id, ct) is { } supply)
                supplies.Add(supply);
        }
        string me = actor.Current.PartyId;
        bool own = offers.Any(o => o.Center.Id == me);
        Demand demand = await sold.CurrentAsync(ct);
        string key = string.Join('\n', filter.Currency, filter.OfferId, filter.OperatorId, own ? me : "");
        string versions = string.Join(',', supplies.Select(s => $"{s.Cluster.Id}:{s.Version}"));
        if (snapshots.Find(key, demand, state.Stamp, versions, now) is { } known)
            return known;
        var live = supplies.ToDictionary(
            s => s.Cluster.Id,
            s => liveClusters.Get(s, state.Uses.GetValueOrDefault(s.Cluster.Id), state.SharedModels(s.Cluster.Id)),
            StringComparer.Ordinal
        );
        SupplySnapshot snapshot = Build(state, offers, live, own ? me : null, now, demand);
        snapshots.Put(
            key,
            demand,
            state.Stamp,
            versions,
            offers.Select(o => o.NextPriceAfter(now) ?? DateTimeOffset.MaxValue).DefaultIfEmpty(DateTimeOffset.MaxValue).Min(),
            snapshot
        );
        return snapshot;
    }

    private static IEnumerable<CatalogOffer> Wanted(CatalogState state, SnapshotFilter filter, DateTimeOffset now) =>
        state.OnSale.Where(o =>
            string.Equals(state.ListingOf(o).Currency, filter.Currency, StringComparison.Ordinal)
            && (filter.OfferId is null || string.Equals(o.Offer.Id, filter.OfferId, StringComparison.Ordinal))
            && (filter.OperatorId is null || string.Equals(o.Operator.Id, filter.OperatorId, StringComparison.Ordinal))
            && o.PriceAt(now) is not null
        );

    private SupplySnapshot Build(
        CatalogState state,
        IReadOnlyList<CatalogOffer> offers,
        Dictionary<string, LiveCluster> live,
        string? me,
        DateTimeOffset now,
        Demand demand
    )
    {
        while (true)
        {
            var builder = new SupplySnapshotBuilder().PlaceBy(options.CurrentValue.NodePolicy, demand);
            var reachable = offers.Where(o => live.ContainsKey(state.ListingOf(o).ClusterId)).ToList();
            foreach (MarketSite site in reachable.Select(o => o.Site).DistinctBy(s => s.Id, StringComparer.Ordinal))
                builder.Add(new Site(site.Id, site.Name, site.Region, site.Country, site.Tier, site.PartyId));
            foreach (string id in reachable.Select(o => state.ListingOf(o).ClusterId).Distinct(StringComparer.Ordinal))
                builder.Add(live[id].Cluster).AddRange(live[id].Nodes);
            foreach (CatalogOffer offer in reachable)
                builder.Add(Offer(state, offer, live, me, now));
            foreach (var (pair, milliseconds) in options.CurrentValue.RoundTripMs)
                builder.Add(new RegionLatency(pair.Split('/')[0], pair.Split('/')[1], milliseconds));
            foreach (var (pair, egress) in options.CurrentValue.EgressPerGib)
                builder.Add(
                    new EgressPrice(
                        pair.Split('/')[0],
                        pair.Split('/')[1],
                        Money.From(egress.Price, Currency.Parse(egress.Currency)).Micros,
                        egress.Currency
                    )
                );
            if (builder.TryBuild(out SupplySnapshot? snapshot, out var problems))
                return snapshot!;
            // One cluster that reports nonsense must not stop everybody's trade: it is left out, loudly.
            string? bad = live.Keys.FirstOrDefault(id => IsBroken(live[id], reachable.First(o => state.ListingOf(o).ClusterId == id).Site));
            if (bad is null)
                throw new InvalidSupplyException(problems);
            ClusterLeftOut(bad, problems[0].ToString());
            live.Remove(bad);
        }
    }

    private static bool IsBroken(LiveCluster cluster, MarketSite site) =>
        new SupplySnapshotBuilder()
            .Add(new Site(site.Id, site.Name, site.Region, site.Country, site.Tier, site.PartyId))
            .Add(cluster.Cluster)
            .AddRange(cluster.Nodes)
            .Check()
            .Count > 0;

    private static Offer Offer(CatalogState state, CatalogOffer offer, Dictionary<string, LiveCluster> live, string? me, DateTimeOffset now)
    {
        Listing listing = state.ListingOf(offer);
        long freeMilli = state.FreeMilli(listing, live[listing.ClusterId]);
        return new Offer
        {
            Id = offer.Offer.Id,
            ListingId = listing.Id,
            ClusterId = listing.ClusterId,
            OperatorId = offer.Operator.Id,
            DeviceModel = listing.DeviceModel,
            PricePerCardHour = Money.From(offer.PriceAt(now)!.Value.Retail, Currency.Parse(listing.Currency)).Micros,
            Currency = listing.Currency,
            AvailableCards = Listing.CardsDown(freeMilli),
            AvailableRemainderMilli = listing.AllowShared || listing.DeviceModel is null ? (int)(freeMilli % Listing.MilliPerCard) : 0,
            Classes = offer.Offer.Classes,
            // The smallest order of one card still lets a fraction of it be bought where fractions are sold.
            MinCards = listing is { AllowShared: true, MinCards: 1 } ? 0 : listing.MinCards,
            Precedence = me is not null && offer.Center.Id == me ? OwnPrecedence : BoughtPrecedence,
        };
    }

    public async Task<SupplySnapshot?> ClusterAsync(
        string clusterId,
        string exceptReference,
        IReadOnlyList<CapacityGrant> keep,
        CancellationToken ct
    )
    {
        CatalogState state = await cache.CurrentAsync(ct);
        if (await clusters.FindAsync(clusterId, ct) is not { } supply)
            return null;
        var taken = await GrantsOfAsync(exceptReference, ct);
        var uses = Without(state.Uses.GetValueOrDefault(clusterId), taken, keep);
        LiveCluster live = LiveClusters.Imagine(supply, uses, state.SharedModels(clusterId));
        // Where it stands and whose it is was decided when it was sold.
        return new SupplySnapshotBuilder()
            .Add(new Site(supply.Cluster.SiteId, supply.Cluster.SiteId, "", "", SiteTier.Cloud, ""))
            .Add(live.Cluster)
            .AddRange(live.Nodes)
            .TryBuild(out SupplySnapshot? snapshot, out _)
            ? snapshot
            : null;
    }

    private async Task<List<CapacityGrant>> GrantsOfAsync(string reference, CancellationToken ct)
    {
        var ids = db.Set<CapacityClaim>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .Where(c => c.Reference == reference && c.State != ClaimState.Released)
            .Select(c => c.Id);
        var grants = await db.Set<GrantedCapacity>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(g => ids.Contains(g.ClaimId))
            .ToListAsync(ct);
        return [.. grants.Select(g => g.View())];
    }

    private static ImmutableDictionary<string, NodeUse> Without(
        ImmutableDictionary<string, NodeUse>? uses,
        IReadOnlyList<CapacityGrant> taken,
        IReadOnlyList<CapacityGrant> keep
    )
    {
        var result = (uses ?? ImmutableDictionary<string, NodeUse>.Empty).ToBuilder();
        foreach (var (key, use) in UseKey.Sum([new CapacityRequest("", 0, taken)]))
            Add(key, new Use(-use.ComputeMilli, -use.MemoryMib));
        foreach (var (key, use) in UseKey.Sum([new CapacityRequest("", 0, keep)]))
            Add(key, use);
        return result.ToImmutable();

        void Add(UseKey key, Use more)
        {
            NodeUse node = result.GetValueOrDefault(key.NodeId) ?? NodeUse.None;
            Use sum = node.Of(key.DeviceId) + more;
            result[key.NodeId] = node.With(key.DeviceId, new Use(Math.Max(0, sum.ComputeMilli), Math.Max(0, sum.MemoryMib)));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Cluster {ClusterId} is left out of the market: {Problem}")]
    private partial void ClusterLeftOut(string clusterId, string problem);
}

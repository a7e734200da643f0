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
        if (filter.ExceptClaim is null && snapshots.Find(key, demand, state.Stamp, versions, now) is { } known)
            return known;
        var extra = await ExceptAsync(filter.ExceptClaim, ct);
        var live = supplies.ToDictionary(
            s => s.Cluster.Id,
            s =>
            {
                var shared = state.SharedModels(s.Cluster.Id);
                var uses = state.Uses.GetValueOrDefault(s.Cluster.Id);
                return extra.Uses.Count == 0 ? liveClusters.Get(s, uses, shared) : LiveClusters.Imagine(s, extra.Without(uses), shared);
            },
            StringComparer.Ordinal
        );
        SupplySnapshot snapshot = Build(state, offers, live, extra, own ? me : null, now, demand);
        if (filter.ExceptClaim is null)
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
        ExceptedClaims extra,
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
                builder.Add(Offer(state, offer, live, extra, me, now));
            foreach (var (pair, milliseconds) in options.CurrentValue.RoundTripMs)
                builder.Add(new RegionLatency(pair.Split('/')[0], pair.Split('/')[1], milliseconds));
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

    private static Offer Offer(
        CatalogState state,
        CatalogOffer offer,
        Dictionary<string, LiveCluster> live,
        ExceptedClaims extra,
        string? me,
        DateTimeOffset now
    )
    {
        Listing listing = state.ListingOf(offer);
        long freeMilli = state.FreeMilli(listing, live[listing.ClusterId], extra.CardMilli);
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

    /// <summary>What one claim (by id, or all of a reference) takes, to plan as if it were free.</summary>
    private async Task<ExceptedClaims> ExceptAsync(string? claim, CancellationToken ct)
    {
        if (claim is null)
            return ExceptedClaims.None;
        var claims = await db.Set<CapacityClaim>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(c => (c.Id == claim || c.Reference == claim) && c.State != ClaimState.Released)
            .ToListAsync(ct);
        string[] claimIds = [.. claims.Select(c => c.Id)];
        var grants = await db.Set<GrantedCapacity>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(g => claimIds.Contains(g.ClaimId))
            .ToListAsync(ct);
        return new ExceptedClaims(
            claims
                .GroupBy(c => c.ListingId, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Sum(c => c.CardMilli), StringComparer.Ordinal),
            UseKey.Sum([new CapacityRequest("", 0, [.. grants.Select(g => g.View())])])
        );
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Cluster {ClusterId} is left out of the market: {Problem}")]
    private partial void ClusterLeftOut(string clusterId, string problem);
}

/// <summary>Capacity to think away when planning.</summary>
internal sealed record ExceptedClaims(IReadOnlyDictionary<string, long> CardMilli, IReadOnlyDictionary<UseKey, Use> Uses)
{
    public static readonly ExceptedClaims None = new(new Dictionary<string, long>(), new Dictionary<UseKey, Use>());

    public ImmutableDictionary<string, NodeUse> Without(ImmutableDictionary<string, NodeUse>? uses)
    {
        var result = (uses ?? ImmutableDictionary<string, NodeUse>.Empty).ToBuilder();
        foreach (var (key, less) in Uses)
        {
            if (result.TryGetValue(key.NodeId, out NodeUse? node))
            {
                Use now = node.Of(key.DeviceId);
                result[key.NodeId] = node.With(
                    key.DeviceId,
                    new Use(Math.Max(0, now.ComputeMilli - less.ComputeMilli), Math.Max(0, now.MemoryMib - less.MemoryMib))
                );
            }
        }
        return result.ToImmutable();
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using Marketplace.Market.Contracts;
using Marketplace.Market.Data;
using Marketplace.Market.Domain;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Market.Features.Catalog;

/// <summary>
/// The process's copy of the market, brought up to the last commit before every use by reading what changed: one small round trip. Whoever
/// asks while a read is under way shares the next one.
/// </summary>
internal sealed class CatalogCache(CatalogReader reader, TimeProvider time, IServiceScopeFactory scopes) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<string, MarketParty> parties = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MarketSite> sites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, PriceVersion>> prices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ResaleAuthorization> authorizations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MarketOffer> offers = new(StringComparer.Ordinal);
    private string horizon = CatalogReader.FromTheBeginning;
    private CatalogState state = CatalogState.Empty;
    private long asked;
    private long served;

    /// <summary>The market with everything that was committed before the call.</summary>
    public async Task<CatalogState> CurrentAsync(CancellationToken ct)
    {
        long ticket = Interlocked.Increment(ref asked);
        await gate.WaitAsync(ct);
        try
        {
            if (served >= ticket)
                return state;
            long covers = Interlocked.Read(ref asked);
            CatalogDelta delta = await reader.ReadAsync(horizon, time.GetUtcNow(), ct);
            Apply(delta);
            if (delta.ClaimsDue)
            {
                // Holds that have run out are free again at once, not only when the worker comes by.
                await scopes.ActAsync<IClaimExpiry, int>(Actor.System, expiry => expiry.ExpireAsync(ct));
                Apply(await reader.ReadAsync(horizon, time.GetUtcNow(), ct));
            }
            served = covers;
            return state;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    // A row may come again while an older transaction is still open; only what really differs counts as a change.
    private void Apply(CatalogDelta delta)
    {
        bool reshape = false;
        foreach (MarketParty row in delta.Parties)
            reshape |= Put(parties, row.Id, row, known => known.Revision == row.Revision);
        foreach (MarketSite row in delta.Sites)
            reshape |= sites.TryAdd(row.Id, row);
        foreach (PriceVersion row in delta.Prices)
        {
            if (!prices.TryGetValue(row.ListingId, out var versions))
                prices.Add(row.ListingId, versions = []);
            reshape |= versions.TryAdd(row.Version, row);
        }
        foreach (ResaleAuthorization row in delta.Authorizations)
            reshape |= Put(authorizations, row.Id, row, known => known.Revision == row.Revision);
        foreach (MarketOffer row in delta.Offers)
            reshape |= Put(offers, row.Id, row, known => known.Revision == row.Revision);
        // Sales move a listing's counters all the time; only an edit makes offers worth joining again.
        reshape |= delta.Listings.Any(row => state.Listings.GetValueOrDefault(row.Id)?.Revision != row.Revision);
        CatalogState next = state with { Listings = Listings(delta.Listings), Uses = Uses(delta.Uses) };
        if (reshape)
            next = Join(next);
        if (reshape || !ReferenceEquals(next.Listings, state.Listings) || !ReferenceEquals(next.Uses, state.Uses))
            state = next with { Stamp = state.Stamp + 1 };
        horizon = delta.Horizon;
    }

    private static bool Put<T>(Dictionary<string, T> rows, string id, T row, Func<T, bool> same)
    {
        if (rows.TryGetValue(id, out T? known) && same(known))
            return false;
        rows[id] = row;
        return true;
    }

    private ImmutableDictionary<string, Listing> Listings(IReadOnlyList<Listing> rows)
    {
        var all = state.Listings;
        foreach (Listing row in rows)
        {
            Listing? known = all.GetValueOrDefault(row.Id);
            if (known is null || (known.Revision, known.SoldMilli, known.HeldMilli) != (row.Revision, row.SoldMilli, row.HeldMilli))
                all = all.SetItem(row.Id, row);
        }
        return all;
    }

    private ImmutableDictionary<string, ImmutableDictionary<string, NodeUse>> Uses(IReadOnlyList<UseRow> rows)
    {
        var all = state.Uses;
        foreach (var cluster in rows.GroupBy(r => r.ClusterId, StringComparer.Ordinal))
        {
            var before = all.GetValueOrDefault(cluster.Key, ImmutableDictionary<string, NodeUse>.Empty);
            var nodes = before.ToBuilder();
            foreach (UseRow row in cluster)
            {
                NodeUse use = nodes.TryGetValue(row.Key.NodeId, out NodeUse? known) ? known : NodeUse.None;
                if (use.Of(row.Key.DeviceId) != row.Use)
                    nodes[row.Key.NodeId] = use.With(row.Key.DeviceId, row.Use);
            }
            var after = nodes.ToImmutable();
            if (!ReferenceEquals(after, before))
                all = all.SetItem(cluster.Key, after);
        }
        return all;
    }

    private CatalogState Join(CatalogState last)
    {
        var granted = authorizations
            .Values.Where(a => a.State == AuthorizationState.Granted)
            .ToDictionary(a => (a.ListingId, a.OperatorId), a => a);
        var joined = new Dictionary<string, CatalogOffer>(offers.Count, StringComparer.Ordinal);
        foreach (MarketOffer offer in offers.Values)
        {
            // A row can be seen before the one it refers to when both commit between two statements; the next read brings both.
            if (
                last.Listings.TryGetValue(offer.ListingId, out Listing? listing)
                && sites.TryGetValue(listing.SiteId, out MarketSite? site)
                && prices.TryGetValue(listing.Id, out var versions)
                && parties.TryGetValue(offer.PartyId, out MarketParty? seller)
                && parties.TryGetValue(listing.PartyId, out MarketParty? center)
            )
            {
                ResaleAuthorization? leave = granted.GetValueOrDefault((listing.Id, offer.PartyId));
                joined.Add(offer.Id, Join(offer, listing, site, seller, center, [.. versions.Values], leave));
            }
        }
        return last with
        {
            Offers = joined.ToFrozenDictionary(StringComparer.Ordinal),
            OnSale = [.. joined.Values.Where(o => o.MaySell).OrderBy(o => o.Offer.Id, StringComparer.Ordinal)],
            Siblings = last
                .Listings.Values.GroupBy(l => CatalogState.ModelKey(l.ClusterId, l.DeviceModel), StringComparer.Ordinal)
                .ToFrozenDictionary(g => g.Key, g => g.Select(l => l.Id).ToImmutableArray(), StringComparer.Ordinal),
            Shared = last
                .Listings.Values.Where(l => l is { AllowShared: true, State: ListingState.Live, DeviceModel: not null })
                .GroupBy(l => l.ClusterId, StringComparer.Ordinal)
                .ToFrozenDictionary(
                    g => g.Key,
                    g =>
                        (IReadOnlyCollection<string>)
                            [.. g.Select(l => l.DeviceModel!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                    StringComparer.Ordinal
                ),
        };
    }

    private static CatalogOffer Join(
        MarketOffer offer,
        Listing listing,
        MarketSite site,
        MarketParty seller,
        MarketParty center,
        IReadOnlyList<PriceVersion> versions,
        ResaleAuthorization? leave
    )
    {
        bool authorised =
            listing.PartyId == offer.PartyId || (leave is not null && offer.Markup >= leave.MinMarkup && offer.Markup <= leave.MaxMarkup);
        bool maySell =
            offer.State == OfferState.OnSale && listing.State == ListingState.Live && seller.IsApproved && center.IsApproved && authorised;
        string text = string.Join(
            '\n',
            offer.Title,
            listing.DeviceModel,
            listing.DeviceVendor,
            listing.DeviceStack,
            seller.Name,
            offer.WhiteLabel ? "" : center.Name,
            site.Name,
            site.NameZh,
            site.Region,
            site.Country
        );
        return new CatalogOffer(offer, site, seller, center, versions, maySell, text.ToLowerInvariant());
    }
}

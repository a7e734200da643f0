using Marketplace.Market.Contracts;
using Marketplace.Market.Data;
using Marketplace.Market.Domain;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Capacity;

/// <summary>The oversell guard: locks, decides by <see cref="CapacityRules"/>, writes. Whoever calls it has checked who may.</summary>
internal sealed partial class Capacity(
    MarketplaceDbContext db,
    IdFactory ids,
    TimeProvider time,
    IChangeFeed changes,
    IClusterSupply clusters
) : ICapacity, IClaimExpiry
{
    /// <summary>Requests one hold may carry.</summary>
    public const int MaxRequests = 20_000;

    /// <summary>Sales one call may carry.</summary>
    public const int MaxSales = 100_000;
    private const int ExpireBatch = 500;
    private readonly CapacityStore store = new(db);

    public Task<Outcome<IReadOnlyList<ClaimView>>> HoldAsync(
        string reference,
        IReadOnlyList<CapacityRequest> requests,
        DateTimeOffset until,
        CancellationToken ct
    )
    {
        Validate(reference, requests);
        return db.CommitAsync<IReadOnlyList<ClaimView>>(
            async token =>
            {
                DateTimeOffset now = time.GetUtcNow();
                if (until <= now)
                    return Problem.Invalid("/until", "The hold would end before it begins.", "Hold until a time in the future.");
                if (requests.Count == 0)
                    return Outcome<IReadOnlyList<ClaimView>>.Ok([]);
                LockedCapacity locked = await store.LockAsync([reference], requests, now, token);
                if (locked.ReferenceInUse is not null)
                    return InUse(reference);
                var live = await LiveAsync(locked, requests, token);
                if (new CapacityRules(locked, live.GetValueOrDefault).Take(requests) is { } problem)
                    return problem;
                NewClaim[] claims = Claims(reference, requests);
                await WriteAsync(claims, locked, live, now, until, token);
                return Outcome<IReadOnlyList<ClaimView>>.Ok([
                    .. claims.Select(c => new ClaimView(
                        c.Id,
                        c.Request.ListingId,
                        reference,
                        ClaimState.Held,
                        c.Request.CardMilli,
                        c.Request.Grants,
                        until
                    )),
                ]);
            },
            ct
        );
    }

    public async Task<IReadOnlyList<Problem?>> SellManyAsync(IReadOnlyList<CapacitySale> sales, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(sales);
        CapacityRequest[] requests = [.. sales.SelectMany(s => s.Requests)];
        foreach (CapacitySale sale in sales)
            Validate(sale.Reference, sale.Requests);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sales.Count, MaxSales);
        var problems = new Problem?[sales.Count];
        if (requests.Length == 0)
            return problems;
        await db.InTransactionAsync(
            async token =>
            {
                DateTimeOffset now = time.GetUtcNow();
                LockedCapacity locked = await store.LockAsync([.. sales.Select(s => s.Reference)], requests, now, token);
                var live = await LiveAsync(locked, requests, token);
                var rules = new CapacityRules(locked, live.GetValueOrDefault);
                for (int i = 0; i < sales.Count; i++)
                    problems[i] = locked.ReferenceInUse == sales[i].Reference ? InUse(sales[i].Reference) : rules.Take(sales[i].Requests);
                if (!Array.TrueForAll(problems, p => p is null))
                    return false;
                NewClaim[] claims = [.. sales.SelectMany(s => Claims(s.Reference, s.Requests))];
                await WriteAsync(claims, locked, live, now, until: null, token);
                return true;
            },
            ct,
            taken => taken
        );
        return problems;
    }

    private static Problem InUse(string reference) =>
        Problem.Conflict("claim-exists", $"'{reference}' holds capacity already. Release it first.");

    private NewClaim[] Claims(string reference, IReadOnlyList<CapacityRequest> requests) =>
        [.. requests.Select((request, i) => new NewClaim(ids.New(IdPrefix.Claim), reference, i, request))];

    private async Task WriteAsync(
        NewClaim[] claims,
        LockedCapacity locked,
        Dictionary<string, PresentSupply?> live,
        DateTimeOffset now,
        DateTimeOffset? until,
        CancellationToken ct
    )
    {
        var clusterOf = UseKey.Of([.. claims.Select(c => c.Request)]).ToDictionary(k => k.Key, k => locked.Listings[k.ListingId].ClusterId);
        await store.TakeAsync(claims, key => live[clusterOf[key]]!.MemoryMib(key), now, until, ct);
        changes.Announce(Topics.Market);
    }

    public Task<Outcome<Done>> SellAsync(string reference, string soldTo, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        ArgumentException.ThrowIfNullOrEmpty(soldTo);
        return db.CommitAsync<Done>(
            async token =>
            {
                ReferenceStanding standing = await store.LockReferenceAsync(reference, soldTo, time.GetUtcNow(), token);
                if (standing.HeldTooLong > 0 || (standing is { Held: 0, Sold: 0, Released: > 0 }))
                    return new Problem(
                        ProblemKind.Gone,
                        "hold-expired",
                        "The hold has ended",
                        "The capacity was held until a time that has passed. Plan again."
                    );
                if (standing is { Held: 0, Sold: 0 })
                    return Problem.NotFound("hold", reference);
                if (standing.Sold > 0)
                    return StateTables.Claim.Refuse(ClaimState.Sold, ClaimState.Sold)!;
                if (standing.TargetActive > 0)
                    return Problem.Conflict("claim-exists", $"'{soldTo}' holds capacity already. Release it first.");
                await store.SellAsync(reference, soldTo, token);
                changes.Announce(Topics.Market);
                return Done.Value;
            },
            ct
        );
    }

    public Task ReleaseAsync(string reference, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        return db.InTransactionAsync(
            async token =>
            {
                int released = await store.ReleaseAsync(reference, time.GetUtcNow(), token);
                if (released > 0)
                    changes.Announce(Topics.Market);
                return released;
            },
            ct
        );
    }

    public async Task<IReadOnlyList<ClaimView>> FindAsync(string reference, CancellationToken ct) =>
        await ViewsAsync(
            db.Set<CapacityClaim>().IgnoreQueryFilters([MarketplaceDbContext.PartyFilter]).Where(c => c.Reference == reference),
            ct
        );

    public async Task<IReadOnlyList<ClaimView>> ActiveOfClusterAsync(string clusterId, CancellationToken ct) =>
        await ViewsAsync(db.Set<CapacityClaim>().Where(c => c.ClusterId == clusterId && c.State != ClaimState.Released), ct);

    public async Task<int> ExpireAsync(CancellationToken ct)
    {
        int total = 0;
        while (true)
        {
            int released = await db.InTransactionAsync(
                async token =>
                {
                    int count = await store.ExpireAsync(ExpireBatch, time.GetUtcNow(), token);
                    if (count > 0)
                        changes.Announce(Topics.Market);
                    return count;
                },
                ct
            );
            total += released;
            if (released < ExpireBatch)
                return total;
        }
    }

    private async Task<Dictionary<string, PresentSupply?>> LiveAsync(
        LockedCapacity locked,
        IReadOnlyList<CapacityRequest> requests,
        CancellationToken ct
    )
    {
        var live = new Dictionary<string, PresentSupply?>(StringComparer.Ordinal);
        var asked = requests.Select(r => locked.Listings.GetValueOrDefault(r.ListingId)).OfType<LockedListing>();
        foreach (var cluster in asked.GroupBy(l => l.ClusterId, StringComparer.Ordinal))
        {
            ClusterSupply? supply = await clusters.FindAsync(cluster.Key, ct);
            var capacities = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (string? model in cluster.Select(l => l.DeviceModel).Distinct(StringComparer.Ordinal))
                capacities[model ?? ""] = await clusters.CapacityAsync(cluster.Key, model, ct);
            live[cluster.Key] = supply is null ? null : new PresentSupply(supply.Nodes, capacities);
        }
        return live;
    }

    private async Task<IReadOnlyList<ClaimView>> ViewsAsync(IQueryable<CapacityClaim> query, CancellationToken ct)
    {
        var claims = await query.AsNoTracking().OrderBy(c => c.CreatedAt).ThenBy(c => c.Ordinal).ToListAsync(ct);
        string[] claimIds = [.. claims.Select(c => c.Id)];
        var grants = (
            await db.Set<GrantedCapacity>()
                .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
                .AsNoTracking()
                .Where(g => claimIds.Contains(g.ClaimId))
                .ToListAsync(ct)
        ).ToLookup(g => g.ClaimId, StringComparer.Ordinal);
        return [.. claims.Select(c => c.View(grants[c.Id]))];
    }

    private static void Validate(string reference, IReadOnlyList<CapacityRequest> requests)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(requests.Count, MaxRequests);
        foreach (CapacityRequest request in requests)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(request.CardMilli);
            foreach (CapacityGrant grant in request.Grants)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(grant.ComputeMilli);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(grant.ComputeMilli, Device.FullComputeMilli);
                ArgumentOutOfRangeException.ThrowIfNegative(grant.MemoryMib);
                ArgumentOutOfRangeException.ThrowIfNegative(grant.CpuMilli);
                ArgumentOutOfRangeException.ThrowIfNegative(grant.HostMemoryMib);
            }
        }
    }
}

using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Capacity;

/// <summary>Sold capacity that moves: another place for the same sale.</summary>
internal sealed partial class Capacity
{
    public Task<Outcome<Done>> ExchangeAsync(string reference, IReadOnlyList<CapacityGrant> grants, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        return db.CommitAsync(token => RunAsync(reference, grants, token), ct);
    }

    private async Task<Outcome<Done>> RunAsync(string reference, IReadOnlyList<CapacityGrant> grants, CancellationToken ct)
    {
        await store.LockReferenceAsync(reference, ct);
        if (await SoldAsync(reference, ct) is not { } sold)
            return NotSold(reference);
        var before = new CapacityRequest(sold.ListingId, sold.CardMilli, sold.Grants);
        CapacityRequest after = before with { Grants = grants };
        Validate(reference, [after]);
        // The places it leaves and those it enters are locked in one go, in the order of everybody.
        LockedCapacity locked = await store.LockAsync([reference], [before, after], time.GetUtcNow(), ct);
        // A release locks listings only, so it may have come between.
        if (await SoldAsync(reference, ct) is not { } still || still.Id != sold.Id)
            return NotSold(reference);
        var live = await LiveAsync(locked, [after], ct);
        var (kept, added) = Split(before, after);
        var rules = new CapacityRules(locked.Without(before), live.GetValueOrDefault);
        if (rules.Move(kept, added) is { } problem)
            return problem;
        DateTimeOffset now = time.GetUtcNow();
        await store.ReleaseAsync(reference, now, ct);
        await WriteAsync(Claims(reference, [after]), locked, live, now, until: null, ct);
        return Done.Value;
    }

    public async Task<IReadOnlyList<string>> SoldOnAsync(string clusterId, Func<CapacityPlace, bool> which, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(which);
        var grants =
            from grant in db.Set<GrantedCapacity>().IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            join claim in db.Set<CapacityClaim>().IgnoreQueryFilters([MarketplaceDbContext.PartyFilter]) on grant.ClaimId equals claim.Id
            where claim.ClusterId == clusterId && claim.State == ClaimState.Sold
            select new
            {
                claim.Reference,
                grant.NodeId,
                grant.DeviceId,
            };
        var places = await grants.Select(g => new { g.NodeId, g.DeviceId }).Distinct().ToListAsync(ct);
        var wanted = places.Where(p => which(PlaceOf(p.NodeId, p.DeviceId))).ToHashSet();
        if (wanted.Count == 0)
            return [];
        string[] nodes = [.. wanted.Select(p => p.NodeId).Distinct(StringComparer.Ordinal)];
        var there = await grants.Where(g => nodes.Contains(g.NodeId)).ToListAsync(ct);
        return
        [
            .. there
                .Where(g => wanted.Contains(new { g.NodeId, g.DeviceId }))
                .Select(g => g.Reference)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static CapacityPlace PlaceOf(string nodeId, string deviceId) => new(nodeId, deviceId.Length == 0 ? null : deviceId);

    private async Task<ClaimView?> SoldAsync(string reference, CancellationToken ct)
    {
        var active = (await FindAsync(reference, ct)).Where(c => c.State != ClaimState.Released).ToList();
        return active is [{ State: ClaimState.Sold } only] ? only : null;
    }

    private static Problem NotSold(string reference) =>
        Problem.Conflict("not-sold", $"'{reference}' has no sold capacity that could move.");

    /// <summary>What stays where it was, and what is new.</summary>
    private static (CapacityRequest Kept, CapacityRequest Added) Split(CapacityRequest before, CapacityRequest after)
    {
        var left = before.Grants.ToList();
        var kept = new List<CapacityGrant>();
        var added = new List<CapacityGrant>();
        foreach (CapacityGrant grant in after.Grants)
            (left.Remove(grant) ? kept : added).Add(grant);
        return (after with { Grants = kept }, after with { Grants = added });
    }
}

using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Lifecycle.Stops;

/// <summary>Reads stops for the desk and for the parties of a contract.</summary>
internal sealed class StopDesk(MarketplaceDbContext db, ActorContext actor) : IStops
{
    public static readonly KeySorting<Stop> Sorting = KeySorting<Stop>
        .NewestFirst("requestedAt", s => s.Id)
        .By("state", s => s.State)
        .By("cluster", s => s.ClusterId);

    public async Task<Outcome<Page<StopView>>> ListAsync(StopQuery query, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        IQueryable<Stop> stops = db.Set<Stop>().AsNoTracking();
        if (query.State is { } state)
            stops = stops.Where(s => s.State == state);
        if (query.Alarming)
            stops = stops.Where(s => s.State == StopState.Overdue || s.State == StopState.RunningAgain);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string search = query.Search.Trim();
            stops = stops.Where(s => s.ContractId == search || s.ClusterId == search || s.CustomerId == search || s.Id == search);
        }
        long total = await stops.LongCountAsync(ct);
        var page = await Sorting.PageAsync(stops, query, total, ct);
        string[] contracts = [.. page.Items.Select(s => s.ContractId)];
        var names = await db.Set<Contract>()
            .Where(c => contracts.Contains(c.Id))
            .ToDictionaryAsync(c => c.Id, c => c.Name, StringComparer.Ordinal, ct);
        return page.Select(s => ViewOf(s, names.GetValueOrDefault(s.ContractId, "")));
    }

    public async Task<StopView?> OfContractAsync(string contractId, CancellationToken ct)
    {
        if (!actor.Current.Allows(Permission.OrdersRead))
            return null;
        Stop? stop = await db.Set<Stop>()
            .AsNoTracking()
            .Where(s => s.ContractId == contractId)
            .OrderByDescending(s => s.Id)
            .FirstOrDefaultAsync(ct);
        if (stop is null)
            return null;
        string name = await db.Set<Contract>().Where(c => c.Id == contractId).Select(c => c.Name).FirstAsync(ct);
        StopView view = ViewOf(stop, name);
        // The center does not learn its contract's customer, nor what it spends.
        return actor.Current.SeesAll || actor.Current.PartyId == stop.CustomerId || actor.Current.PartyId == stop.OperatorId
            ? view
            : view with
            {
                CustomerId = "",
                LimitId = null,
            };
    }

    private static StopView ViewOf(Stop s, string contractName) =>
        new(
            s.Id,
            s.ContractId,
            contractName,
            s.CustomerId,
            s.ClusterId,
            s.Kind,
            s.State,
            new ContractReason(s.ReasonNumber, s.ReasonText),
            s.LimitId,
            s.RequestedAt,
            s.ChargeUntil,
            s.Generation,
            s.LastSeenAt,
            s.LastSeenPods,
            s.VerifiedAt,
            s.OverdueAt,
            s.FoundAgain
        );
}

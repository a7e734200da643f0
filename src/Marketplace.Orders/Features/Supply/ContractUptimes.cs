using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Time;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Orders.Features.Supply;

/// <summary>Billing's view of when contracts ran and when they were down, from the contracts' own events.</summary>
internal sealed class ContractUptimes(MarketplaceDbContext db) : IContractUptime
{
    public async Task<IReadOnlyList<ContractUptime>> FindManyAsync(
        IReadOnlyCollection<string> contractIds,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken ct
    )
    {
        var contracts = await db.Set<Contract>()
            .AsNoTracking()
            .Include(c => c.Events)
            .Where(c => contractIds.Contains(c.Id) && c.ReadyAt < to && (c.EndedAt == null || c.EndedAt > from))
            .ToListAsync(ct);
        return
        [
            .. contracts.Select(c =>
            {
                (TimeSpan served, TimeSpan down) = Uptime.Of(c.Events, c.ReadyAt!.Value, c.EndedAt, from, to);
                return new ContractUptime(c.Id, served, down);
            }),
        ];
    }
}

/// <summary>
/// Served and lost time of a contract in a period. Down is from the moment the cluster fell silent or a replica lost its place until it came
/// back, found another place, or the contract ended. Pure.
/// </summary>
internal static class Uptime
{
    private const string StatePrefix = "state-";
    private static readonly string Degraded = StatePrefix + ContractState.Degraded;

    public static (TimeSpan Served, TimeSpan Down) Of(
        IEnumerable<ContractEvent> events,
        DateTimeOffset readyAt,
        DateTimeOffset? endedAt,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        DateTimeOffset start = Moments.Later(readyAt, from);
        DateTimeOffset end = endedAt < to ? endedAt.Value : to;
        if (end <= start)
            return (TimeSpan.Zero, TimeSpan.Zero);
        TimeSpan down = TimeSpan.Zero;
        bool silent = false;
        bool placeless = false;
        DateTimeOffset since = start;
        foreach (ContractEvent happened in events.OrderBy(e => e.Number))
        {
            bool was = silent || placeless;
            if (happened.Code.StartsWith(StatePrefix, StringComparison.Ordinal))
                silent = happened.Code == Degraded;
            else if (happened.Code == ContractEvents.PlaceLost)
                placeless = true;
            else if (happened.Code is ContractEvents.PlaceBack or ContractEvents.Moved)
                placeless = false;
            bool isDown = silent || placeless;
            if (isDown && !was)
                since = happened.At;
            else if (was && !isDown)
                down += Overlap(since, happened.At, start, end);
        }
        if (silent || placeless)
            down += Overlap(since, end, start, end);
        return (end - start, down);
    }

    private static TimeSpan Overlap(DateTimeOffset a, DateTimeOffset b, DateTimeOffset start, DateTimeOffset end)
    {
        TimeSpan span = Moments.Earlier(b, end) - Moments.Later(a, start);
        return span > TimeSpan.Zero ? span : TimeSpan.Zero;
    }
}

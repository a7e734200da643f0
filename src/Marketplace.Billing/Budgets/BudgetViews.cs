using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Projects;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Budgets;

/// <summary>Budgets as their organisation sees them, with names and where they stand.</summary>
internal sealed class BudgetViews(MarketplaceDbContext db, BudgetReader reader, IProjects projects, IMemberNames members, TimeProvider time)
{
    /// <summary>Points of a burn-down: a year's total is drawn from its last days.</summary>
    private const int MaxPoints = 92;

    public async Task<IReadOnlyList<BudgetView>> OfAsync(IReadOnlyList<BudgetRow> rows, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        var standings = new Dictionary<string, BudgetStanding>(StringComparer.Ordinal);
        foreach (var wallet in rows.Where(r => r.Latest.State == BudgetState.Active).GroupBy(r => (r.PartyId, r.Currency)))
        foreach (BudgetStanding standing in await reader.StandingsAsync(wallet.Key.PartyId, Currency.Parse(wallet.Key.Currency), ct))
            standings[standing.Id] = standing;
        var stopped = await StoppedAsync(standings.Values, ct);
        var names = await NamesAsync(rows, ct);
        return [.. rows.Select(row => Of(row, standings.GetValueOrDefault(row.Id), stopped, names, now))];
    }

    /// <summary>A budget that counts now, by its row.</summary>
    public async Task<BudgetStanding?> StandingAsync(BudgetRow row, CancellationToken ct) =>
        (await reader.StandingsAsync(row.PartyId, Currency.Parse(row.Currency), ct)).Find(s => s.Id == row.Id);

    public async Task<BurnDown?> BurnDownAsync(BudgetRow row, CancellationToken ct)
    {
        if (row.Kind == BudgetKind.HourlyRate || await StandingAsync(row, ct) is not { } budget)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        bool hourly = budget.Kind == BudgetKind.Day;
        var spent = hourly ? await reader.ByHourAsync(row.PartyId, budget, ct) : await reader.ByDayAsync(row.PartyId, budget, ct);
        return BurnDownRule.Of(budget, spent, hourly ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1), now, MaxPoints);
    }

    private static BudgetView Of(
        BudgetRow row,
        BudgetStanding? standing,
        IReadOnlyDictionary<string, int> stopped,
        IReadOnlyDictionary<string, string> names,
        DateTimeOffset now
    )
    {
        BudgetVersionRow latest = row.Latest;
        return new BudgetView(
            row.Id,
            latest.Version,
            latest.Name,
            row.Scope,
            row.ScopeId,
            row.ScopeId is { } id ? names.GetValueOrDefault(id) ?? id : null,
            row.Kind,
            new Money(latest.Amount, Currency.Parse(row.Currency)),
            latest.Thresholds,
            latest.HardStop,
            latest.StartsOn,
            latest.State,
            row.CreatedAt,
            row.CreatedBy,
            standing is null
                ? null
                : new BudgetStandingView(
                    standing.Period.Start,
                    standing.Period.End,
                    standing.Money(standing.Used),
                    standing.Money(standing.Committed),
                    standing.Money(standing.Left),
                    Pace.UsedUpAt(standing, now),
                    stopped.GetValueOrDefault(row.Id)
                )
        );
    }

    private async Task<Dictionary<string, int>> StoppedAsync(IEnumerable<BudgetStanding> standings, CancellationToken ct)
    {
        var stops = standings.Where(s => s.HardStop).ToDictionary(s => s.Id, s => s.Period.Start, StringComparer.Ordinal);
        if (stops.Count == 0)
            return [];
        var counts = await db.Set<BudgetStopRow>()
            .Where(s => stops.Keys.Contains(s.BudgetId))
            .GroupBy(s => new { s.BudgetId, s.PeriodStart })
            .Select(g => new
            {
                g.Key.BudgetId,
                g.Key.PeriodStart,
                Count = g.Select(s => s.ContractId).Distinct().Count(),
            })
            .ToListAsync(ct);
        return counts.Where(c => stops[c.BudgetId] == c.PeriodStart).ToDictionary(c => c.BudgetId, c => c.Count, StringComparer.Ordinal);
    }

    private async Task<Dictionary<string, string>> NamesAsync(IReadOnlyList<BudgetRow> rows, CancellationToken ct)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        string[] named = [.. rows.Where(r => r.Scope == BudgetScope.Project).Select(r => r.ScopeId!).Distinct()];
        foreach (var (id, name) in await projects.NamesAsync(named, ct))
            names[id] = name;
        foreach (var party in rows.Where(r => r.Scope == BudgetScope.Member).GroupBy(r => r.PartyId))
        foreach (var (id, name) in await members.FindManyAsync(party.Key, [.. party.Select(r => r.ScopeId!).Distinct()], ct))
            names[id] = name;
        return names;
    }
}

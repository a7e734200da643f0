using Marketplace.Billing.Contracts;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Budgets;

/// <summary>Reads budgets, their alerts and stops. The DbContext's party filter hides other parties' rows.</summary>
internal sealed class BudgetList(MarketplaceDbContext db, ActorContext actor, BudgetDesk desk, BudgetViews views, BudgetReader reader)
    : IBudgets
{
    private const int MaxStops = 500;

    public static readonly KeySorting<BudgetRow> Sorting = KeySorting<BudgetRow>.NewestFirst("createdAt", b => b.Id);
    public static readonly KeySorting<BudgetAlertRow> AlertSorting = KeySorting<BudgetAlertRow>.NewestFirst("raisedAt", a => a.Id);

    public Task<Outcome<BudgetView>> CreateAsync(CreateBudget request, string idempotencyKey, CancellationToken ct) =>
        desk.CreateAsync(request, idempotencyKey, ct);

    public Task<Outcome<BudgetView>> ChangeAsync(string budgetId, ChangeBudget request, CancellationToken ct) =>
        desk.ChangeAsync(budgetId, request, ct);

    public Task<Outcome<BudgetView>> EndAsync(string budgetId, CancellationToken ct) => desk.EndAsync(budgetId, ct);

    public async Task<BudgetView?> FindAsync(string budgetId, CancellationToken ct) =>
        await RowAsync(budgetId, ct) is { } row ? (await views.OfAsync([row], ct))[0] : null;

    public async Task<Page<BudgetView>> ListAsync(BudgetQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (!MayRead)
            return new Page<BudgetView>([], null, 0);
        IQueryable<BudgetRow> rows = db.Set<BudgetRow>().AsNoTracking().Include(b => b.Versions);
        if (query.State is { } state)
            rows = rows.Where(b => b.Versions.Any(v => v.State == BudgetState.Ended) == (state == BudgetState.Ended));
        if (query.Kind is { } kind)
            rows = rows.Where(b => b.Kind == kind);
        if (query.Scope is { } scope)
            rows = rows.Where(b => b.Scope == scope);
        if (query.Search?.Trim() is { Length: > 0 } search)
        {
            string like = ListPages.Like(search);
            rows = rows.Where(b =>
                b.Id == search || EF.Functions.ILike(b.Versions.OrderByDescending(v => v.Version).First().Name, like, ListPages.Escape)
            );
        }
        long total = await rows.LongCountAsync(ct);
        var page = await Sorting.PageAsync(rows, query, total, ct);
        return new Page<BudgetView>(await views.OfAsync(page.Items, ct), page.NextCursor, page.Total);
    }

    public async Task<IReadOnlyList<BudgetVersionView>> VersionsAsync(string budgetId, CancellationToken ct) =>
        await RowAsync(budgetId, ct) is { } row
            ?
            [
                .. row
                    .Versions.OrderByDescending(v => v.Version)
                    .Select(v => new BudgetVersionView(
                        v.Version,
                        v.Name,
                        new Money(v.Amount, Currency.Parse(row.Currency)),
                        v.Thresholds,
                        v.HardStop,
                        v.State,
                        v.MadeAt,
                        v.MadeBy
                    )),
            ]
            : [];

    public async Task<Page<BudgetAlertView>> AlertsAsync(BudgetAlertQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (!MayRead)
            return new Page<BudgetAlertView>([], null, 0);
        IQueryable<BudgetAlertRow> rows = db.Set<BudgetAlertRow>().AsNoTracking();
        if (query.BudgetId is { } budget)
            rows = rows.Where(a => a.BudgetId == budget);
        long total = await rows.LongCountAsync(ct);
        var page = await AlertSorting.PageAsync(rows, query, total, ct);
        return new Page<BudgetAlertView>(await AlertViewsAsync(page.Items, ct), page.NextCursor, page.Total);
    }

    public async Task<BudgetAlertView?> FindAlertAsync(string alertId, CancellationToken ct) =>
        MayRead && await db.Set<BudgetAlertRow>().AsNoTracking().FirstOrDefaultAsync(a => a.Id == alertId, ct) is { } row
            ? (await AlertViewsAsync([row], ct))[0]
            : null;

    private async Task<IReadOnlyList<BudgetAlertView>> AlertViewsAsync(IReadOnlyList<BudgetAlertRow> rows, CancellationToken ct)
    {
        string[] of = [.. rows.Select(a => a.BudgetId).Distinct()];
        var budgets = await db.Set<BudgetRow>()
            .AsNoTracking()
            .Include(b => b.Versions)
            .Where(b => of.Contains(b.Id))
            .ToDictionaryAsync(b => b.Id, StringComparer.Ordinal, ct);
        return [.. rows.Select(a => ViewOf(a, budgets[a.BudgetId]))];
    }

    public async Task<IReadOnlyList<BudgetStopView>> StopsAsync(string budgetId, CancellationToken ct)
    {
        if (await RowAsync(budgetId, ct) is not { } row || await views.StandingAsync(row, ct) is not { } standing)
            return [];
        DateOnly period = standing.Period.Start;
        var stops = await db.Set<BudgetStopRow>()
            .AsNoTracking()
            .Where(s => s.BudgetId == budgetId && s.PeriodStart == period)
            .OrderByDescending(s => s.StoppedAt)
            .ThenByDescending(s => s.ContractId)
            .Take(MaxStops)
            .ToListAsync(ct);
        return [.. stops.DistinctBy(s => s.ContractId).Select(s => new BudgetStopView(s.ContractId, s.PeriodStart, s.StoppedAt))];
    }

    public async Task<BurnDown?> BurnDownAsync(string budgetId, CancellationToken ct) =>
        await RowAsync(budgetId, ct) is { } row ? await views.BurnDownAsync(row, ct) : null;

    public async Task<IReadOnlyList<ScopeSpending>> SpendingAsync(
        BudgetScope by,
        Currency currency,
        DateOnly from,
        DateOnly to,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(currency);
        return MayRead ? await reader.SpendingAsync(actor.Current.PartyId, by, currency, from, to, ct) : [];
    }

    private bool MayRead => actor.Current.Allows(Permission.MoneyRead);

    private async Task<BudgetRow?> RowAsync(string budgetId, CancellationToken ct) =>
        MayRead ? await db.Set<BudgetRow>().AsNoTracking().Include(b => b.Versions).FirstOrDefaultAsync(b => b.Id == budgetId, ct) : null;

    private static BudgetAlertView ViewOf(BudgetAlertRow alert, BudgetRow budget)
    {
        Currency currency = Currency.Parse(budget.Currency);
        return new BudgetAlertView(
            alert.Id,
            alert.BudgetId,
            budget.Latest.Name,
            budget.Kind,
            alert.Kind,
            alert.PeriodStart,
            alert.Threshold,
            new Money(alert.Amount, currency),
            new Money(alert.Spent, currency),
            alert.UsedUpAt,
            alert.RaisedAt
        );
    }
}

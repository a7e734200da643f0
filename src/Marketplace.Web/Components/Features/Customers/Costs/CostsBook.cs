using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Time;
using Marketplace.Web.Components.Features.Costs;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Customers.Costs;

/// <summary>What a customer spent in a period by group, where its month stands and where it leads. Tax included, days in UTC.</summary>
/// <param name="Groups">The largest first; days the newest first.</param>
/// <param name="Days">The same by day; one group a day when grouped by day.</param>
/// <param name="Rate">What an hour costs now.</param>
public sealed record CostsBook(
    string By,
    DateTimeOffset From,
    DateTimeOffset To,
    Money Total,
    IReadOnlyList<CostGroup> Groups,
    IReadOnlyList<DayAmount> Days,
    IReadOnlyDictionary<string, string> Names,
    Money MonthToDate,
    Money LastMonth,
    Money Expected,
    Money Rate,
    int Running
)
{
    private const int MaxPages = 20;
    private const string Side = "customer";

    public static async Task<CostsBook> LoadAsync(
        PortalActions actions,
        Currency currency,
        string by,
        int days,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        DateTimeOffset from = new(now.UtcDateTime.Date.AddDays(1 - days), TimeSpan.Zero);
        var groups = await ReportAsync(by, from, now, daily: false);
        var daily = by == CostGroupings.Day ? groups : await ReportAsync(by, from, now, daily: true);
        var ordered =
            by == CostGroupings.Day
                ? groups.Groups.OrderByDescending(g => g.Key, StringComparer.Ordinal).ToList()
                : groups.Groups.OrderByDescending(g => g.Amount.Micros).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        var names = await actions.RunAsync<IServiceProvider, IReadOnlyDictionary<string, string>>(s =>
            GroupNames.FindAsync(s, by, ordered.Select(g => g.Key), ct)
        );
        DateTimeOffset month = now.StartOfMonth();
        Money soFar = now > month ? (await ReportAsync(CostGroupings.Day, month, now, daily: false)).Total : Money.Zero(currency);
        Money last = (await ReportAsync(CostGroupings.Day, month.AddMonths(-1), month, daily: false)).Total;
        Money ended = await actions.RunAsync<ICosts, Money>(c => c.EndedAsync(currency, now - MonthForecast.Lately, now, ct));
        var running = await actions.RunAsync<IContracts, IReadOnlyList<ContractView>>(c => RunningAsync(c, currency, ct));
        return new CostsBook(
            by,
            from,
            now,
            groups.Total,
            ordered,
            [.. daily.Groups.Select(g => Day(by, g))],
            names,
            soFar,
            last,
            MonthForecast.Of(soFar, running.Select(c => new RunningCost(c.PerHour, c.EndsAt)), ended, now, month.AddMonths(1)),
            running.Aggregate(Money.Zero(currency), (sum, c) => sum + c.PerHour),
            running.Count
        );

        async Task<CostReport> ReportAsync(string group, DateTimeOffset start, DateTimeOffset end, bool daily) =>
            (
                await actions.RunAsync<ICosts, Outcome<CostReport>>(c =>
                    c.ReportAsync(new CostQuery(group, currency.Code, start, end) { Side = Side, Daily = daily }, ct)
                )
            ).Value;
    }

    private static DayAmount Day(string by, CostGroup group) =>
        by == CostGroupings.Day
            ? new DayAmount(
                DateOnly.ParseExact(group.Key, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                "",
                group.Amount
            )
            : new DayAmount(group.Day!.Value, group.Key, group.Amount);

    // What rests is not charged.
    private static async Task<IReadOnlyList<ContractView>> RunningAsync(IContracts contracts, Currency currency, CancellationToken ct)
    {
        List<ContractView> running = [];
        string? cursor = null;
        for (int page = 0; page < MaxPages; page++)
        {
            var next = await contracts.ListAsync(
                new ContractQuery
                {
                    Open = true,
                    Side = Side,
                    Limit = PageQuery.MaxLimit,
                    Cursor = cursor,
                },
                ct
            );
            running.AddRange(next.Items.Where(c => c.ReadyAt is not null && c.Currency == currency && IsCharged(c.State)));
            cursor = next.NextCursor;
            if (cursor is null)
                break;
        }
        return running;
    }

    private static bool IsCharged(ContractState state) =>
        state is ContractState.Active or ContractState.Degraded or ContractState.Migrating or ContractState.PastDue;
}

using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Time;
using Marketplace.Web.Components.Features.Costs;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Centers.Earnings;

/// <summary>What a center earned in a period, as the ledger booked it, by group and day; what of it was paid out and comes next.</summary>
/// <param name="Groups">The one that earned most first; days the newest first.</param>
/// <param name="PaidThisMonth">What arrived since the first of the month, UTC.</param>
public sealed record EarningsBook(
    EarningsReport Report,
    IReadOnlyList<EarningsGroup> Groups,
    IReadOnlyList<DayAmount> Days,
    IReadOnlyDictionary<string, string> Names,
    PayoutBalance Payouts,
    Money PaidThisMonth
)
{
    public decimal CardHours => Groups.Sum(g => g.CardHours);

    /// <summary>The center's part of service credits and credit notes; zero or less.</summary>
    public Money GivenBack => Groups.Aggregate(Money.Zero(Report.Query.Currency), (sum, g) => sum + g.ServiceCredits + g.CreditNotes);

    public static async Task<EarningsBook> LoadAsync(
        PortalActions actions,
        Currency currency,
        string by,
        DateTimeOffset from,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(actions);
        EarningsReport report = await ReportAsync(daily: false);
        EarningsReport daily = by == CostGroupings.Day ? report : await ReportAsync(daily: true);
        List<EarningsGroup> groups =
            by == CostGroupings.Day
                ? [.. report.Groups.OrderByDescending(g => g.Key, StringComparer.Ordinal)]
                : [.. report.Groups.OrderByDescending(g => g.Earned.Micros).ThenBy(g => g.Key, StringComparer.Ordinal)];
        var names = await actions.RunAsync<IServiceProvider, IReadOnlyDictionary<string, string>>(s =>
            GroupNames.FindAsync(s, by, groups.Select(g => g.Key), ct)
        );
        var balance = (
            await actions.RunAsync<IPayouts, Outcome<PayoutBalance>>(p => p.BalanceAsync(CenterEarnings.Side, currency, ct))
        ).Value;
        return new EarningsBook(
            report,
            groups,
            [
                .. daily.Groups.Select(g => new DayAmount(
                    g.Day ?? DateOnly.ParseExact(g.Key, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                    by == CostGroupings.Day ? "" : g.Key,
                    g.Earned
                )),
            ],
            names,
            balance,
            await actions.RunAsync<IPayouts, Money>(p => PaidAsync(p, currency, now.StartOfMonth(), ct))
        );

        async Task<EarningsReport> ReportAsync(bool daily) =>
            (
                await actions.RunAsync<IEarnings, Outcome<EarningsReport>>(e =>
                    e.ReportAsync(
                        // The last moment counts too: it is booked at this one.
                        new EarningsQuery(CenterEarnings.Side, by, currency, from, now.AddTicks(TimeSpan.TicksPerMicrosecond))
                        {
                            Daily = daily,
                        },
                        ct
                    )
                )
            ).Value;
    }

    // The schedule makes at most one payout a week and currency: one page is more than a month.
    private static async Task<Money> PaidAsync(IPayouts payouts, Currency currency, DateTimeOffset month, CancellationToken ct)
    {
        var paid = await payouts.ListAsync(
            new PayoutQuery
            {
                Role = CenterEarnings.Side,
                State = PayoutState.Paid,
                Limit = PageQuery.MaxLimit,
            },
            ct
        );
        return paid
            .Items.Where(p => p.Amount.Currency == currency && p.FinishedAt >= month)
            .Aggregate(Money.Zero(currency), (sum, p) => sum + p.Amount);
    }
}

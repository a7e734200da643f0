using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Features.Costs;
using Marketplace.Web.Identity.Acting;

namespace Marketplace.Web.Components.Features.Operators.Revenue;

/// <summary>What the operator earned in a period, as the ledger booked it: by group, and by day.</summary>
/// <param name="Groups">The one with most revenue first; days the newest first.</param>
public sealed record RevenueBook(
    EarningsReport Report,
    IReadOnlyList<EarningsGroup> Groups,
    IReadOnlyList<EarningsGroup> Days,
    IReadOnlyDictionary<string, string> Names,
    PayoutBalance? Payouts
)
{
    public const string Role = "operator";

    public Currency Currency => Report.Query.Currency;

    /// <summary>What customers paid before tax and how it was divided, with what was given back taken off.</summary>
    public TradeSplit Total =>
        Groups
            .Select(g => g.Split!)
            .Aggregate(
                new TradeSplit(Money.Zero(Currency), Money.Zero(Currency), Money.Zero(Currency)),
                (a, b) => new TradeSplit(a.Retail + b.Retail, a.Wholesale + b.Wholesale, a.Commission + b.Commission)
            );

    public decimal CardHours => Groups.Sum(g => g.CardHours);

    /// <summary>The operator's own part of service credits and credit notes; zero or less.</summary>
    public Money GivenBack => Groups.Aggregate(Money.Zero(Currency), (sum, g) => sum + g.ServiceCredits + g.CreditNotes);

    public static async Task<RevenueBook> LoadAsync(
        PortalActions actions,
        string by,
        DateTimeOffset from,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(actions);
        var me = await actions.PersonAsync();
        var party = await actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(me.WorkspaceId, ct));
        var currency = Currency.Parse(party!.Currency);
        EarningsReport report = await ReportAsync(by);
        EarningsReport days = by == CostGroupings.Day ? report : await ReportAsync(CostGroupings.Day);
        List<EarningsGroup> groups =
            by == CostGroupings.Day
                ? [.. report.Groups.OrderByDescending(g => g.Key, StringComparer.Ordinal)]
                : [.. report.Groups.OrderByDescending(g => g.Split!.Retail.Micros).ThenBy(g => g.Key, StringComparer.Ordinal)];
        var names = await actions.RunAsync<IServiceProvider, IReadOnlyDictionary<string, string>>(s =>
            GroupNames.FindAsync(s, by, groups.Select(g => g.Key), ct)
        );
        var payouts = await actions.RunAsync<IPayouts, Outcome<PayoutBalance>>(p => p.BalanceAsync(Role, currency, ct));
        return new RevenueBook(report, groups, days.Groups, names, payouts.IsOk ? payouts.Value : null);

        async Task<EarningsReport> ReportAsync(string group) =>
            (
                await actions.RunAsync<IEarnings, Outcome<EarningsReport>>(e =>
                    // The last moment counts too: it is booked at this one.
                    e.ReportAsync(new EarningsQuery(Role, group, currency, from, now.AddTicks(TimeSpan.TicksPerMicrosecond)), ct)
                )
            ).Value;
    }
}

using System.Globalization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Time;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Charts;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Operators.Revenue;

/// <summary>Revenue and margin by chip, customer, bundle, offer, site and day, as the ledger booked them, and the way to payouts and statements.</summary>
public sealed partial class RevenuePage : LivePage
{
    private const string ThisMonth = "month";
    private static readonly IReadOnlyList<string> Groupings =
    [
        CostGroupings.DeviceModel,
        CostGroupings.Customer,
        CostGroupings.Bundle,
        CostGroupings.Offer,
        CostGroupings.Site,
        CostGroupings.Day,
    ];
    private static readonly IReadOnlyList<int> DayPeriods = [30, 7, 90];
    private const int StatementMonths = 12;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private RevenueBook? Book { get; set; }

    private bool Closed { get; set; }

    // There is no statement of the time before.
    private DateTimeOffset Joined { get; set; }
    private string By => Groupings.Contains(Query.Get("by") ?? "") ? Query.Get("by")! : Groupings[0];

    // The first one is the default.
    private IReadOnlyList<Choice<string>> Periods =>
        [
            .. DayPeriods.Select(d => new Choice<string>(d.ToString(CultureInfo.InvariantCulture), T["Days", d])),
            new(ThisMonth, T["ThisMonth"]),
        ];

    // Whole days, today included; the month as its statement counts it.
    private DateTimeOffset From
    {
        get
        {
            DateTime today = Time.GetUtcNow().UtcDateTime.Date;
            return Query.Get("period") == ThisMonth
                ? Time.GetUtcNow().StartOfMonth()
                : new DateTimeOffset(
                    today.AddDays(1 - DayPeriods.FirstOrDefault(d => d == Query.GetInt("period", DayPeriods[0]), DayPeriods[0])),
                    TimeSpan.Zero
                );
        }
    }

    protected override async Task OnInitializedAsync()
    {
        Query.Changed += OnQueryChanged;
        Closed = !(await Actions.PersonAsync()).Actor.Allows(Permission.MoneyRead);
        if (Closed)
            return;
        string me = (await Actions.PersonAsync()).WorkspaceId;
        Joined = (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(me, Gone)))?.CreatedAt ?? default;
        await LoadAsync();
        Follow(LoadAsync, "ledger");
    }

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged() =>
        _ = InvokeAsync(async () =>
        {
            try
            {
                if (!Closed)
                    await LoadAsync();
                StateHasChanged();
            }
            catch (OperationCanceledException) when (Gone.IsCancellationRequested)
            {
                // The page was left.
            }
        });

    private async Task LoadAsync() => Book = await RevenueBook.LoadAsync(Actions, By, From, Time.GetUtcNow(), Gone);

    private static IReadOnlyList<BarGroup> Bars(RevenueBook book)
    {
        var byDay = book.Days.ToDictionary(d => d.Key, StringComparer.Ordinal);
        List<BarGroup> bars = [];
        for (DateTimeOffset day = book.Report.Query.From; day <= book.Report.Query.To; day = day.AddDays(1))
        {
            var found = byDay.GetValueOrDefault(Day(day));
            // A day on which more was given back than sold has no bar.
            double Value(Money? amount) => Math.Max(0, (double)(amount?.Amount ?? 0));
            bars.Add(
                new BarGroup(
                    Times.Format(day, TimeStyle.Day),
                    [Value(found?.Split?.Wholesale), Value(found?.Earned), Value(found?.Split?.Commission)]
                )
            );
        }
        return bars;
    }

    private IEnumerable<DateTimeOffset> Months()
    {
        DateTimeOffset first = Time.GetUtcNow().StartOfMonth();
        return Enumerable.Range(0, StatementMonths).Select(back => first.AddMonths(-back)).Where(month => month.AddMonths(1) > Joined);
    }

    private static string Day(DateTimeOffset day) => day.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    internal static string Share(Money part, Money whole) => whole.IsZero ? "–" : Numbers.Percent((double)(part.Amount / whole.Amount));
}

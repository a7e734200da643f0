using System.Globalization;
using Marketplace.Platform.Monetary;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Charts;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Operators.Revenue;

/// <summary>Revenue by day and chip, divided as the ledger divided it, and the way to the statements.</summary>
public sealed partial class RevenuePage : LivePage
{
    private const int DefaultDays = 30;
    private const int StatementMonths = 12;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private RevenueBook? Book { get; set; }

    // The first one is the default.
    private IReadOnlyList<Choice<int>> Periods =>
        [new(DefaultDays, T["Days", DefaultDays], null), new(7, T["Days", 7], null), new(90, T["Days", 90], null)];

    protected override async Task OnInitializedAsync()
    {
        Query.Changed += OnQueryChanged;
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
                await LoadAsync();
                StateHasChanged();
            }
            catch (OperationCanceledException) when (Gone.IsCancellationRequested)
            {
                // The page was left.
            }
        });

    private async Task LoadAsync() =>
        Book = await RevenueBook.LoadAsync(Actions, Time.GetUtcNow(), Math.Min(366, Query.GetInt("days", DefaultDays)), Gone);

    private static IReadOnlyList<BarGroup> Bars(RevenueBook book)
    {
        var byDay = book.Days.ToDictionary(d => d.Key, StringComparer.Ordinal);
        List<BarGroup> bars = [];
        for (DateTimeOffset day = book.From; day <= book.To; day = day.AddDays(1))
        {
            var found = byDay.GetValueOrDefault(Day(day));
            bars.Add(
                new BarGroup(
                    day.ToString("MM-dd", CultureInfo.InvariantCulture),
                    [
                        (double)(found?.Split?.Wholesale.Amount ?? 0),
                        Math.Max(0, (double)(found?.Amount.Amount ?? 0)),
                        (double)(found?.Split?.Commission.Amount ?? 0),
                    ]
                )
            );
        }
        return bars;
    }

    private IEnumerable<DateTimeOffset> Months()
    {
        DateTimeOffset now = Time.GetUtcNow();
        var first = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        return Enumerable.Range(0, StatementMonths).Select(back => first.AddMonths(-back));
    }

    private static string Day(DateTimeOffset day) => day.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Share(Money part, Money whole) => whole.IsZero ? "–" : Numbers.Percent((double)(part.Amount / whole.Amount));
}

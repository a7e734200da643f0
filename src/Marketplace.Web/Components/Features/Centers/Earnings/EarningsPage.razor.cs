using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Centers.Earnings;

/// <summary>What the center has earned, pending, payable and paid out, by chip, site, cluster and day, down to each rated window.</summary>
public sealed partial class EarningsPage : LivePage
{
    private static readonly IReadOnlyList<int> Periods = [30, 7, 90];
    private static readonly IReadOnlyList<string> Groupings =
    [
        CostGroupings.DeviceModel,
        CostGroupings.Site,
        CostGroupings.Cluster,
        CostGroupings.Day,
    ];
    private const decimal SecondsPerHour = 3600;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private Currency Currency { get; set; } = Currency.Cny;
    private EarningsBook? Book { get; set; }
    private bool Closed { get; set; }
    private DataGrid<ChargeView>? Grid { get; set; }

    private string By => Groupings.Contains(Query.Get("by") ?? "") ? Query.Get("by")! : Groupings[0];
    private int Days => Periods.FirstOrDefault(d => d == Query.GetInt("days", Periods[0]), Periods[0]);

    // Whole days, today included.
    private DateTimeOffset From => new(Time.GetUtcNow().UtcDateTime.Date.AddDays(1 - Days), TimeSpan.Zero);

    protected override async Task OnInitializedAsync()
    {
        Query.Changed += OnQueryChanged;
        var person = await Actions.PersonAsync();
        Closed = !person.Actor.Allows(Permission.MoneyRead);
        if (Closed)
            return;
        Currency = await CenterEarnings.CurrencyAsync(Actions, person.WorkspaceId, Gone);
        await LoadAsync();
        Follow(ReloadAsync, $"party:{person.WorkspaceId}", "ledger");
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

    private async Task ReloadAsync()
    {
        await LoadAsync();
        if (Grid is not null)
            await Grid.ReloadAsync();
    }

    private async Task LoadAsync() => Book = await EarningsBook.LoadAsync(Actions, Currency, By, From, Time.GetUtcNow(), Gone);

    private async Task<GridPage<ChargeView>> LoadChargesAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new ChargeQuery
        {
            Side = CenterEarnings.Side,
            Skip = query.Skip,
            Sort = query.SortExpression,
            Limit = query.Size,
        };
        return (await Actions.RunAsync<IRating, Page<ChargeView>>(r => r.ChargesAsync(asked, cancellation))).ToGrid();
    }
}

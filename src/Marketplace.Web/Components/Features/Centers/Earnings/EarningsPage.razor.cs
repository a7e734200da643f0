using Marketplace.Billing.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Centers.Earnings;

/// <summary>What the center has earned: pending in the dispute window, payable, by week and chip, down to each rated window.</summary>
public sealed partial class EarningsPage : LivePage
{
    private const int WeeksBack = 12;
    private const decimal SecondsPerHour = 3600;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private Currency Currency { get; set; } = Currency.Cny;
    private WalletView? Wallet { get; set; }
    private IReadOnlyList<EarningsWeek> Weeks { get; set; } = [];
    private DataGrid<ChargeView>? Grid { get; set; }

    private IReadOnlyList<CostGroup> ByChip =>
        [
            .. Weeks
                .SelectMany(w => w.ByChip)
                .GroupBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new CostGroup(g.Key, Money.From(g.Sum(c => c.Amount.Amount), Currency), g.Sum(c => c.CardHours)))
                .OrderByDescending(g => g.Amount),
        ];

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        Currency = await CenterEarnings.CurrencyAsync(Actions, person.WorkspaceId, Gone);
        await LoadAsync();
        Follow(LoadAsync, $"party:{person.WorkspaceId}", "ledger");
    }

    private async Task LoadAsync()
    {
        string me = (await Actions.PersonAsync()).WorkspaceId;
        DateTimeOffset now = Time.GetUtcNow();
        Weeks = await Actions.RunAsync<IRating, IReadOnlyList<EarningsWeek>>(r =>
            CenterEarnings.WeeksAsync(r, Currency, now, WeeksBack, Gone)
        );
        Wallet = await Actions.RunAsync<ILedger, WalletView>(l => l.WalletAsync(me, Currency, Gone));
        if (Grid is not null)
            await Grid.ReloadAsync();
    }

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

using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Reservations;

/// <summary>What was bought ahead and what is left of it, and buying more from the offers that sell it.</summary>
public sealed partial class ReservationsPage : LivePage
{
    private string key = "";
    private BuyReservation wanted = new("", 0);

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<ReservationView> Grid { get; set; } = default!;
    private FormErrors Errors { get; } = new();
    private IReadOnlyList<OfferView>? Offers { get; set; }
    private string? OfferId { get; set; }
    private decimal? CardHours { get; set; } = 100;
    private ReservationPrice? Price { get; set; }
    private bool Confirming { get; set; }
    private string? Failure { get; set; }

    private string? HoursHint =>
        Offers?.FirstOrDefault(o => o.Id == OfferId)?.Plan?.Prepaid is { } prepaid
            ? T["Hours.Hint", Numbers.Count(prepaid.MinUnits), Numbers.Count(prepaid.Days)].Value
            : null;

    private IReadOnlyList<Choice<string>> Choices =>
        [
            .. (Offers ?? []).Select(o => new Choice<string>(
                o.Id,
                T[
                    "Offer.Option",
                    o.Title,
                    MoneyDisplay.Format(o.PricePerCardHour * o.Plan!.Prepaid!.Factor, o.Currency, MoneyDigits.UnitPrice),
                    MoneyDisplay.Format(o.PricePerCardHour, o.Currency, MoneyDigits.UnitPrice)
                ]
            )),
        ];

    protected override async Task OnInitializedAsync()
    {
        var me = await Actions.PersonAsync();
        await LoadOffersAsync();
        Follow(() => Grid.ReloadAsync(), $"party:{me.WorkspaceId}", "ledger");
        Follow(LoadOffersAsync, "market");
    }

    private async Task LoadOffersAsync()
    {
        var found = await Actions.RunAsync<IMarketCatalog, SearchResult>(c => c.SearchAsync(new OfferSearch { Limit = 500 }, Gone));
        Offers = [.. found.Matches.Select(m => m.Offer).Where(o => o.Plan?.Prepaid is not null)];
    }

    private async Task<GridPage<ReservationView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new PageQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            Sort = query.SortExpression,
        };
        return (await Actions.RunAsync<IReservations, Page<ReservationView>>(r => r.ListAsync(asked, cancellation))).ToGrid();
    }

    private async Task AskAsync()
    {
        Errors.Clear();
        if (Errors.RefusesUnread())
            return;
        wanted = new BuyReservation(OfferId ?? "", CardHours ?? 0);
        var priced = await Actions.RunAsync<IReservationDesk, Outcome<ReservationPrice>>(d => d.PriceAsync(wanted, Gone));
        if (!priced.IsOk)
        {
            Errors.Set(priced.Problem);
            return;
        }
        key = Ids.New("key");
        (Price, Failure, Confirming) = (priced.Value, null, true);
    }

    private async Task<bool> BuyAsync()
    {
        var bought = await Actions.RunAsync<IReservationDesk, Outcome<ReservationView>>(d => d.BuyAsync(wanted, key, Gone));
        if (!bought.IsOk)
        {
            Failure = Problems[bought.Problem.Detail];
            return false;
        }
        Toasts.Show(Tone.Running, T["Done", bought.Value.Description]);
        await Grid.ReloadAsync();
        return true;
    }

    private static Tone ToneOf(ReservationState state) =>
        state switch
        {
            ReservationState.Active => Tone.Running,
            ReservationState.UsedUp => Tone.Ended,
            _ => Tone.Waiting,
        };
}

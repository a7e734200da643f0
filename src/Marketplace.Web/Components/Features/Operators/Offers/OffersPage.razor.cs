using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Operators.Offers;

/// <summary>What the operator sells, what it earned with it, and the builder of an offer with its margin.</summary>
public sealed partial class OffersPage : LivePage
{
    private const int Days = 30;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private IReadOnlyList<OfferView>? Offers { get; set; }
    private IReadOnlyList<OfferSource> Sources { get; set; } = [];
    private TradeRates? Rates { get; set; }
    private OperatorTrade? Trade { get; set; }
    private bool Withdrawing { get; set; }
    private OfferView? Target { get; set; }
    private string? WithdrawFailure { get; set; }

    private IReadOnlyList<OfferView> OnSale => [.. (Offers ?? []).Where(o => o.State == OfferState.OnSale)];

    private IReadOnlyList<OfferView> Shown =>
        [
            .. (Offers ?? []).Where(o =>
                (Query.Get("state") is { } state ? o.State.ToString() == state : o.State != OfferState.Withdrawn)
                && (Query.Get("listing") is not { } listing || o.ListingId == listing)
            ),
        ];

    private IReadOnlyList<FilterSpec> Filters =>
        [
            new(
                T["Filter.State"],
                "state",
                T["Any"],
                [.. Enum.GetNames<OfferState>().Select(s => new Choice<string>(s, T[$"State.{s}"], null))]
            ),
        ];

    protected override async Task OnInitializedAsync()
    {
        var me = await Actions.PersonAsync();
        Query.Changed += OnQueryChanged;
        await LoadAsync();
        await LoadTradeAsync();
        Follow(LoadAsync, "market");
        Follow(LoadTradeAsync, "ledger", $"party:{me.WorkspaceId}");
    }

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged() => _ = InvokeAsync(StateHasChanged);

    private async Task LoadAsync()
    {
        var me = await Actions.PersonAsync();
        var rates = await Actions.RunAsync<IMarketCatalog, Outcome<TradeRates>>(c => c.RatesAsync(Gone));
        var offers = await Actions.RunAsync<IOffers, Page<OfferView>>(o =>
            o.ListAsync(new OfferQuery { Limit = PageQuery.MaxLimit }, Gone)
        );
        var authorizations = await Actions.RunAsync<IResale, IReadOnlyList<AuthorizationView>>(r => r.ListAsync(Gone));
        var own = await Actions.RunAsync<ISupply, Page<ListingView>>(s =>
            s.ListingsAsync(new ListingQuery { Limit = PageQuery.MaxLimit }, Gone)
        );
        List<AuthorizationView> granted =
        [
            .. authorizations.Where(a =>
                a.OperatorId == me.WorkspaceId
                && a.State == AuthorizationState.Granted
                && a.Listing.State is ListingState.Live or ListingState.Paused
            ),
        ];
        List<ListingView> mine = [.. own.Items.Where(l => l.CenterId == me.WorkspaceId && l.State is not ListingState.Withdrawn)];
        var names = await OperatorNames.OfAsync(Actions, [.. granted.Select(a => a.Listing), .. mine], Gone);
        Sources =
        [
            .. granted.Select(a => new OfferSource(a.Listing, names.Site(a.Listing), a.MinMarkup, a.MaxMarkup)),
            .. mine.Select(l => new OfferSource(l, names.Site(l), null, null)),
        ];
        Rates = rates.Value;
        Offers = offers.Items;
    }

    private async Task LoadTradeAsync() => Trade = await OperatorTrade.LoadAsync(Actions, Time.GetUtcNow(), Days, Gone);

    private OfferView? Edited() => Query.Get("edit") is { } id ? Offers!.FirstOrDefault(o => o.Id == id) : null;

    private void Open(string key, string value) =>
        Query.Set(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["new"] = null,
                ["edit"] = null,
                [key] = value,
            }
        );

    private void CloseBuilder() => Query.Set(new Dictionary<string, string?>(StringComparer.Ordinal) { ["new"] = null, ["edit"] = null });

    private async Task SavedAsync()
    {
        CloseBuilder();
        await LoadAsync();
    }

    private async Task ChangeAsync((OfferView Offer, OfferState To) change)
    {
        if (await SetStateAsync(change.Offer, change.To) is { } refused)
            Toasts.Show(Tone.Failed, Problems[refused.Detail]);
    }

    private async Task<Problem?> SetStateAsync(OfferView offer, OfferState to)
    {
        var changed = await Actions.RunAsync<IOffers, Outcome<OfferView>>(o => o.ChangeStateAsync(offer.Id, to, Gone));
        if (!changed.IsOk)
            return changed.Problem;
        string key = to switch
        {
            OfferState.OnSale => "Saved.Sale",
            OfferState.Paused => "Saved.Paused",
            _ => "Saved.Withdrawn",
        };
        Toasts.Show(Tone.Running, T[key, offer.Title]);
        await LoadAsync();
        return null;
    }

    private void AskWithdraw(OfferView offer)
    {
        Target = offer;
        WithdrawFailure = null;
        Withdrawing = true;
    }

    private async Task<bool> WithdrawAsync()
    {
        WithdrawFailure = await SetStateAsync(Target!, OfferState.Withdrawn) is { } refused ? Problems[refused.Detail].Value : null;
        return WithdrawFailure is null;
    }

    private string RevenueNote(OperatorTrade trade) =>
        trade.Before.IsZero
            ? T["Revenue.First"]
            : T["Revenue.Change", Numbers.Change((double)(trade.Retail.Amount / trade.Before.Amount) - 1)];
}

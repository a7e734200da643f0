using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Centers.Listings;

/// <summary>One listing: price versions, quantity, state, and who may resell it.</summary>
public sealed partial class ListingPage : LivePage
{
    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private ListingRow? Row { get; set; }
    private bool Missing { get; set; }
    private IReadOnlyList<PriceVersionView> Prices { get; set; } = [];
    private ResalePanel? Resale { get; set; }
    private FormErrors PriceErrors { get; } = new();
    private FormErrors SizeErrors { get; } = new();
    private decimal? NewPrice { get; set; }
    private DateTimeOffset? NewFrom { get; set; }
    private decimal? NewCards { get; set; }
    private ListingState? Moving { get; set; }
    private string? Refusal { get; set; }
    private DateTimeOffset Now => Time.GetUtcNow();
    private bool IsOver => Row?.Listing.State is ListingState.Withdrawn;

    // Newest first; the first that has begun is in force.
    private int? Current => Prices.FirstOrDefault(p => p.EffectiveFrom <= Now)?.Version;

    private string? SuggestedHint =>
        Row is { Market: { Median: { } median, Listings: > 0 } market }
            ? T["Price.Hint", MoneyDisplay.Format(median, market.Currency)].Value
            : null;

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        await LoadAsync();
        NewCards = Row?.Listing.Cards;
        NewPrice = Row?.Listing.PricePerCardHour;
        Follow(LoadAsync, $"party:{person.WorkspaceId}", "market");
    }

    private async Task LoadAsync()
    {
        var listing = await Actions.RunAsync<ISupply, ListingView?>(s => s.FindListingAsync(Id, Gone));
        Missing = listing is null;
        if (listing is null)
            return;
        Prices = await Actions.RunAsync<ISupply, IReadOnlyList<PriceVersionView>>(s => s.PricesAsync(Id, Gone));
        Row = (await Actions.RunAsync<ISupply, IReadOnlyList<ListingRow>>(s => ListingMarket.RowsAsync(s, [listing], Gone)))[0];
        if (Resale is not null)
            await Resale.LoadAsync();
    }

    /// <summary>What the state allows; the module refuses the rest.</summary>
    private IEnumerable<ListingState> Next() =>
        Row?.Listing.State switch
        {
            ListingState.Draft or ListingState.Paused => [ListingState.Withdrawn, ListingState.Live],
            ListingState.Live => [ListingState.Withdrawn, ListingState.Paused],
            _ => [],
        };

    private async Task ChangePriceAsync()
    {
        // Nothing typed goes as a price below zero: the validator says what is missing.
        var changed = await Actions.RunAsync<ISupply, Outcome<ListingView>>(s => s.ChangePriceAsync(Id, NewPrice ?? -1, NewFrom, Gone));
        if (!changed.IsOk)
        {
            PriceErrors.Set(changed.Problem);
            return;
        }
        NewFrom = null;
        Toasts.Show(Tone.Running, T["Price.Recorded", changed.Value.PriceVersion]);
        await LoadAsync();
    }

    private async Task ResizeAsync()
    {
        var changed = await Actions.RunAsync<ISupply, Outcome<ListingView>>(s => s.ResizeAsync(Id, ListingForm.Whole(NewCards), Gone));
        if (!changed.IsOk)
        {
            SizeErrors.Set(changed.Problem);
            return;
        }
        Toasts.Show(Tone.Running, T["Resized", changed.Value.Cards]);
        await LoadAsync();
    }

    private void Ask(ListingState to) => (Moving, Refusal) = (to, null);

    private async Task<bool> MoveAsync()
    {
        ListingState to = Moving!.Value;
        var moved = await Actions.RunAsync<ISupply, Outcome<ListingView>>(s => s.ChangeStateAsync(Id, to, Gone));
        Refusal = moved.IsOk ? null : Problems[moved.Problem.Detail].Value;
        if (moved.IsOk)
            await LoadAsync();
        // A refusal stays in the dialog.
        StateHasChanged();
        return moved.IsOk;
    }
}

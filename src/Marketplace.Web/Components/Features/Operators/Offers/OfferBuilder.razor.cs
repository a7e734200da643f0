using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Components.Features.Prices;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Operators.Offers;

/// <summary>Makes an offer from a source, or changes the markup of one; the split of the price follows every move of the slider.</summary>
public sealed partial class OfferBuilder
{
    // The slider's end where a center sets no limit: twice the wholesale price.
    private const decimal FreeHigh = 100;

    [Inject]
    private PortalActions Portal { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    [Parameter, EditorRequired]
    public IReadOnlyList<OfferSource> Sources { get; set; } = [];

    [Parameter, EditorRequired]
    public TradeRates Rates { get; set; } = default!;

    /// <summary>The offer whose markup changes; null makes a new one.</summary>
    [Parameter]
    public OfferView? Edit { get; set; }

    /// <summary>Listings that are offered already.</summary>
    [Parameter]
    public IReadOnlySet<string> Offered { get; set; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The source to begin with.</summary>
    [Parameter]
    public string? StartListingId { get; set; }

    /// <summary>Something was saved.</summary>
    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    private FormErrors Errors { get; } = new();
    private string ListingId { get; set; } = "";
    private string? Title { get; set; }
    private HashSet<ContractClass> Classes { get; set; } = [];
    private bool WhiteLabel { get; set; }
    private decimal? Percent { get; set; }
    private decimal? Median { get; set; }
    private PlanForm Plan { get; set; } = new();

    private OfferSource? Source => Sources.FirstOrDefault(s => s.Listing.Id == ListingId);
    private decimal Low => (Source?.MinMarkup ?? 0) * 100;
    private decimal High => (Source?.MaxMarkup * 100) ?? FreeHigh;

    private PriceSplit? Split =>
        Source is { } source && Percent is { } percent ? PriceSplit.Of(source.Listing.PricePerCardHour, percent / 100, Rates) : null;

    private IReadOnlyList<Choice<string>> SourceChoices =>
        [
            .. Sources.Select(s => new Choice<string>(
                s.Listing.Id,
                T["Listing.Option", s.Listing.Title, s.Place, MoneyDisplay.Format(s.Listing.PricePerCardHour, s.Listing.Currency)]
            )),
        ];

    protected override async Task OnInitializedAsync()
    {
        if (Edit is { } offer)
        {
            await ChooseAsync(offer.ListingId);
            Percent = offer.Markup * 100;
            Plan = PlanForm.Of(offer.Plan);
        }
        else if (Sources.FirstOrDefault(s => s.Listing.Id == StartListingId) is { } start)
        {
            await ChooseAsync(start.Listing.Id);
        }
        else if (Sources.Count > 0)
        {
            // What nobody sells yet comes first.
            await ChooseAsync((Sources.FirstOrDefault(s => !Offered.Contains(s.Listing.Id)) ?? Sources[0]).Listing.Id);
        }
    }

    private async Task ChooseAsync(string listingId)
    {
        ListingId = listingId;
        Median = null;
        if (Source is not { } source)
            return;
        Title = source.Listing.Title;
        Classes = [.. source.Listing.Classes];
        Percent = Math.Clamp(20, Low, High);
        if (source.Listing.DeviceModel is { } model)
        {
            var found = await Portal.RunAsync<IMarketCatalog, SearchResult>(c =>
                c.SearchAsync(new OfferSearch { DeviceModels = [model], Currency = source.Listing.Currency }, CancellationToken.None)
            );
            var prices = found.Matches.Where(m => m.Offer.Id != Edit?.Id).Select(m => m.Offer.PricePerCardHour).Order().ToList();
            if (prices.Count > 0)
                Median = (prices[(prices.Count - 1) / 2] + prices[prices.Count / 2]) / 2;
        }
    }

    private void Toggle(ContractClass one, bool on)
    {
        if (on)
            Classes.Add(one);
        else
            Classes.Remove(one);
    }

    private void SetPercent(decimal? percent) => Percent = percent;

    private void Slide(ChangeEventArgs e)
    {
        if (decimal.TryParse(e.Value as string, NumberStyles.Number, CultureInfo.InvariantCulture, out decimal percent))
            Percent = percent;
    }

    private async Task SaveAsync(bool sell)
    {
        Errors.Clear();
        if (Errors.RefusesUnread())
            return;
        decimal markup = (Percent ?? -1) / 100;
        var saved = await Portal.RunAsync<IOffers, Outcome<OfferView>>(o =>
            Edit is { } offer
                ? o.ChangePriceAsync(offer.Id, markup, Plan.ToPlan(), CancellationToken.None)
                : o.CreateAsync(
                    new CreateOffer(ListingId, Title ?? "", markup, [.. Classes.Order()], WhiteLabel) { Plan = Plan.ToPlan() },
                    CancellationToken.None
                )
        );
        if (!saved.IsOk)
        {
            Errors.Set(saved.Problem);
            return;
        }
        OfferView made = saved.Value;
        if (sell)
        {
            var sold = await Portal.RunAsync<IOffers, Outcome<OfferView>>(o =>
                o.ChangeStateAsync(made.Id, OfferState.OnSale, CancellationToken.None)
            );
            // The draft is there; only putting it on sale was refused.
            if (!sold.IsOk)
                Toasts.Show(Tone.Failed, Problems[sold.Problem.Detail]);
            sell = sold.IsOk;
        }
        Toasts.Show(
            Tone.Running,
            Edit is not null ? T["Saved.Markup", made.Title, MoneyDisplay.Format(made.PricePerCardHour, made.Currency)]
                : sell ? T["Saved.Sale", made.Title]
                : T["Saved.Draft", made.Title]
        );
        await OnSaved.InvokeAsync();
    }

    private string LimitText(OfferSource source) =>
        source is { MinMarkup: { } min, MaxMarkup: { } max }
            ? T["Limits", Numbers.Percent((double)min), Numbers.Percent((double)max)]
            : T["Limits.Own"];

    private string MarketText(decimal median, decimal retail)
    {
        double away = (double)(retail / median) - 1;
        string key =
            Math.Abs(away) < 0.0005 ? "Sum.MarketAt"
            : away > 0 ? "Sum.MarketAbove"
            : "Sum.MarketBelow";
        return T[key, Money(median), Numbers.Percent(Math.Abs(away))];
    }

    private string Money(decimal amount) => MoneyDisplay.Format(amount, Source!.Listing.Currency);

    private static string Number(decimal value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}

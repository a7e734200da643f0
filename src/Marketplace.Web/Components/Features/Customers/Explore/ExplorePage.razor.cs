using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Customers.Explore;

/// <summary>Live capacity by chip and site: price per card-hour and per unit of work side by side. Filters live in the URL.</summary>
public sealed partial class ExplorePage : LivePage
{
    private const int MaxPicked = 4;
    private const string PickedKey = "compare";

    [Inject]
    private QueryState Query { get; set; } = default!;

    private SearchResult? Result { get; set; }
    private CapacityMatrix Matrix { get; set; } = CapacityMatrix.Empty;
    private string? Failure { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private IReadOnlyList<string> Picked => Query.Get(PickedKey)?.Split('~') ?? [];
    private IReadOnlyList<Choice<string>> Views => [new("matrix", T["View.Matrix"], null), new("list", T["View.List"], null)];

    protected override async Task OnInitializedAsync()
    {
        await LoadFiltersAsync();
        await LoadAsync();
        Query.Changed += OnQueryChanged;
        // Whenever listings, claims or inventories change, the figures change in place.
        Follow(LoadAsync, "market");
    }

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged() => _ = InvokeAsync(LoadAsync);

    private async Task LoadFiltersAsync()
    {
        var all = await Actions.RunAsync<IMarketCatalog, SearchResult>(c => c.SearchAsync(new OfferSearch { Limit = 1000 }, Gone));
        var works = await Actions.RunAsync<IMarketCatalog, IReadOnlyList<WorkView>>(c => Task.FromResult(c.Works));
        var offers = all.Matches.Select(m => m.Offer).ToList();
        Filters =
        [
            new(T["Work"], "work", T["Work.Any"], [.. works.Select(w => new Choice<string>(w.Key, IsChinese ? w.TitleZh : w.Title, null))]),
            new(T["Vendor"], "vendor", T["Any"], Choices(offers.Select(o => o.Vendor))),
            new(T["Region"], "region", T["Any"], Choices(offers.Select(o => o.Site.Region))),
            new(T["Tier"], "tier", T["Any"], [.. Enum.GetNames<SiteTier>().Select(t => new Choice<string>(t, T[$"Tier.{t}"], null))]),
            new(
                T["Class"],
                "class",
                T["Any"],
                [.. Enum.GetNames<ContractClass>().Select(c => new Choice<string>(c, T[$"Class.{c}"], null))]
            ),
            new(
                T["Cards"],
                "cards",
                T["Any"],
                [
                    .. new[] { 1, 8, 16, 64, 256 }.Select(n => new Choice<string>(
                        n.ToString(CultureInfo.InvariantCulture),
                        T["Cards.AtLeast", n],
                        null
                    )),
                ]
            ),
            new(
                T["Price"],
                "price",
                T["Any"],
                [
                    .. new[] { 2, 5, 10, 20 }.Select(n => new Choice<string>(
                        n.ToString(CultureInfo.InvariantCulture),
                        T["Price.PerHour", n],
                        null
                    )),
                ]
            ),
        ];
    }

    private static bool IsChinese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh";

    private static IReadOnlyList<Choice<string>> Choices(IEnumerable<string?> values) =>
        [
            .. values
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(v => new Choice<string>(v, v, null)),
        ];

    private OfferSearch Search() =>
        new()
        {
            Text = Query.Get("q"),
            Work = Query.Get("work"),
            Vendors = One(Query.Get("vendor")),
            Regions = One(Query.Get("region")),
            Tiers = Enum.TryParse(Query.Get("tier"), out SiteTier tier) ? [tier] : [],
            Class = Enum.TryParse(Query.Get("class"), out ContractClass contract) ? contract : null,
            MinFreeCards = int.TryParse(Query.Get("cards"), CultureInfo.InvariantCulture, out int cards) ? cards : null,
            MaxPricePerCardHour = decimal.TryParse(Query.Get("price"), CultureInfo.InvariantCulture, out decimal price) ? price : null,
            Limit = 1000,
        };

    private static string[] One(string? value) => value is null ? [] : [value];

    private async Task LoadAsync()
    {
        try
        {
            Result = await Actions.RunAsync<IMarketCatalog, SearchResult>(c => c.SearchAsync(Search(), Gone));
            Matrix = CapacityMatrix.Of(Result);
            Failure = null;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            return;
        }
        StateHasChanged();
    }

    private void Pick(string offerId)
    {
        var next = Picked.Contains(offerId, StringComparer.Ordinal)
            ? Picked.Where(p => p != offerId)
            : Picked.Append(offerId).TakeLast(MaxPicked);
        string joined = string.Join('~', next);
        Query.Set(PickedKey, joined.Length == 0 ? null : joined);
    }

    private IEnumerable<OfferMatch> PickedCells() =>
        Picked.Select(id => Result!.Matches.FirstOrDefault(m => m.Offer.Id == id)).OfType<OfferMatch>();

    private string ConfigureLink(OfferView offer) =>
        $"/configure?offer={offer.Id}{(Query.Get("work") is { } work ? $"&work={Uri.EscapeDataString(work)}" : "")}";

    internal static string SiteName(SiteView site) => IsChinese && site.NameZh.Length > 0 ? site.NameZh : site.Name;

    private IEnumerable<(string Label, OfferView Offer, string Figure, string Unit)> Highlights()
    {
        var free = Result!.Matches.Where(m => m.Offer is { FreeCards: > 0, DeviceModel: not null }).ToList();
        if (Result.Work is { } work && free.Where(m => m.PricePerWork is not null).MinBy(m => m.PricePerWork) is { } cheap)
            yield return (T["Best.Work"], cheap.Offer, UnitPrice(cheap.PricePerWork!.Value, cheap.Offer.Currency), WorkUnit(work));
        if (free.MinBy(m => m.Offer.PricePerCardHour) is { } hour)
            yield return (T["Best.Hour"], hour.Offer, UnitPrice(hour.Offer.PricePerCardHour, hour.Offer.Currency), T["PerHour"]);
        if (free.MaxBy(m => m.Offer.FreeCards) is { } block)
            yield return (T["Best.Block"], block.Offer, Numbers.Count(block.Offer.FreeCards), T["CardsUnit"]);
    }

    private string WorkUnit(WorkView work) => T["PerWork", Numbers.Compact(work.PerUnits), work.Unit];

    internal static string UnitPrice(decimal price, string currency) =>
        MoneyDisplay.Format(Platform.Monetary.Money.From(price, Platform.Monetary.Currency.Parse(currency)), MoneyDigits.Amount);
}

using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Icons;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Configure;

/// <summary>From a wish to a firm quote: the form on the left, what it costs and where it would run on the right, as it is typed.</summary>
public sealed partial class ConfigurePage : LivePage
{
    private static readonly IReadOnlyList<string> MoreFields = ["/workUnits", "/deadlineHours", "/policy"];
    private readonly FormErrors errors = new();
    private string idempotencyKey = "";
    private int asked;
    private IReadOnlyDictionary<string, OfferView> offers = new Dictionary<string, OfferView>(StringComparer.Ordinal);
    private IReadOnlyList<BundleView> bundles = [];
    private IReadOnlyList<WorkView> works = [];
    private IReadOnlyList<ProjectView> projects = [];

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private ConfigureModel Model { get; } = new();
    private FormErrors Errors => errors;
    private bool Ready { get; set; }
    private bool Missing { get; set; }
    private bool Pricing { get; set; }
    private QuoteView? Preview { get; set; }
    private Problem? Refusal { get; set; }
    private BundleView? Bundle => bundles.FirstOrDefault(b => b.Id == Model.BundleId);
    private string CurrencyCode { get; set; } = Currency.Cny.Code;
    private string Symbol => Currency.Parse(CurrencyCode).Symbol;
    private IReadOnlyDictionary<string, OfferMatch> matches = new Dictionary<string, OfferMatch>(StringComparer.Ordinal);

    private OfferMatch? Match => Model.OfferId is { } id ? matches.GetValueOrDefault(id) : null;

    private string? OfferTitle => Model.OfferId is { } id && offers.TryGetValue(id, out var offer) ? offer.Title : null;
    private WorkView? Work => works.FirstOrDefault(w => w.Key == Model.Work);
    private ChipComparison? Chip { get; set; }
    private bool HasOwn { get; set; }
    private bool MoreOpen { get; set; }
    private Func<string, string?> OfferNames =>
        id => offers.TryGetValue(id, out var offer) ? $"{offer.Site.Name}, {offer.DeviceModel ?? W["Cpu"]}" : null;
    private string? Announcement =>
        Refusal is null
            ? Preview is null
                ? null
                : MoneyDisplay.Format(Preview.Total)
            : T["Refused"].Value;

    private IReadOnlyList<Choice<ProductKind>> Products =>
        [
            new(ProductKind.Job, W["Product.Job"], IconName.Play),
            new(ProductKind.GangJob, W["Product.GangJob"], IconName.Grid),
            new(ProductKind.Endpoint, W["Product.Endpoint"], IconName.Bolt),
            new(ProductKind.Namespace, W["Product.Namespace"], IconName.Box),
        ];

    private IReadOnlyList<Choice<string>> BundleChoices =>
        [new("", T["Source.Own"]), .. bundles.Select(b => new Choice<string>(b.Id, $"{b.Title} ({b.Industry})"))];

    private IReadOnlyList<Choice<string>> ProjectChoices =>
        [new("", T["Project.None"]), .. projects.Select(p => new Choice<string>(p.Id, p.Name))];

    private IReadOnlyList<Choice<string>> WorkChoices =>
        [new("", T["Work.None"]), .. works.Select(w => new Choice<string>(w.Key, CultureModule.IsChinese ? w.TitleZh : w.Title))];

    private IReadOnlyList<Choice<string>> Chips { get; set; } = [];
    private IReadOnlyList<Choice<string>> Regions { get; set; } = [];
    private IReadOnlyList<Choice<string>> Sellers { get; set; } = [];

    private IReadOnlyList<Choice<ContractClass>> Classes =>
        [.. Enum.GetValues<ContractClass>().Select(c => new Choice<ContractClass>(c, W[$"Class.{c}"]))];

    private IReadOnlyList<Choice<Objective>> Objectives =>
        [.. Enum.GetValues<Objective>().Select(o => new Choice<Objective>(o, W[$"Objective.{o}"]))];

    protected override async Task OnInitializedAsync()
    {
        idempotencyKey = Ids.New(IdPrefix.Quote);
        await LoadMarketAsync();
        await StartFromAddressAsync();
        // An earlier request may have named its project; one that is archived meanwhile is not offered.
        Model.ProjectId = new ProjectBook(projects).Resolve(Model.ProjectId) is { IsOk: true, Value: { } project } ? project.Id : "";
        Ready = true;
        await PreviewAsync();
        // A price moves with the market; the preview follows it.
        Follow(PreviewAsync, "market");
    }

    private async Task LoadMarketAsync()
    {
        var market = await Actions.RunAsync<IMarketCatalog, SearchResult>(c => c.SearchAsync(new OfferSearch { Limit = 1000 }, Gone));
        works = await Actions.RunAsync<IMarketCatalog, IReadOnlyList<WorkView>>(c => Task.FromResult(c.Works));
        bundles = (
            await Actions.RunAsync<IBundles, Page<BundleView>>(b => b.PublishedAsync(new PageQuery { Limit = PageQuery.MaxLimit }, Gone))
        ).Items;
        projects = (
            await Actions.RunAsync<IProjects, Page<ProjectView>>(p =>
                p.ListAsync(
                    new ProjectQuery
                    {
                        State = ProjectState.Active,
                        Sort = "name",
                        Limit = PageQuery.MaxLimit,
                    },
                    Gone
                )
            )
        ).Items;
        var person = await Actions.PersonAsync();
        if (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(person.WorkspaceId, Gone)) is { } party)
            CurrencyCode = party.Currency;
        Model.OwnId = person.WorkspaceId;
        HasOwn = person.Actor.Kinds.HasFlag(PartyKinds.Center);
        var views = market.Matches.Select(m => m.Offer).ToList();
        offers = views.ToDictionary(o => o.Id, StringComparer.Ordinal);
        matches = market.Matches.ToDictionary(m => m.Offer.Id, StringComparer.Ordinal);
        Chips = Choices(views.Select(o => o.DeviceModel));
        Regions = Choices(views.Select(o => o.Site.Region));
        Sellers =
        [
            .. views
                .DistinctBy(o => o.OperatorId, StringComparer.Ordinal)
                .OrderBy(o => o.OperatorName, StringComparer.Ordinal)
                .Select(o => new Choice<string>(o.OperatorId, o.OperatorName)),
        ];
    }

    private static IReadOnlyList<Choice<string>> Choices(IEnumerable<string?> values) =>
        [.. values.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(v => new Choice<string>(v, v))];

    private async Task StartFromAddressAsync()
    {
        if (Query.Get("from") is { } quoteId)
        {
            if (await Actions.RunAsync<IQuotes, QuoteView?>(q => q.FindAsync(quoteId, Gone)) is { } earlier)
            {
                Model.PerUnits = PerUnitsOf(earlier.Request.Work);
                Model.Take(earlier.Request);
                MoreOpen = earlier.Request is { WorkUnits: not null } or { Policy: not null };
            }
            else
                Missing = true;
        }
        if (Query.Get("work") is { } work && works.Any(w => w.Key == work))
            Model.Measure(work, PerUnitsOf(work));
        if (Query.Get("offer") is { } offerId && offers.TryGetValue(offerId, out var offer))
        {
            Model.OfferId = offerId;
            Model.Replicas = Math.Max(1, offer.MinCards);
            Model.CardsPerReplica = offer.DeviceModel is null ? 0 : 1;
            if (offer.Classes.Count > 0 && !offer.Classes.Contains(Model.Class))
                Model.Class = offer.Classes[0];
        }
        if (Query.Get("bundle") is { } bundleId)
        {
            if (bundles.FirstOrDefault(b => b.Id == bundleId) is { } bundle)
                Model.Use(bundle);
            else
                Missing = true;
        }
    }

    private async Task ChooseBundleAsync(string bundleId)
    {
        if (bundles.FirstOrDefault(b => b.Id == bundleId) is { } bundle)
            Model.Use(bundle);
        else
            Model.UseOwnImage();
        await PreviewAsync();
    }

    private long PerUnitsOf(string? work) => works.FirstOrDefault(w => w.Key == work)?.PerUnits ?? 1;

    private Task MeasureAsync(string work)
    {
        Model.Measure(work, PerUnitsOf(work));
        return PreviewAsync();
    }

    // What the work needs, rounded up so that it is enough.
    private static decimal Enough(double hours) => decimal.Ceiling((decimal)hours * 100) / 100;

    private Task BuyHoursAsync(double hours)
    {
        Model.Hours = Enough(hours);
        return PreviewAsync();
    }

    private async Task ForgetOfferAsync()
    {
        Model.OfferId = null;
        Query.Set("offer", null);
        await PreviewAsync();
    }

    // A wish that does not fit, a field that is wrong, and everything else under its own title.
    private string RefusalTitle(Problem problem) =>
        problem.Code == "invalid-request" ? T["Refused.Field"]
        : problem.Errors.Count > 0 ? T["Refused"]
        : Problems[problem.Title];

    // Only the newest question's answer counts: an earlier one that comes late is dropped.
    private async Task PreviewAsync()
    {
        int mine = ++asked;
        Pricing = true;
        var answer = await Actions.RunAsync<IQuotes, Outcome<QuoteView>>(q => q.PreviewAsync(Model.ToPreview(), Gone));
        Outcome<ChipComparison>? chips = Work is { } work
            ? await Actions.RunAsync<IMarketCatalog, Outcome<ChipComparison>>(c =>
                c.CompareChipsAsync(work.Key, CurrencyCode, Model.Class, Gone)
            )
            : null;
        if (mine != asked)
            return;
        Pricing = false;
        Chip = chips is { IsOk: true } ? chips.Value : null;
        Preview = answer.IsOk ? answer.Value : null;
        Refusal = answer.Problem;
        StateHasChanged();
    }

    private async Task SubmitAsync()
    {
        errors.Clear();
        if (errors.RefusesUnread())
            return;
        var quote = await Actions.RunAsync<IQuotes, Outcome<QuoteView>>(q => q.RequestAsync(Model.ToRequest(), idempotencyKey, Gone));
        if (quote.IsOk)
            Navigation.NavigateTo($"/quotes/{quote.Value.Id}");
        else
        {
            // A field that is wrong must not hide.
            MoreOpen |= quote.Problem.Errors.Any(e => MoreFields.Any(f => e.Pointer.StartsWith(f, StringComparison.Ordinal)));
            errors.Set(quote.Problem);
        }
    }
}

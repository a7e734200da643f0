using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Web.Components.Features.Customers.Words;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Icons;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Quotes;

/// <summary>One firm quote: what it costs, how long it holds, why this place, and what else there is.</summary>
public sealed partial class QuotePage : LivePage
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Dictionary<string, string> offerNames = new(StringComparer.Ordinal);
    private string acceptKey = "";
    private string? shown;

    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private bool Loaded { get; set; }
    private QuoteView? Quote { get; set; }
    private WalletView? Wallet { get; set; }
    private string? ProjectName { get; set; }
    private BundleView? Bundle { get; set; }
    private IReadOnlyList<WorkView> Works { get; set; } = [];
    private string? Failure { get; set; }
    private string? DialogFailure { get; set; }
    private bool Confirming { get; set; }
    private bool Withdrawing { get; set; }
    private Func<string, string?> OfferName => id => offerNames.GetValueOrDefault(id);

    private string DecisionJson =>
        "data:application/json;base64,"
        + Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Quote!.Explanation, Readable)));

    protected override async Task OnParametersSetAsync()
    {
        if (shown == Id)
            return;
        shown = Id;
        acceptKey = Ids.New(IdPrefix.Order);
        await LoadAsync();
        Follow(LoadAsync, $"quote:{Id}", "ledger");
    }

    private async Task LoadAsync()
    {
        Quote = await Actions.RunAsync<IQuotes, QuoteView?>(q => q.FindAsync(Id, Gone));
        if (Quote is { } quote)
        {
            await NameOffersAsync(quote);
            Works = await Actions.RunAsync<IMarketCatalog, IReadOnlyList<WorkView>>(c => Task.FromResult(c.Works));
            if (quote.Request.BundleId is { } bundle && Bundle?.Id != bundle)
                Bundle = await Actions.RunAsync<IBundles, BundleView?>(b => b.FindAsync(bundle, Gone));
            ProjectName = quote.ProjectId is { } project
                ? (await Actions.RunAsync<IProjects, ProjectView?>(p => p.FindAsync(project, Gone)))?.Name
                : null;
            var person = await Actions.PersonAsync();
            Wallet = person.Actor.Allows(Permission.MoneyRead)
                ? await Actions.RunAsync<ILedger, WalletView>(l => l.WalletAsync(person.WorkspaceId, quote.Currency, Gone))
                : null;
        }
        Loaded = true;
        StateHasChanged();
    }

    private async Task NameOffersAsync(QuoteView quote)
    {
        foreach (var line in quote.Lines)
            offerNames[line.OfferId] = $"{line.SiteName}, {line.DeviceModel ?? W["Cpu"]}";
        var unknown = quote
            .Explanation.Candidates.Select(c => c.OfferId)
            .Append(quote.Explanation.ClosestMiss?.OfferId)
            .OfType<string>()
            .Where(id => !offerNames.ContainsKey(id))
            .ToList();
        if (unknown.Count == 0)
            return;
        var market = await Actions.RunAsync<IMarketCatalog, SearchResult>(c => c.SearchAsync(new OfferSearch { Limit = 1000 }, Gone));
        foreach (var offer in market.Matches.Select(m => m.Offer))
            offerNames[offer.Id] = $"{offer.Site.Name}, {offer.DeviceModel ?? W["Cpu"]}";
    }

    private async Task<bool> PlaceAsync()
    {
        var order = await Actions.RunAsync<IOrders, Outcome<OrderView>>(o => o.AcceptAsync(Id, acceptKey, Gone));
        if (!order.IsOk)
        {
            DialogFailure = Words(order.Problem);
            return false;
        }
        Toasts.Show(Tone.Running, T["Placed"]);
        Navigation.NavigateTo(order.Value.Lines is [{ ContractId: { } contract }] ? $"/runs/{contract}" : $"/orders/{order.Value.Id}");
        return true;
    }

    private async Task<bool> WithdrawAsync()
    {
        var closed = await Actions.RunAsync<IQuotes, Outcome<QuoteView>>(q => q.WithdrawAsync(Id, Gone));
        DialogFailure = closed.IsOk ? null : Words(closed.Problem);
        if (closed.IsOk)
            Quote = closed.Value;
        return closed.IsOk;
    }

    private Task AskAgainAsync(WorkloadRequest request) => RequestAsync(request);

    private Task SwapAsync(WorkloadRequest request, AlternativeView other) =>
        RequestAsync(other.Request ?? request with { OfferId = other.OfferId });

    private async Task RequestAsync(WorkloadRequest request)
    {
        string key = Ids.New(IdPrefix.Quote);
        var quote = await Actions.RunAsync<IQuotes, Outcome<QuoteView>>(q => q.RequestAsync(request, key, Gone));
        if (quote.IsOk)
        {
            Failure = null;
            Toasts.Show(Tone.Running, T["Swapped"]);
            Navigation.NavigateTo($"/quotes/{quote.Value.Id}");
        }
        else
        {
            Failure = Words(quote.Problem);
        }
    }

    private string Words(Problem problem) =>
        problem.Errors.Count > 0
            ? string.Join(
                ' ',
                problem.Errors.Select(e =>
                    $"{Problems[e.Message]} {W.Change(e.FixCode, e.FixArguments, Problems[e.Fix], Quote!.Currency.Code)}"
                )
            )
            : Problems[problem.Detail];

    private IEnumerable<(string Label, string Value)> Asked(WorkloadRequest request)
    {
        yield return (T["Product"], W[$"Product.{request.Product}"]);
        if (ProjectName is { } project)
            yield return (T["Project"], project);
        if (request.Image is { } image)
            yield return (T["Image"], image);
        if (request.BundleId is { } bundle)
        {
            yield return (T["Bundle"], Bundle?.Title ?? bundle);
            foreach (var (name, value) in request.Parameters)
                yield return Answer(name, value);
        }
        else
        {
            yield return (T["Replicas"], Numbers.Count(request.Replicas));
            yield return (T["Cards"], Numbers.Count(request.CardsPerReplica));
            if (request.ComputeMilli < 1000)
                yield return (T["Share"], Numbers.Percent(request.ComputeMilli / 1000.0));
            yield return (
                T["Chips"],
                request.Variants.Count == 0 ? T["AnyChip"] : string.Join(", ", request.Variants.Select(v => v.DeviceModel ?? W["Cpu"]))
            );
        }
        yield return (T["Hours"], T["Hours.Value", Numbers.Short((double)request.Hours, 2)]);
        if (request.WorkUnits is { } units)
            yield return (T["Asked.Amount"], Amount(units, request.Work));
        if (request.DeadlineHours is { } deadline)
            yield return (T["Asked.Deadline"], T["Asked.Deadline.Value", Numbers.Short((double)deadline, 2)]);
        if (request.Policy is { } policy)
            yield return (T["Asked.First"], T["Asked.First.Value", policy.Tiers.Count]);
        yield return (T["Class"], W[$"Class.{request.Class}"]);
        yield return (T["Objective"], W[$"Objective.{request.Objective}"]);
        yield return (T["Regions"], request.Regions.Count == 0 ? T["Anywhere"] : string.Join(", ", request.Regions));
        yield return (T["Budget"], request.MaxTotal is { } max ? MoneyDisplay.Format(Money.From(max, Quote!.Currency)) : T["None"]);
    }

    private string Amount(decimal units, string? work)
    {
        if (Works.FirstOrDefault(w => w.Key == work) is not { } known)
            return Numbers.Short((double)units, 2);
        string title = CultureModule.IsChinese ? known.TitleZh : known.Title;
        return T["Asked.Amount.Value", Numbers.Short((double)(units / known.PerUnits), 2), Numbers.Compact(known.PerUnits), title];
    }

    // What the customer filled in, in the words of the bundle's form.
    private (string Label, string Value) Answer(string name, string value)
    {
        if (Bundle?.Recipe.Parameters.FirstOrDefault(p => p.Name == name) is not { } parameter)
            return (name, value);
        string label = CultureModule.IsChinese && !string.IsNullOrEmpty(parameter.LabelZh) ? parameter.LabelZh : parameter.Label;
        if (parameter.Type == ParameterType.Switch)
            return (label, T[value == "true" ? "Yes" : "No"]);
        return (label, parameter.Unit is { } unit ? $"{value} {unit}" : value);
    }

    private static double Share(Money part, Money whole) => whole.Micros <= 0 ? 1 : Math.Min(1, (double)part.Micros / whole.Micros);

    private static IconName IconOf(string kind) =>
        kind switch
        {
            "cheaper" => IconName.Coin,
            "faster" => IconName.Bolt,
            _ => IconName.Pin,
        };
}

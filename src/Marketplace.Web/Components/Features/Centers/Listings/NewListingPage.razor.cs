using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Centers.Earnings;
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

namespace Marketplace.Web.Components.Features.Centers.Listings;

/// <summary>Lists cards of a connected cluster at a wholesale price, with the market beside the price.</summary>
public sealed partial class NewListingPage : LivePage
{
    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private IReadOnlyList<ClusterView>? Clusters { get; set; }

    /// <summary>The address names a cluster that is not connected: another one is chosen, which has to be said.</summary>
    private bool AskedIsGone { get; set; }
    private IReadOnlyList<SiteView> Sites { get; set; } = [];
    private Currency Currency { get; set; } = Currency.Cny;
    private ListingForm Form { get; } = new();
    private FormErrors Errors { get; } = new();
    private PriceSuggestion? Suggestion { get; set; }
    private ClusterView? Cluster => Clusters?.FirstOrDefault(c => c.Id == Form.ClusterId);
    private DeviceCount? Device => Cluster?.Devices.FirstOrDefault(d => d.Model == Form.Model);
    private string Unit => T[Form.IsCpu ? "Cores" : "CardsUnit"];
    private string? OfferedHint => Device is { } device ? T["Offered.Hint", device.Healthy].Value : null;

    private string? PriceHint =>
        Suggestion is { Median: { } median, Listings: > 0 } ? T["Price.Hint", MoneyDisplay.Format(median, Currency.Code)].Value : null;

    private IReadOnlyList<Choice<string>> ClusterChoices => [.. Clusters!.Select(c => new Choice<string>(c.Id, c.Name))];

    private IReadOnlyList<Choice<string>> ModelChoices =>
        [
            .. (Cluster?.Devices ?? []).Select(d => new Choice<string>(d.Model, T["Model.Choice", d.Model, d.Healthy])),
            new(ListingForm.Cpu, T["Cpu"]),
        ];

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        Currency = await CenterEarnings.CurrencyAsync(Actions, person.WorkspaceId, Gone);
        Sites = await Actions.RunAsync<ISupply, IReadOnlyList<SiteView>>(s => s.SitesAsync(Gone));
        var clusters = await Actions.RunAsync<IClusters, IReadOnlyList<ClusterView>>(c => c.ListAsync(Gone));
        // One that is silent for a moment is there all the same: what it has is known, and it gets no work until it speaks again.
        Clusters = [.. clusters.Where(c => c.State is ClusterState.Connected or ClusterState.Suspect)];
        if (Clusters.Count == 0)
            return;
        string? asked = Query.Get("cluster");
        ClusterView? found = Clusters.FirstOrDefault(c => c.Id == asked);
        AskedIsGone = asked is not null && found is null;
        await ChooseClusterAsync((found ?? Clusters[0]).Id);
    }

    private Task ChooseClusterAsync(string clusterId)
    {
        Form.ClusterId = clusterId;
        return ChooseModelAsync(Cluster?.Devices.MaxBy(d => d.Healthy)?.Model ?? ListingForm.Cpu);
    }

    /// <summary>Proposes what follows from the choice; a title or number already typed by the person stays.</summary>
    private async Task ChooseModelAsync(string model)
    {
        Form.Model = model;
        SiteView? site = Sites.FirstOrDefault(s => s.Id == Cluster?.SiteId);
        string proposed = $"{(Form.IsCpu ? T["Cpu"].Value : model)}{(site is null ? "" : ", " + site.Name)}";
        if (string.IsNullOrEmpty(Form.Title) || Form.Title == Form.ProposedTitle)
            Form.Title = proposed;
        Form.ProposedTitle = proposed;
        Form.Cards = Device?.Healthy;
        Suggestion = await Actions.RunAsync<ISupply, PriceSuggestion>(s =>
            s.SuggestPriceAsync(Form.DeviceModel, site?.Region ?? "", Currency, Gone)
        );
    }

    private async Task SaveAsync()
    {
        CreateListing request = Form.ToRequest(Currency);
        var made = await Actions.RunAsync<ISupply, Outcome<ListingView>>(s => s.CreateListingAsync(request, Gone));
        if (!made.IsOk)
        {
            Errors.Set(made.Problem);
            return;
        }
        if (Form.Publish)
        {
            var live = await Actions.RunAsync<ISupply, Outcome<ListingView>>(s =>
                s.ChangeStateAsync(made.Value.Id, ListingState.Live, Gone)
            );
            // It is saved either way; the listing's page offers publishing again.
            Toasts.Show(
                live.IsOk ? Tone.Running : Tone.Failed,
                live.IsOk ? T["Published", made.Value.Title].Value : Problems[live.Problem.Detail].Value
            );
        }
        Navigation.NavigateTo($"/center/listings/{made.Value.Id}");
    }
}

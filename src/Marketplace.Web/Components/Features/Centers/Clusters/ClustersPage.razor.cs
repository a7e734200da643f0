using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Centers.Earnings;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Centers.Clusters;

/// <summary>A center's start: its figures, connecting a cluster, its earnings, and its clusters. Moves by push.</summary>
public sealed partial class ClustersPage : LivePage
{
    private const string JoiningKey = "joining";
    private const int Weeks = 12;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private ClustersData? Data { get; set; }
    private Currency Currency { get; set; } = Currency.Cny;
    private ClusterList? List { get; set; }
    private ClusterView? Leaving { get; set; }
    private string? Refusal { get; set; }
    private ClusterView? Joined => Query.Get(JoiningKey) is { } id ? Data?.Clusters.FirstOrDefault(c => c.Id == id) : null;

    private string WeekNote =>
        Data is not { WeekBefore: > 0 } data
            ? T["Week.First"]
            : T["Week.Change", Numbers.Change((double)((data.Week - data.WeekBefore) / data.WeekBefore))];

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        Currency = await CenterEarnings.CurrencyAsync(Actions, person.WorkspaceId, Gone);
        await LoadAsync();
        Follow(LoadAsync, $"party:{person.WorkspaceId}", "market");
    }

    private async Task LoadAsync()
    {
        DateTimeOffset now = Time.GetUtcNow();
        var clusters = await Actions.RunAsync<IClusters, IReadOnlyList<ClusterView>>(c => c.ListAsync(Gone));
        var sites = await Actions.RunAsync<ISupply, IReadOnlyList<SiteView>>(s => s.SitesAsync(Gone));
        var listings = await Actions.RunAsync<ISupply, Page<ListingView>>(s =>
            s.ListingsAsync(new ListingQuery { Limit = PageQuery.MaxLimit }, Gone)
        );
        var resale = await Actions.RunAsync<IResale, IReadOnlyList<AuthorizationView>>(r => r.ListAsync(Gone));
        var weeks = await Actions.RunAsync<IRating, IReadOnlyList<EarningsWeek>>(r =>
            CenterEarnings.WeeksAsync(r, Currency, now, Weeks, Gone)
        );
        decimal week = await EarnedAsync(now.AddDays(-7), now);
        decimal before = await EarnedAsync(now.AddDays(-14), now.AddDays(-7));
        Data = new ClustersData(clusters, sites, listings.Items, resale, weeks, Currency, week, before);
        if (List is not null)
            await List.ReloadAsync(clusters);
    }

    private async Task<decimal> EarnedAsync(DateTimeOffset from, DateTimeOffset to) =>
        (
            await Actions.RunAsync<IRating, IReadOnlyList<CostGroup>>(r =>
                r.GroupedAsync("deviceModel", Currency, from, to, CenterEarnings.Side, Gone)
            )
        ).Sum(g => g.Amount.Amount);

    private async Task JoinedAsync(string clusterId)
    {
        await LoadAsync();
        Query.Set(JoiningKey, clusterId);
    }

    private Task AnotherAsync()
    {
        Query.Set(JoiningKey, null);
        return Task.CompletedTask;
    }

    private void Leave(ClusterView cluster) => (Leaving, Refusal) = (cluster, null);

    private async Task<bool> DisconnectAsync()
    {
        ClusterView leaving = Leaving!;
        var done = await Actions.RunAsync<IClusters, Outcome<ClusterView>>(c => c.DisconnectAsync(leaving.Id, Gone));
        Refusal = done.IsOk ? null : Problems[done.Problem.Detail].Value;
        if (!done.IsOk)
        {
            // The dialog stays and shows why.
            StateHasChanged();
            return false;
        }
        if (Joined?.Id == leaving.Id)
            await AnotherAsync();
        Toasts.Show(Tone.Ended, T["Disconnect.Done", leaving.Name]);
        await LoadAsync();
        return true;
    }
}

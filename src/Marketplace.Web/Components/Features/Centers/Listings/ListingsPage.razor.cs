using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Centers.Listings;

/// <summary>What the center sells, at which wholesale price against the market, and who may resell it.</summary>
public sealed partial class ListingsPage : LivePage
{
    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    private DataGrid<ListingRow>? Grid { get; set; }
    private ResalePanel? Resale { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private ListingRow? Using { get; set; }
    private string? Refusal { get; set; }

    private string UseCost =>
        Using is { Suggested: { } price } row
            ? T[
                "Use.Cost",
                MoneyDisplay.Format(row.Listing.PricePerCardHour, row.Listing.Currency),
                MoneyDisplay.Format(price, row.Listing.Currency)
            ]
            : "";

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        var clusters = await Actions.RunAsync<IClusters, IReadOnlyList<ClusterView>>(c => c.ListAsync(Gone));
        Filters =
        [
            new(T["State"], "state", T["Any"], [.. Enum.GetNames<ListingState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))]),
            new(T["Cluster"], "cluster", T["Any"], [.. clusters.Select(c => new Choice<string>(c.Id, c.Name))]),
        ];
        Follow(ReloadAsync, $"party:{person.WorkspaceId}", "market");
    }

    private async Task<GridPage<ListingRow>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new ListingQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            Sort = query.SortExpression,
            State = Enum.TryParse(query.Filter("state"), out ListingState state) ? state : null,
            ClusterId = query.Filter("cluster"),
        };
        return await Actions.RunAsync<ISupply, GridPage<ListingRow>>(async supply =>
        {
            Page<ListingView> page = await supply.ListingsAsync(asked, cancellation);
            return new GridPage<ListingRow>(
                await ListingMarket.RowsAsync(supply, page.Items, cancellation),
                page.Total,
                page.NextCursor is not null
            );
        });
    }

    private async Task ReloadAsync()
    {
        if (Grid is not null)
            await Grid.ReloadAsync();
        if (Resale is not null)
            await Resale.LoadAsync();
    }

    private void Propose(ListingRow row) => (Using, Refusal) = (row, null);

    private async Task<bool> UseAsync()
    {
        ListingRow row = Using!;
        var changed = await Actions.RunAsync<ISupply, Outcome<ListingView>>(s =>
            s.ChangePriceAsync(row.Listing.Id, row.Suggested!.Value, null, Gone)
        );
        Refusal = changed.IsOk ? null : Problems[changed.Problem.Detail].Value;
        if (!changed.IsOk)
        {
            // The dialog stays and shows why.
            StateHasChanged();
            return false;
        }
        Toasts.Show(
            Tone.Running,
            T["Price.Changed", row.Listing.Title, MoneyDisplay.Format(changed.Value.PricePerCardHour, changed.Value.Currency)]
        );
        await ReloadAsync();
        return true;
    }
}

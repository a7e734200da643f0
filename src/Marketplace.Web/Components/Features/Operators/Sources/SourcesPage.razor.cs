using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Operators.Sources;

/// <summary>What the operator may resell, at which wholesale price, and what it could ask for.</summary>
public sealed partial class SourcesPage : LivePage
{
    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private IReadOnlyList<AuthorizationView>? Rows { get; set; }
    private IReadOnlyList<AuthorizationView> Granted => [.. (Rows ?? []).Where(a => a.State == AuthorizationState.Granted)];
    private IReadOnlySet<string> Offered { get; set; } = new HashSet<string>(StringComparer.Ordinal);
    private OperatorNames Names { get; set; } = OperatorNames.None;
    private DataGrid<OpenRow>? Grid { get; set; }

    private sealed record Shown(IReadOnlyList<AuthorizationView> Rows, IReadOnlySet<string> Offered, OperatorNames Names);

    private sealed record OpenRow(ListingView Listing, string Center, string Site);

    protected override async Task OnInitializedAsync()
    {
        var me = await Actions.PersonAsync();
        Show(await ReadAsync());
        Follow(ReloadAsync, "market", $"party:{me.WorkspaceId}");
    }

    private async Task ReloadAsync()
    {
        // A row that was asked for leaves one list for the other: both are read, and then both are shown.
        Shown read = await ReadAsync();
        if (Grid is not null)
            await Grid.ReloadAsync();
        Show(read);
    }

    private async Task<Shown> ReadAsync()
    {
        var all = await Actions.RunAsync<IResale, IReadOnlyList<AuthorizationView>>(r => r.ListAsync(Gone));
        var me = await Actions.PersonAsync();
        var offers = await Actions.RunAsync<IOffers, Page<OfferView>>(o =>
            o.ListAsync(new OfferQuery { Limit = PageQuery.MaxLimit }, Gone)
        );
        // A center that is an operator too decides about its own listings on its own pages.
        List<AuthorizationView> mine = [.. all.Where(a => a.OperatorId == me.WorkspaceId)];
        var names = await OperatorNames.OfAsync(Actions, [.. mine.Select(a => a.Listing)], Gone);
        // What was declined or revoked and asked for again stands there once, in its newest state.
        AuthorizationView[] rows =
        [
            .. mine.GroupBy(a => a.ListingId, StringComparer.Ordinal)
                .Select(g => g.OrderByDescending(a => a.CreatedAt).First())
                .OrderBy(a => a.State == AuthorizationState.Granted ? 0 : 1)
                .ThenBy(a => names.Center(a.Listing), StringComparer.Ordinal)
                .ThenBy(a => a.Listing.DeviceModel, StringComparer.Ordinal),
        ];
        var offered = offers.Items.Where(o => o.State != OfferState.Withdrawn).Select(o => o.ListingId).ToHashSet(StringComparer.Ordinal);
        return new Shown(rows, offered, names);
    }

    private void Show(Shown read) => (Rows, Offered, Names) = (read.Rows, read.Offered, read.Names);

    private async Task<GridPage<OpenRow>> LoadOpenAsync(GridQuery query, CancellationToken cancellation)
    {
        var page = await Actions.RunAsync<IResale, Page<ListingView>>(r =>
            r.OpenListingsAsync(
                new ListingQuery
                {
                    Skip = query.Skip,
                    Limit = query.Size,
                    Search = query.Search,
                    Sort = query.SortExpression,
                },
                cancellation
            )
        );
        var names = await OperatorNames.OfAsync(Actions, page.Items, cancellation);
        return page.ToGrid(l => new OpenRow(l, names.Center(l), names.Site(l)));
    }

    private async Task AskAsync(OpenRow row)
    {
        var asked = await Actions.RunAsync<IResale, Outcome<AuthorizationView>>(r => r.RequestAsync(row.Listing.Id, Gone));
        if (asked.IsOk)
            Toasts.Show(Tone.Running, T["Asked", row.Center, row.Listing.Title]);
        else
            Toasts.Show(Tone.Failed, Problems[asked.Problem.Detail]);
        await ReloadAsync();
    }

    private static Tone ToneOf(AuthorizationView row) =>
        row.State switch
        {
            AuthorizationState.Granted when row.Listing.State == ListingState.Live => Tone.Running,
            AuthorizationState.Granted => Tone.Waiting,
            AuthorizationState.Requested => Tone.Waiting,
            AuthorizationState.Declined => Tone.Failed,
            _ => Tone.Ended,
        };

    private string StateOf(AuthorizationView row) =>
        row.State == AuthorizationState.Granted ? T[$"Listing.{row.Listing.State}"] : T[$"State.{row.State}"];
}

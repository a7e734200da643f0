using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Centers.Earnings;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Centers.Contracts;

/// <summary>What runs on the center's clusters and what it earns. Customers stay unknown here.</summary>
public sealed partial class ContractsPage : LivePage
{
    private static readonly IReadOnlySet<ContractState> Uneasy = new HashSet<ContractState>
    {
        ContractState.Degraded,
        ContractState.PastDue,
        ContractState.Suspended,
        ContractState.Reclaiming,
        ContractState.Migrating,
        ContractState.Disputed,
    };

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private DataGrid<ContractRow>? Grid { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private IReadOnlyDictionary<string, string> Clusters { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);
    private Currency Currency { get; set; } = Currency.Cny;
    private ContractTotals? Totals { get; set; }

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        Currency = await CenterEarnings.CurrencyAsync(Actions, person.WorkspaceId, Gone);
        var clusters = await Actions.RunAsync<IClusters, IReadOnlyList<ClusterView>>(c => c.ListAsync(Gone));
        Clusters = clusters.ToDictionary(c => c.Id, c => c.Name, StringComparer.Ordinal);
        Filters =
        [
            new(T["Show"], "show", T["Show.All"], [new Choice<string>("open", T["Show.Open"])]),
            new(T["State"], "state", T["Any"], [.. Enum.GetNames<ContractState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))]),
            new(T["Product"], "product", T["Any"], [.. Enum.GetNames<ProductKind>().Select(p => new Choice<string>(p, T[$"Product.{p}"]))]),
        ];
        await CountAsync();
        Follow(ReloadAsync, $"party:{person.WorkspaceId}", "ledger");
    }

    private async Task ReloadAsync()
    {
        await CountAsync();
        if (Grid is not null)
            await Grid.ReloadAsync();
    }

    private async Task CountAsync()
    {
        var open = new List<ContractView>();
        string? cursor = null;
        do
        {
            var asked = new ContractQuery
            {
                Side = CenterEarnings.Side,
                Open = true,
                Limit = PageQuery.MaxLimit,
                Cursor = cursor,
            };
            var page = await Actions.RunAsync<IContracts, Page<ContractView>>(c => c.ListAsync(asked, Gone));
            open.AddRange(page.Items);
            cursor = page.NextCursor;
        } while (cursor is not null);
        // What one hour brings counts what is running, at each contract's own price.
        decimal hourly = open.Where(c => c.State is ContractState.Active && c.Currency == Currency)
            .Sum(c => c.Cards * (c.WholesalePerCardHour ?? 0));
        Totals = new ContractTotals(
            open.Count,
            open.Where(c => c.DeviceModel is not null).Sum(c => c.Cards),
            Money.From(hourly, Currency),
            open.Count(c => Uneasy.Contains(c.State))
        );
    }

    private async Task<GridPage<ContractRow>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new ContractQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            Sort = query.SortExpression,
            Side = CenterEarnings.Side,
            Open = query.Filter("show") == "open",
            State = Enum.TryParse(query.Filter("state"), out ContractState state) ? state : null,
            Product = Enum.TryParse(query.Filter("product"), out ProductKind product) ? product : null,
        };
        var page = await Actions.RunAsync<IContracts, Page<ContractView>>(c => c.ListAsync(asked, cancellation));
        var earned = await EarnedAsync(page.Items, cancellation);
        return page.ToGrid(c =>
            earned.TryGetValue(c.Id, out CostGroup? group)
                ? new ContractRow(c, group.Amount, group.CardHours)
                : new ContractRow(c, Money.Zero(c.Currency), 0)
        );
    }

    /// <summary>The center's share of each contract of the page, one question per currency.</summary>
    private async Task<IReadOnlyDictionary<string, CostGroup>> EarnedAsync(IReadOnlyList<ContractView> contracts, CancellationToken ct)
    {
        var earned = new Dictionary<string, CostGroup>(StringComparer.Ordinal);
        foreach (var some in contracts.GroupBy(c => c.Currency))
        {
            DateTimeOffset first = some.Min(c => c.CreatedAt);
            DateTimeOffset now = Time.GetUtcNow();
            var groups = await Actions.RunAsync<IRating, IReadOnlyList<CostGroup>>(r =>
                r.GroupedAsync("contract", some.Key, first, now, CenterEarnings.Side, ct)
            );
            foreach (CostGroup group in groups)
                earned[group.Key] = group;
        }
        return earned;
    }

    private string ClusterName(string clusterId) => Clusters.GetValueOrDefault(clusterId, clusterId);

    // The words of a reason are written for the customer; the center reads whose reason it was.
    private string ReasonOf(ContractReason reason) => T[$"Reason.{reason.Number / 1000}"];

    private static Tone ToneOf(ContractState state) =>
        state switch
        {
            ContractState.Active => Tone.Running,
            ContractState.Reserved or ContractState.Suspended or ContractState.PastDue => Tone.Waiting,
            ContractState.Scheduled or ContractState.Migrating or ContractState.Reclaiming or ContractState.Settling => Tone.Moving,
            ContractState.Degraded or ContractState.Disputed => Tone.Failed,
            _ => Tone.Ended,
        };
}

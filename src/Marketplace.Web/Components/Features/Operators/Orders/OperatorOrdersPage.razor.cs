using Marketplace.Orders.Contracts;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;

namespace Marketplace.Web.Components.Features.Operators.Orders;

/// <summary>The operator's contracts with both prices and what it keeps.</summary>
public sealed partial class OperatorOrdersPage : LivePage
{
    private DataGrid<ContractView>? Grid { get; set; }

    private IReadOnlyList<FilterSpec> Filters =>
        [
            new(T["Filter.Open"], "open", T["Any"], [new("1", T["Open.Yes"], null)]),
            new(
                T["Filter.Product"],
                "product",
                T["Any"],
                [.. Enum.GetNames<ProductKind>().Select(p => new Choice<string>(p, T[$"Product.{p}"], null))]
            ),
            new(
                T["Filter.State"],
                "state",
                T["Any"],
                [.. Enum.GetNames<ContractState>().Select(s => new Choice<string>(s, T[$"State.{s}"], null))]
            ),
        ];

    protected override async Task OnInitializedAsync()
    {
        var me = await Actions.PersonAsync();
        Follow(() => Grid?.ReloadAsync() ?? Task.CompletedTask, $"party:{me.WorkspaceId}");
    }

    private async Task<GridPage<ContractView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var contracts = new ContractQuery
        {
            Side = "operator",
            Open = query.Filter("open") is not null,
            Product = Enum.TryParse(query.Filter("product"), out ProductKind product) ? product : null,
            State = Enum.TryParse(query.Filter("state"), out ContractState state) ? state : null,
            Search = query.Search,
            Sort = query.SortExpression,
            Skip = query.Skip,
            Limit = query.Size,
        };
        return (await Actions.RunAsync<IContracts, Page<ContractView>>(c => c.ListAsync(contracts, cancellation))).ToGrid();
    }

    private static string Share(ContractView contract, decimal margin)
    {
        decimal retail = contract.UnitPricePerCardHour * contract.Cards;
        return retail == 0 ? "–" : Numbers.Percent((double)(margin / retail));
    }

    private static Tone ToneOf(ContractState state) =>
        state switch
        {
            ContractState.Active => Tone.Running,
            ContractState.Reserved or ContractState.Scheduled or ContractState.Migrating or ContractState.Settling => Tone.Moving,
            ContractState.Degraded or ContractState.PastDue or ContractState.Suspended or ContractState.Reclaiming => Tone.Waiting,
            ContractState.Disputed => Tone.Failed,
            _ => Tone.Ended,
        };
}

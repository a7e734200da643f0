using Marketplace.Billing.Contracts;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;

namespace Marketplace.Web.Components.Features.Customers.Budgets;

/// <summary>What may be spent, how much of it is, and what was told.</summary>
public sealed partial class BudgetsPage : LivePage
{
    private DataGrid<BudgetView>? Grid { get; set; }
    private bool Closed { get; set; }
    private bool MayWrite { get; set; }
    private IReadOnlyList<BudgetView>? Active { get; set; }
    private BudgetView? Tightest => Active?.Where(b => b.Standing is not null).MaxBy(BudgetWords.Share);

    private IReadOnlyList<FilterSpec> Filters =>
        [
            new(T["State"], "state", T["Any"], [.. Enum.GetNames<BudgetState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))]),
            new(T["Kind"], "kind", T["Any"], [.. Enum.GetNames<BudgetKind>().Select(k => new Choice<string>(k, T[$"Kind.{k}"]))]),
        ];

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        Closed = !person.Actor.Allows(Permission.MoneyRead);
        MayWrite = person.Actor.Allows(Permission.MoneyWrite);
        if (Closed)
            return;
        await FiguresAsync();
        Follow(ReloadAsync, "ledger", $"party:{person.WorkspaceId}");
    }

    private async Task ReloadAsync()
    {
        await FiguresAsync();
        if (Grid is not null)
            await Grid.ReloadAsync();
        StateHasChanged();
    }

    private async Task FiguresAsync() =>
        Active = (
            await Actions.RunAsync<IBudgets, Page<BudgetView>>(b =>
                b.ListAsync(new BudgetQuery { State = BudgetState.Active, Limit = PageQuery.MaxLimit }, Gone)
            )
        ).Items;

    private async Task<GridPage<BudgetView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new BudgetQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            State = Enum.TryParse(query.Filter("state"), out BudgetState state) ? state : null,
            Kind = Enum.TryParse(query.Filter("kind"), out BudgetKind kind) ? kind : null,
        };
        return (await Actions.RunAsync<IBudgets, Page<BudgetView>>(b => b.ListAsync(asked, cancellation))).ToGrid();
    }
}

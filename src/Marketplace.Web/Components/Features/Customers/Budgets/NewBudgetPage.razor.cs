using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Identity.Team;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Customers.Budgets;

/// <summary>A new budget; <c>?project=</c> begins with one.</summary>
public sealed partial class NewBudgetPage : LivePage
{
    private string key = "";

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    private BudgetModel Model { get; } = new();
    private FormErrors Errors { get; } = new();
    private bool Closed { get; set; }
    private IReadOnlyList<Choice<string>> Projects { get; set; } = [];
    private IReadOnlyList<Choice<string>> Members { get; set; } = [];
    private string? Symbol => Currency.TryParse(Model.Currency)?.Symbol;
    private IReadOnlyList<Choice<BudgetKind>> Kinds =>
        [.. Enum.GetValues<BudgetKind>().Select(k => new Choice<BudgetKind>(k, T[$"Kind.{k}"]))];
    private IReadOnlyList<Choice<BudgetScope>> Scopes =>
        [.. Enum.GetValues<BudgetScope>().Select(s => new Choice<BudgetScope>(s, T[$"Scope.{s}"]))];

    protected override async Task OnInitializedAsync()
    {
        // One key per form: pressing twice makes one budget.
        key = Ids.New(IdPrefix.Budget);
        var person = await Actions.PersonAsync();
        Closed = !person.Actor.Allows(Permission.MoneyWrite);
        if (Closed)
            return;
        if (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(person.WorkspaceId, Gone)) is { } party)
            Model.Currency = party.Currency;
        var projects = await Actions.RunAsync<IProjects, Page<ProjectView>>(p =>
            p.ListAsync(
                new ProjectQuery
                {
                    State = ProjectState.Active,
                    Sort = "name",
                    Limit = PageQuery.MaxLimit,
                },
                Gone
            )
        );
        Projects = [.. projects.Items.Select(p => new Choice<string>(p.Id, p.Name))];
        var members = await Actions.RunAsync<MemberNames, IReadOnlyList<MemberName>>(m => m.ListAsync(Gone));
        Members = [.. members.Select(m => new Choice<string>(m.Id, m.IsProgram ? T["Member.Program", m.Name] : m.Name))];
        if (Query.Get("project") is { } project && projects.Items.Any(p => p.Id == project))
            (Model.Scope, Model.ProjectId) = (BudgetScope.Project, project);
    }

    private async Task CreateAsync()
    {
        var request = Model.ToCreate();
        if (!request.IsOk)
        {
            Errors.Set(request.Problem);
            return;
        }
        var made = await Actions.RunAsync<IBudgets, Outcome<BudgetView>>(b => b.CreateAsync(request.Value, key, Gone));
        if (!made.IsOk)
        {
            Errors.Set(made.Problem);
            return;
        }
        Toasts.Show(Tone.Running, T["Created"]);
        Navigation.NavigateTo($"/costs/budgets/{made.Value.Id}");
    }
}

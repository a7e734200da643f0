using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Projects;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Projects;

/// <summary>The organisation's projects, and what each has spent this month.</summary>
public sealed partial class ProjectsPage : LivePage
{
    private Currency currency = Currency.Cny;
    private IReadOnlyDictionary<string, Money> spent = new Dictionary<string, Money>(StringComparer.Ordinal);

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<ProjectView> Grid { get; set; } = default!;
    private bool MayWrite { get; set; }
    private bool SeesMoney { get; set; }
    private bool Naming { get; set; }
    private bool Archiving { get; set; }
    private ProjectView? Chosen { get; set; }
    private string? Name { get; set; }
    private string? Failure { get; set; }

    private IReadOnlyList<FilterSpec> Filters =>
        [new(T["State"], "state", T["Any"], [.. Enum.GetNames<ProjectState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))])];

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        MayWrite = person.Actor.Allows(Permission.TeamWrite);
        SeesMoney = person.Actor.Allows(Permission.MoneyRead);
        if (await Actions.RunAsync<IParties, PartyView?>(p => p.FindAsync(person.WorkspaceId, Gone)) is { } party)
            currency = Currency.Parse(party.Currency);
        Follow(() => Grid.ReloadAsync(), $"party:{person.WorkspaceId}");
    }

    private async Task<GridPage<ProjectView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        if (SeesMoney)
        {
            var today = DateOnly.FromDateTime(Clock.UtcNow.UtcDateTime);
            var month = new DateOnly(today.Year, today.Month, 1);
            var spending = await Actions.RunAsync<IBudgets, IReadOnlyList<ScopeSpending>>(b =>
                b.SpendingAsync(BudgetScope.Project, currency, month, month.AddMonths(1), cancellation)
            );
            spent = spending.Where(s => s.ScopeId is not null).ToDictionary(s => s.ScopeId!, s => s.Spent, StringComparer.Ordinal);
        }
        var asked = new ProjectQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            Sort = query.SortExpression,
            State = Enum.TryParse(query.Filter("state"), out ProjectState state) ? state : null,
        };
        return (await Actions.RunAsync<IProjects, Page<ProjectView>>(p => p.ListAsync(asked, cancellation))).ToGrid();
    }

    private Money SpentOf(string projectId) => spent.GetValueOrDefault(projectId, Money.Zero(currency));

    private void AskCreate() => Ask(null);

    private void AskRename(ProjectView project) => Ask(project);

    private void Ask(ProjectView? project)
    {
        (Chosen, Name, Failure, Naming) = (project, project?.Name, null, true);
    }

    private void AskArchive(ProjectView project) => (Chosen, Failure, Archiving) = (project, null, true);

    private Task<bool> NameAsync() =>
        DoneAsync(p =>
            Chosen is { } chosen ? p.RenameAsync(chosen.Id, new(Name ?? ""), Gone) : p.CreateAsync(new NameProject(Name ?? ""), Gone)
        );

    private Task<bool> ArchiveAsync() => ChangeStateAsync(Chosen!, ProjectState.Archived);

    private Task<bool> ChangeStateAsync(ProjectView project, ProjectState to) => DoneAsync(p => p.ChangeStateAsync(project.Id, to, Gone));

    private async Task<bool> DoneAsync(Func<IProjects, Task<Outcome<ProjectView>>> change)
    {
        var done = await Actions.RunAsync(change);
        if (!done.IsOk)
        {
            Failure = done.Problem.Errors is [{ } error, ..]
                ? $"{Problems[error.Message]} {Problems[error.Fix]}"
                : Problems[done.Problem.Detail].Value;
            return false;
        }
        Toasts.Show(Tone.Running, T["Done"]);
        await Grid.ReloadAsync();
        return true;
    }
}

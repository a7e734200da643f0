using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Budgets;

/// <summary>One budget: what is used, committed and left, where it leads, what it has told and stopped.</summary>
public sealed partial class BudgetPage : LivePage
{
    private const int ShownStops = 20;
    private string? shown;
    private bool mayWrite;

    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private BudgetModel Model { get; } = new();
    private FormErrors Errors { get; } = new();
    private AlertGrid? Alerts { get; set; }
    private bool Loaded { get; set; }
    private bool Changing { get; set; }
    private bool EndOpen { get; set; }
    private string? DialogFailure { get; set; }
    private BudgetView? Budget { get; set; }
    private BurnDown? Line { get; set; }
    private IReadOnlyList<BudgetVersionView> Versions { get; set; } = [];
    private IReadOnlyList<BudgetStopView> Stops { get; set; } = [];
    private IReadOnlyDictionary<string, ContractView> Runs { get; set; } = new Dictionary<string, ContractView>(StringComparer.Ordinal);
    private bool MayChange => mayWrite && Budget?.State == BudgetState.Active;

    protected override async Task OnParametersSetAsync()
    {
        if (shown == Id)
            return;
        shown = Id;
        var person = await Actions.PersonAsync();
        mayWrite = person.Actor.Allows(Permission.MoneyWrite);
        await LoadAsync();
        Follow(LoadAsync, "ledger", $"party:{person.WorkspaceId}");
    }

    private async Task LoadAsync()
    {
        Budget = await Actions.RunAsync<IBudgets, BudgetView?>(b => b.FindAsync(Id, Gone));
        if (Budget is not null)
        {
            Line = await Actions.RunAsync<IBudgets, BurnDown?>(b => b.BurnDownAsync(Id, Gone));
            Versions = await Actions.RunAsync<IBudgets, IReadOnlyList<BudgetVersionView>>(b => b.VersionsAsync(Id, Gone));
            Stops = await Actions.RunAsync<IBudgets, IReadOnlyList<BudgetStopView>>(b => b.StopsAsync(Id, Gone));
            Dictionary<string, ContractView> runs = new(StringComparer.Ordinal);
            foreach (BudgetStopView stop in Stops.Take(ShownStops))
                if (await Actions.RunAsync<IContracts, ContractView?>(c => c.FindAsync(stop.ContractId, Gone)) is { } run)
                    runs[run.Id] = run;
            Runs = runs;
        }
        Loaded = true;
        StateHasChanged();
        if (Alerts is not null)
            await Alerts.ReloadAsync();
    }

    private void AskChange()
    {
        Errors.Clear();
        Model.Take(Budget!);
        Changing = true;
    }

    private async Task ChangeAsync()
    {
        var request = Model.ToChange(Budget!);
        if (!request.IsOk)
        {
            Errors.Set(request.Problem);
            return;
        }
        var changed = await Actions.RunAsync<IBudgets, Outcome<BudgetView>>(b => b.ChangeAsync(Id, request.Value, Gone));
        if (!changed.IsOk)
        {
            Errors.Set(changed.Problem);
            return;
        }
        Changing = false;
        Toasts.Show(Tone.Running, T["Saved", changed.Value.Version]);
        await LoadAsync();
    }

    private async Task<bool> EndAsync()
    {
        var ended = await Actions.RunAsync<IBudgets, Outcome<BudgetView>>(b => b.EndAsync(Id, Gone));
        if (!ended.IsOk)
        {
            DialogFailure = Problems[ended.Problem.Detail];
            return false;
        }
        Toasts.Show(Tone.Ended, T["Ended"]);
        await LoadAsync();
        return true;
    }

    private string LeftNote(BudgetStandingView standing) =>
        Budget!.Kind == BudgetKind.HourlyRate ? T["Left.Rate"]
        : standing.PeriodEnd is { } end ? T["Left.Note", Times.Day(end)]
        : T["Left.Never"];

    private string UsedUp(BudgetView budget, BudgetStandingView standing) =>
        standing.Used >= budget.Amount ? T["UsedUp.Already"]
        : standing.UsedUpAt is { } at ? Times.Format(Clock.ToLocal(at), TimeStyle.DateTime)
        : T["UsedUp.Never"];

    private static string Period(BudgetStandingView standing) =>
        standing.PeriodEnd is { } end
            ? $"{Times.Day(standing.PeriodStart)} – {Times.Day(end.AddDays(-1))}"
            : Times.Day(standing.PeriodStart);
}

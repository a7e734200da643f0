using System.Text;
using Marketplace.Billing.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Customers.Words;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Capacity;
using Marketplace.Web.Components.Shared.Feedback;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Components.Shared.Text;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Customers.Runs;

/// <summary>One run: where it is in its life, its cards, its logs, and what it costs.</summary>
public sealed partial class RunPage : LivePage
{
    private string? shown;
    private string extendKey = "";

    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    private QueryState Query { get; set; } = default!;

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private LocalClock Clock { get; set; } = default!;

    [Inject]
    private Toasts Toasts { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    [Inject]
    private IStringLocalizer<SharedText> Shared { get; set; } = default!;

    private bool Loaded { get; set; }
    private ContractView? Contract { get; set; }
    private WorkloadView? Workload { get; set; }
    private StopView? Halt { get; set; }
    private IReadOnlyList<ChargeView> Charges { get; set; } = [];
    private decimal? CardHours { get; set; }
    private ContractBillingView? Billing { get; set; }
    private string? Kubeconfig { get; set; }
    private string? Failure { get; set; }
    private string? DialogFailure { get; set; }
    private bool StopOpen { get; set; }
    private bool ExtendOpen { get; set; }
    private bool StopAsked { get; set; }
    private decimal? ExtendHours { get; set; } = 24;
    private bool Stopping => Contract is { EndedAt: null } && (StopAsked || Workload?.Phase == WorkloadPhase.Terminating);

    // A link of the page itself: the secret is not asked for a second time and stands in no address bar.
    private string KubeconfigFile => "data:application/yaml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(Kubeconfig ?? ""));

    private string Raw
    {
        get
        {
            var told = (Workload?.Events ?? []).Select(e => (e.At, Text: e.Raw ?? e.Text));
            var moved = (Contract?.PlaceChanges ?? []).Select(c => (c.At, Text: $"{c.Code} {c.Places} {c.Fault} {c.Explanation}"));
            var lines = told.Concat(moved).OrderByDescending(e => e.At).Select(e => $"{Times.Utc(e.At)}  {e.Text}").ToList();
            return lines.Count > 0 ? string.Join('\n', lines) : T["Happened.Empty"];
        }
    }

    protected override async Task OnParametersSetAsync()
    {
        if (shown == Id)
            return;
        shown = Id;
        await LoadAsync();
        Follow(LoadAsync, $"contract:{Id}", "ledger");
    }

    protected override void OnInitialized() => Query.Changed += OnQueryChanged;

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged() => _ = InvokeAsync(StateHasChanged);

    private async Task LoadAsync()
    {
        Contract = await Actions.RunAsync<IContracts, ContractView?>(c => c.FindAsync(Id, Gone));
        if (Contract is not null)
        {
            Workload = await Actions.RunAsync<IContracts, WorkloadView?>(c => c.WorkloadAsync(Id, Gone));
            Halt = await Actions.RunAsync<IStops, StopView?>(s => s.OfContractAsync(Id, Gone));
            await LoadMoneyAsync();
        }
        Loaded = true;
        StateHasChanged();
    }

    private async Task LoadMoneyAsync()
    {
        if (!(await Actions.PersonAsync()).Actor.Allows(Permission.MoneyRead))
            return;
        Billing = await Actions.RunAsync<IContracts, ContractBillingView?>(c => c.BillingAsync(Id, Gone));
        var query = new ChargeQuery
        {
            ContractId = Id,
            Side = "customer",
            Limit = PageQuery.MaxLimit,
        };
        Charges = (await Actions.RunAsync<IRating, Page<ChargeView>>(r => r.ChargesAsync(query, Gone))).Items;
        CardHours = (await Actions.RunAsync<IRating, ContractCost?>(r => r.CostAsync(Id, Gone)))?.CardSeconds / 3600m;
    }

    private async Task<bool> StopAsync()
    {
        var stopped = await Actions.RunAsync<IContracts, Outcome<ContractView>>(c => c.StopAsync(Id, Gone));
        DialogFailure = stopped.IsOk ? null : Problems[stopped.Problem.Detail].Value;
        if (!stopped.IsOk)
            return false;
        StopAsked = true;
        Contract = stopped.Value;
        return true;
    }

    private void AskExtend()
    {
        // One key per asking: pressing twice buys the hours once.
        extendKey = Ids.New(IdPrefix.Order);
        DialogFailure = null;
        ExtendOpen = true;
    }

    private async Task<bool> ExtendAsync()
    {
        var extended = await Actions.RunAsync<IContracts, Outcome<ContractView>>(c => c.ExtendAsync(Id, ExtendHours ?? 0, extendKey, Gone));
        if (!extended.IsOk)
        {
            DialogFailure = extended.Problem.Errors is [{ } error, ..]
                ? $"{Problems[error.Message]} {Problems[error.Fix]}"
                : Problems[extended.Problem.Detail];
            return false;
        }
        Contract = extended.Value;
        Toasts.Show(Tone.Running, T["Extended", Times.Format(Clock.ToLocal(Contract.EndsAt), TimeStyle.DateTime)]);
        return true;
    }

    private Money ExtendCost(ContractView run) => Money.From(run.PerHour.Amount * (ExtendHours ?? 0), run.Currency);

    private async Task KubeconfigAsync()
    {
        var answer = await Actions.RunAsync<IContracts, Outcome<string>>(c => c.KubeconfigAsync(Id, Gone));
        Kubeconfig = answer.IsOk ? answer.Value : null;
        Failure = answer.IsOk ? null : Problems[answer.Problem.Detail].Value;
    }

    private IReadOnlyList<LifeStage> Stages(ContractView run)
    {
        var steps = run.Timeline.Where(s => s.Code != "settled").ToList();
        DateTimeOffset? before = null;
        var stages = new List<LifeStage>(steps.Count);
        foreach (var step in steps)
        {
            var state =
                step.Code == "ended" && step.Done && run.Reason is { Number: 1005 or >= 2000 } ? StageState.Failed
                : step.Current ? StageState.Now
                : step.Done ? StageState.Done
                : StageState.Todo;
            stages.Add(new LifeStage(W.Or($"Stage.{step.Code}", step.Code), state, Moment(step, before), NoteOf(step, run)));
            before = step.At ?? before;
        }
        return stages;
    }

    // The first and last moments as clock times, those between as what they took.
    private string? Moment(TimelineStep step, DateTimeOffset? before) =>
        step.At is not { } at ? null
        : before is { } earlier && step.Code is "scheduled" or "pulling" or "starting" && at >= before
            ? "+" + Times.Duration(at - before.Value, Shared)
        : Times.Format(Clock.ToLocal(at), TimeStyle.Time);

    private string? NoteOf(TimelineStep step, ContractView run) =>
        step.Code switch
        {
            "held" => MoneyDisplay.Format(run.Held),
            "running" when run.ReadyAt is { } ready && run.EndedAt is null => T["Life.Of", Times.Duration(Clock.UtcNow - ready, Shared)],
            "running" when run.ReadyAt is { } ready && run.EndedAt is { } ended => Times.Duration(ended - ready, Shared),
            "ended" when run.EndedAt is not null => run.Reason is { } reason ? W.Reason(reason) : null,
            "ended" => T["Life.Until", Times.Format(Clock.ToLocal(run.EndsAt), TimeStyle.DayTime)],
            "starting" when Workload is { } workload => T["Cards.Replicas", workload.ReadyReplicas, workload.DesiredReplicas],
            _ => null,
        };

    private IEnumerable<(DateTimeOffset At, string Text, string? Note, CellState State)> Story(ContractView run)
    {
        var story = new List<(DateTimeOffset At, string Text, string? Note, CellState State)>
        {
            (run.CreatedAt, T["Happened.Held", MoneyDisplay.Format(run.Held)], run.OrderId, CellState.Free),
        };
        if (run.ReadyAt is { } ready)
            story.Add((ready, T["Happened.Running"], null, CellState.Free));
        if (run.EndedAt is { } ended)
            story.Add((ended, T["Happened.Ended"], run.Reason is { } reason ? W.Reason(reason) : null, CellState.Held));
        if (Halt is { } halt)
        {
            string why = W.Reason(halt.Reason);
            story.Add((halt.RequestedAt, T[$"Happened.halt.{halt.Kind}"], why, CellState.Held));
            if (halt.VerifiedAt is { } verified)
                story.Add((verified, T["Happened.halt.verified"], null, CellState.Held));
            if (halt.OverdueAt is { } overdue)
                story.Add((overdue, T["Happened.halt.overdue"], null, CellState.Faulty));
        }
        story.AddRange(
            run.PlaceChanges.Select(change =>
                (
                    change.At,
                    T[$"Happened.{change.Code}", change.Places].Value,
                    change.Fault.Length == 0 ? null : (string?)T[$"Fault.{change.Fault}"].Value,
                    change.Code == "place-lost" ? CellState.Faulty : CellState.Sold
                )
            )
        );
        if (Workload is not null)
            story.AddRange(Workload.Events.GroupBy(e => (e.Code, e.Code == "other" ? e.Text : "")).Select(Told));
        return story.OrderByDescending(s => s.At);
    }

    // The same thing on many replicas is one sentence; the raw view has each of them.
    private (DateTimeOffset At, string Text, string? Note, CellState State) Told(IEnumerable<WorkloadEvent> same)
    {
        var events = same.OrderByDescending(e => e.At).ToList();
        WorkloadEvent newest = events[0];
        return (
            newest.At,
            events.Count == 1 ? W.Event(newest) : W.Events(newest, events.Count),
            null,
            newest.Severity == "warning" ? CellState.Faulty
            : newest.Code is "scheduled" ? CellState.Sold
            : newest.Code is "pulling" or "waiting" ? CellState.Held
            : CellState.Free
        );
    }
}

using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Admin;

/// <summary>Who may trade: the network desk approves, declines and suspends, each with a reason that stays.</summary>
public sealed partial class PartiesPage : LivePage
{
    private static readonly PartyKinds[] EveryKind = [PartyKinds.Customer, PartyKinds.Center, PartyKinds.Operator, PartyKinds.Platform];

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<PartyView>? Grid { get; set; }
    private (PartyView Party, PartyState To)? Asked { get; set; }
    private string? Reason { get; set; }
    private string? Failure { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];

    protected override void OnInitialized()
    {
        Filters =
        [
            new(
                T["Party.State"],
                "state",
                T["Any"],
                [.. Enum.GetNames<PartyState>().Select(s => new Choice<string>(s, T[$"PartyState.{s}"]))]
            ),
        ];
        Follow(() => Grid?.ReloadAsync() ?? Task.CompletedTask, "market");
    }

    private async Task<GridPage<PartyView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new PartyQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            State = Enum.TryParse(query.Filter("state"), out PartyState state) ? state : null,
        };
        return (await Actions.RunAsync<IParties, Outcome<Page<PartyView>>>(p => p.ListAsync(asked, cancellation))).ToGrid();
    }

    private string KindsOf(PartyView party) =>
        string.Join(", ", EveryKind.Where(k => party.Kinds.HasFlag(k)).Select(k => T[$"Kind.{k}"].Value));

    private static IEnumerable<(PartyState To, string Label)> ChoicesOf(PartyState state) =>
        state switch
        {
            PartyState.Pending =>
            [
                (PartyState.Approved, LabelOf(PartyState.Approved)),
                (PartyState.Declined, LabelOf(PartyState.Declined)),
            ],
            PartyState.Approved => [(PartyState.Suspended, LabelOf(PartyState.Suspended))],
            PartyState.Suspended => [(PartyState.Approved, LabelOf(PartyState.Approved))],
            _ => [],
        };

    private static string LabelOf(PartyState to) =>
        to switch
        {
            PartyState.Approved => "Decide.Approve",
            PartyState.Declined => "Decide.Decline",
            _ => "Decide.Suspend",
        };

    private void Ask(PartyView party, PartyState to) => (Asked, Reason, Failure) = ((party, to), null, null);

    private void Close(bool open)
    {
        if (!open)
            Asked = null;
    }

    private async Task<bool> DecideAsync()
    {
        if (Asked is not { } asked)
            return true;
        var decided = await Actions.RunAsync<IParties, Outcome<PartyView>>(p =>
            p.DecideAsync(asked.Party.Id, asked.To, Reason ?? "", Gone)
        );
        if (!decided.IsOk)
        {
            Failure = decided.Problem.Errors is [{ } error, ..]
                ? $"{Problems[error.Message]} {Problems[error.Fix]}"
                : Problems[decided.Problem.Detail].Value;
            return false;
        }
        Asked = null;
        if (Grid is not null)
            await Grid.ReloadAsync();
        return true;
    }

    private static Tone ToneOf(PartyState state) =>
        state switch
        {
            PartyState.Approved => Tone.Running,
            PartyState.Pending => Tone.Waiting,
            PartyState.Suspended => Tone.Failed,
            _ => Tone.Ended,
        };
}

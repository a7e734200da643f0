using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Admin.Arrears;

/// <summary>Who is past due and what follows; the network desk may give more time, with a reason that stays.</summary>
public sealed partial class ArrearsPage : LivePage
{
    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<ArrearsView>? Grid { get; set; }
    private ArrearsView? Asked { get; set; }
    private DateTimeOffset? Until { get; set; }
    private string? Reason { get; set; }
    private string? Failure { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];

    protected override void OnInitialized()
    {
        Filters =
        [
            new(T["State"], "state", T["Any"], [.. Enum.GetNames<ArrearsState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))]),
        ];
        Follow(() => Grid?.ReloadAsync() ?? Task.CompletedTask, "arrears");
    }

    private async Task<GridPage<ArrearsView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        ArrearsState? state = Enum.TryParse(query.Filter("state"), out ArrearsState chosen) ? chosen : null;
        var asked = new ArrearsQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            Sort = query.SortExpression,
            State = state,
            Open = state is null,
        };
        return (await Actions.RunAsync<IArrears, Outcome<Page<ArrearsView>>>(a => a.ListAsync(asked, cancellation))).ToGrid();
    }

    private void Ask(ArrearsView row) => (Asked, Until, Reason, Failure) = (row, row.NextAt?.AddDays(7), null, null);

    private void Close(bool open)
    {
        if (!open)
            Asked = null;
    }

    private async Task<bool> GiveTimeAsync()
    {
        if (Asked is not { } asked)
            return true;
        if (Until is not { } until)
        {
            Failure = T["GiveTime.Missing"];
            return false;
        }
        var given = await Actions.RunAsync<IArrears, Outcome<ArrearsView>>(a =>
            a.GiveTimeAsync(asked.Id, new GiveTimeRequest(until, Reason ?? ""), Gone)
        );
        if (!given.IsOk)
        {
            Failure = given.Problem.Errors is [{ } error, ..]
                ? $"{Problems[error.Message]} {Problems[error.Fix]}"
                : Problems[given.Problem.Detail].Value;
            return false;
        }
        Asked = null;
        if (Grid is not null)
            await Grid.ReloadAsync();
        return true;
    }

    private static Tone ToneOf(ArrearsState state) =>
        state switch
        {
            ArrearsState.Current => Tone.Running,
            ArrearsState.Grace => Tone.Waiting,
            ArrearsState.Suspended => Tone.Failed,
            _ => Tone.Ended,
        };
}

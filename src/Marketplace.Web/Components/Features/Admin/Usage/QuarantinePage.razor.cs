using Marketplace.Billing.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;

namespace Marketplace.Web.Components.Features.Admin.Usage;

/// <summary>Meter readings that were set aside: why, what they say, and the desk's decision on each.</summary>
public sealed partial class QuarantinePage : LivePage
{
    /// <summary>Every reason the intake gives.</summary>
    private static readonly string[] Reasons =
    [
        "unknown-contract",
        "unknown-meter",
        "malformed",
        "measured-by-network",
        "other-payload",
        "same-revision",
        "counter-fell",
        "earlier-and-larger",
        "after-final",
        "disputed-window",
    ];

    private Dictionary<string, string> clusters = new(StringComparer.Ordinal);

    private DataGrid<QuarantineView>? Grid { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private (QuarantineView Reading, bool Release)? Asked { get; set; }
    private string? Reason { get; set; }
    private string? Failure { get; set; }

    protected override void OnInitialized()
    {
        Filters =
        [
            new(T["State"], "state", T["Any"], [.. Enum.GetNames<QuarantineState>().Select(s => new Choice<string>(s, T[$"State.{s}"]))]),
            new(T["Why"], "reason", T["Any"], [.. Reasons.Select(r => new Choice<string>(r, T[$"Why.{r}"]))]),
        ];
        Follow(ReloadAsync, "quarantine");
    }

    private Task ReloadAsync() => Grid?.ReloadAsync() ?? Task.CompletedTask;

    private async Task<GridPage<QuarantineView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new QuarantineQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            Search = query.Search,
            State = Enum.TryParse(query.Filter("state"), out QuarantineState state) ? state : null,
            Reason = query.Filter("reason"),
        };
        clusters = (await Actions.RunAsync<IClusters, IReadOnlyList<ClusterView>>(c => c.ListAsync(cancellation))).ToDictionary(
            c => c.Id,
            c => c.Name,
            StringComparer.Ordinal
        );
        return (await Actions.RunAsync<IQuarantine, Outcome<Page<QuarantineView>>>(q => q.ListAsync(asked, cancellation))).ToGrid();
    }

    private string ReasonOf(QuarantineView reading) =>
        T[$"Why.{reading.Reason}"] is { ResourceNotFound: false } said ? said : reading.Reason;

    private static Tone ToneOf(QuarantineState state) =>
        state switch
        {
            QuarantineState.Open => Tone.Waiting,
            QuarantineState.Released => Tone.Running,
            _ => Tone.Ended,
        };

    private void Ask(QuarantineView reading, bool release) => (Asked, Reason, Failure) = ((reading, release), null, null);

    private void Close(bool open)
    {
        if (!open)
            Asked = null;
    }

    private async Task<bool> DecideAsync()
    {
        if (Asked is not { } asked)
            return true;
        var decision = new DecideQuarantine(Reason ?? "");
        var done = await Actions.RunAsync<IQuarantine, Outcome<QuarantineView>>(q =>
            asked.Release ? q.ReleaseAsync(asked.Reading.Id, decision, Gone) : q.DismissAsync(asked.Reading.Id, decision, Gone)
        );
        Failure = done.IsOk ? null : Problems[done.Problem.Detail].Value;
        if (!done.IsOk)
            return false;
        Asked = null;
        await ReloadAsync();
        return true;
    }
}

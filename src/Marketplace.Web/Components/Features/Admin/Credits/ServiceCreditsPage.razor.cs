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

namespace Marketplace.Web.Components.Features.Admin.Credits;

/// <summary>What outages are worth, month by month: the desk decides each proposal.</summary>
public sealed partial class ServiceCreditsPage : LivePage
{
    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    private DataGrid<ServiceCreditView>? Grid { get; set; }
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private (ServiceCreditView Credit, ServiceCreditDecision Decision)? Asked { get; set; }
    private string? Reason { get; set; }
    private string? Failure { get; set; }

    protected override void OnInitialized()
    {
        Filters =
        [
            new(
                T["State"],
                "state",
                T["Any"],
                [.. Enum.GetNames<ServiceCreditState>().Select(s => new Choice<string>(s, T[$"Credit.{s}"]))]
            ),
        ];
        Follow(() => Grid?.ReloadAsync() ?? Task.CompletedTask, "service-credits");
    }

    private async Task<GridPage<ServiceCreditView>> LoadAsync(GridQuery query, CancellationToken cancellation)
    {
        var asked = new ServiceCreditQuery
        {
            Skip = query.Skip,
            Limit = query.Size,
            State = Enum.TryParse(query.Filter("state"), out ServiceCreditState state) ? state : null,
        };
        return (await Actions.RunAsync<IServiceCredits, Page<ServiceCreditView>>(c => c.ListAsync(asked, cancellation))).ToGrid();
    }

    private static Tone ToneOf(ServiceCreditState state) =>
        state switch
        {
            ServiceCreditState.Proposed => Tone.Waiting,
            ServiceCreditState.Posted => Tone.Running,
            _ => Tone.Ended,
        };

    private void Ask(ServiceCreditView credit, ServiceCreditDecision decision) =>
        (Asked, Reason, Failure) = ((credit, decision), null, null);

    private void Close(bool open)
    {
        if (!open)
            Asked = null;
    }

    private async Task<bool> DecideAsync()
    {
        if (Asked is not { } asked)
            return true;
        var decided = await Actions.RunAsync<IServiceCredits, Outcome<ServiceCreditView>>(c =>
            c.DecideAsync(asked.Credit.Id, asked.Decision, Reason, Gone)
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
}

using Marketplace.Billing.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Customers.Runs;

/// <summary>Through when a run's usage is known, what time is unknown, and disputes about what was charged.</summary>
public sealed partial class UsagePanel : LivePage
{
    [Parameter, EditorRequired]
    public string ContractId { get; set; } = "";

    /// <summary>When the run became ready: where a dispute begins unless the person says otherwise.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private ContractUsage? Usage { get; set; }
    private IReadOnlyList<UsageDisputeView> Disputes { get; set; } = [];
    private bool MayDispute { get; set; }
    private bool Asking { get; set; }
    private DateTimeOffset? From { get; set; }
    private DateTimeOffset? To { get; set; }
    private string? Reason { get; set; }
    private string? Failure { get; set; }

    // One key per asking: pressing twice opens one dispute.
    private string Key { get; set; } = "";

    protected override async Task OnInitializedAsync()
    {
        await LoadAsync();
        Follow(LoadAsync, $"contract:{ContractId}");
    }

    private async Task LoadAsync()
    {
        var actor = (await Actions.PersonAsync()).Actor;
        if (!actor.Allows(Permission.MoneyRead))
            return;
        MayDispute = actor.Allows(Permission.MoneyWrite) && Since is not null;
        Usage = await Actions.RunAsync<IMetering, ContractUsage?>(m => m.UsageAsync(ContractId, Gone));
        var query = new UsageDisputeQuery { ContractId = ContractId, Limit = PageQuery.MaxLimit };
        Disputes = (await Actions.RunAsync<IUsageDisputes, Page<UsageDisputeView>>(d => d.ListAsync(query, Gone))).Items;
        StateHasChanged();
    }

    private void Ask()
    {
        (Key, From, To, Reason, Failure) = (Ids.New(IdPrefix.Operation), Since, Time.GetUtcNow(), null, null);
        Asking = true;
    }

    private async Task<bool> DisputeAsync()
    {
        var request = new OpenUsageDispute(From ?? default, To ?? default, Reason ?? "");
        var opened = await Actions.RunAsync<IUsageDisputes, Outcome<UsageDisputeView>>(d => d.OpenAsync(ContractId, request, Key, Gone));
        Failure = opened.IsOk ? null : Problems[opened.Problem.Detail].Value;
        if (opened.IsOk)
            await LoadAsync();
        return opened.IsOk;
    }

    private bool IsQuiet(ContractUsage usage) =>
        usage.KnownThrough is null && usage.Unknown.Count == 0 && Disputes.Count == 0 && !OtherMeters(usage).Any();

    private static IEnumerable<MeterTotal> OtherMeters(ContractUsage usage) => usage.Meters.Where(m => m.Meter != "card-seconds");

    private static Tone ToneOf(UsageDisputeState state) =>
        state switch
        {
            UsageDisputeState.Open => Tone.Waiting,
            UsageDisputeState.Upheld => Tone.Running,
            _ => Tone.Ended,
        };
}

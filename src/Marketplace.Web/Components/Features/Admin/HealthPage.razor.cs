using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Features.Payments;
using Marketplace.Web.Components.Shared;
using Marketplace.Web.Components.Shared.Page;
using Marketplace.Web.Localization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Components.Features.Admin;

/// <summary>Is the network well: the books, the messages, the clusters, and who waits for a decision.</summary>
public sealed partial class HealthPage : LivePage
{
    private Standing? State { get; set; }
    private string? CheckFailure { get; set; }

    [Inject]
    private IdFactory Ids { get; set; } = default!;

    [Inject]
    private IStringLocalizer<ProblemText> Problems { get; set; } = default!;

    protected override async Task OnInitializedAsync()
    {
        await LoadAsync();
        Follow(LoadAsync, "market", "clusters", "books");
    }

    private async Task LoadAsync()
    {
        var clusters = await Actions.RunAsync<IClusters, IReadOnlyList<ClusterView>>(c => c.ListAsync(Gone));
        var open = await Actions.RunAsync<IContracts, Page<ContractView>>(c =>
            c.ListAsync(new ContractQuery { Open = true, Limit = 1 }, Gone)
        );
        var all = await Actions.RunAsync<IContracts, Page<ContractView>>(c => c.ListAsync(new ContractQuery { Limit = 1 }, Gone));
        var waiting = await Actions.RunAsync<IParties, Outcome<Page<PartyView>>>(p =>
            p.ListAsync(new PartyQuery { State = PartyState.Pending, Limit = 1 }, Gone)
        );
        State = new Standing(
            await Actions.RunAsync<ILedger, BooksReport?>(l => l.LastBooksAsync(Gone)),
            await Actions.RunAsync<OutboxDesk, OutboxStanding>(o => o.StandingAsync(Gone)),
            clusters,
            open.Total ?? 0,
            all.Total ?? 0,
            waiting.IsOk ? waiting.Value.Total ?? 0 : 0
        );
    }

    // One request a click: the key is made here and not kept. A check that is under way is followed by one more.
    private async Task CheckBooksAsync()
    {
        var asked = await Actions.RunAsync<JobDesk, Outcome<JobRunView>>(d =>
            d.RunNowAsync("billing-check-books", Ids.New(IdPrefix.Operation), Gone)
        );
        CheckFailure = asked.IsOk ? null : ProblemWords.Of(Problems, asked.Problem);
    }

    private static Tone ToneOf(ClusterState state) =>
        state switch
        {
            ClusterState.Connected => Tone.Running,
            ClusterState.Connecting => Tone.Waiting,
            ClusterState.Suspect => Tone.Waiting,
            ClusterState.Lost => Tone.Failed,
            _ => Tone.Ended,
        };

    private sealed record Standing(
        BooksReport? Books,
        OutboxStanding Outbox,
        IReadOnlyList<ClusterView> Clusters,
        long Running,
        long Contracts,
        long Waiting
    )
    {
        public int Cards => Clusters.Sum(c => c.Devices.Sum(d => d.Total));
        public int Healthy => Clusters.Sum(c => c.Devices.Sum(d => d.Healthy));
        public int Free => Clusters.Sum(c => c.Devices.Sum(d => d.Free));
    }
}

using Marketplace.Market.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Forms;
using Marketplace.Web.Identity.Acting;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Centers.Clusters;

/// <summary>Connects a cluster and shows, live, how far it has come. Which cluster is joining stands in the URL, so a reload goes on.</summary>
public sealed partial class ConnectPanel
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Parameter, EditorRequired]
    public IReadOnlyList<SiteView> Sites { get; set; } = [];

    /// <summary>The cluster that is joining, as it is now.</summary>
    [Parameter]
    public ClusterView? Joined { get; set; }

    /// <summary>The joining cluster is on the market already.</summary>
    [Parameter]
    public bool Listed { get; set; }

    /// <summary>The id of a cluster whose API server has just answered.</summary>
    [Parameter]
    public EventCallback<string> OnJoined { get; set; }

    /// <summary>Back to the empty form.</summary>
    [Parameter]
    public EventCallback OnAnother { get; set; }

    [Inject]
    private PortalActions Actions { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private ConnectForm Model { get; set; } = new();
    private FormErrors Errors { get; } = new();
    private bool Trying { get; set; }
    private IReadOnlyList<JoinStep> Steps => JoinSteps.Of(Trying, Joined, Listed);

    private IReadOnlyList<Choice<string>> SiteChoices =>
        [.. Sites.Select(s => new Choice<string>(s.Id, SiteNames.Of(s))), new(ConnectForm.NewSite, T["Site.New"])];

    private IReadOnlyList<Choice<SiteTier>> Tiers => [.. Enum.GetValues<SiteTier>().Select(t => new Choice<SiteTier>(t, T[$"Tier.{t}"]))];

    protected override void OnParametersSet()
    {
        if (Model.SiteId.Length == 0)
            Model.SiteId = Sites.Count > 0 ? Sites[0].Id : ConnectForm.NewSite;
    }

    private async Task ConnectAsync()
    {
        Trying = true;
        StateHasChanged();
        try
        {
            using var patience = new CancellationTokenSource(Patience, Time);
            if (!await SiteReadyAsync(patience.Token))
                return;
            var request = new ConnectCluster(
                Model.SiteId,
                Model.Name?.Trim() ?? "",
                Model.Kubeconfig ?? "",
                string.IsNullOrWhiteSpace(Model.Context) ? null : Model.Context.Trim()
            );
            var connected = await Actions.RunAsync<IClusters, Outcome<ClusterView>>(c => c.ConnectAsync(request, patience.Token));
            if (!connected.IsOk)
            {
                Errors.Set(connected.Problem);
                return;
            }
            // The kubeconfig leaves the page as soon as it is stored.
            Model = new ConnectForm();
            await OnJoined.InvokeAsync(connected.Value.Id);
        }
        finally
        {
            Trying = false;
        }
    }

    /// <summary>A new site is made once: when the cluster then does not answer, the next attempt uses the same site.</summary>
    private async Task<bool> SiteReadyAsync(CancellationToken ct)
    {
        if (!Model.IsNewSite)
            return true;
        CreateSite request = Model.Site.ToRequest();
        var made = await Actions.RunAsync<ISupply, Outcome<SiteView>>(s => s.CreateSiteAsync(request, ct));
        if (!made.IsOk)
        {
            Errors.Set(SiteForm.Inside(made.Problem));
            return false;
        }
        Sites = [.. Sites, made.Value];
        Model.SiteId = made.Value.Id;
        return true;
    }

    private string? Words(JoinStep step) =>
        step.Stage switch
        {
            JoinStage.Inventory when Joined is { Nodes: > 0 } found => T["Step.Inventory.Found", Devices(found)],
            _ => T[$"Step.{step.Stage}.{step.State}"],
        };

    private string? Remark(JoinStep step) =>
        (step.Stage, Joined) switch
        {
            (JoinStage.Connected, { LastError: { } error }) when step.State == JoinState.Failed => error,
            (JoinStage.Connected, { } cluster) => T["Step.Connected.Note", cluster.Version ?? "?", new Uri(cluster.Server).Host],
            (JoinStage.Inventory, { Nodes: > 0 } cluster) => cluster.UnknownAccelerators > 0
                ? T["Step.Inventory.NoteUnknown", cluster.Nodes, cluster.UnknownAccelerators]
                : T["Step.Inventory.Note", cluster.Nodes],
            _ => null,
        };

    private string Devices(ClusterView cluster) =>
        cluster.Devices.Count == 0
            ? T["Devices.None"]
            : string.Join(", ", cluster.Devices.OrderByDescending(d => d.Total).Select(d => $"{d.Total} × {d.Model}"));

    private static string ClassOf(JoinStep step) =>
        step.State switch
        {
            JoinState.Done => "done",
            JoinState.Now => "go",
            JoinState.Failed => "bad",
            _ => "todo",
        };
}

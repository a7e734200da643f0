using Marketplace.Market.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Web.Components.Shared.Actions;
using Marketplace.Web.Components.Shared.Capacity;
using Marketplace.Web.Components.Shared.Grid;
using Marketplace.Web.Components.Shared.Page;
using Microsoft.AspNetCore.Components;

namespace Marketplace.Web.Components.Features.Centers.Fleet;

/// <summary>Every node and card of the center: one square is one card, one box is one node. Filters and the chosen node live in the URL.</summary>
public sealed partial class FleetPage : LivePage
{
    private const string NodeKey = "node";

    [Inject]
    private QueryState Query { get; set; } = default!;

    private IReadOnlyList<ClusterView> Clusters { get; set; } = [];
    private IReadOnlyList<FleetBox>? All { get; set; }
    private IReadOnlyList<FleetBox> Shown { get; set; } = [];
    private IReadOnlyList<FleetPool> Pools { get; set; } = [];
    private IReadOnlyList<FilterSpec> Filters { get; set; } = [];
    private IEnumerable<FleetBox> Unknown => Shown.Where(b => b.Node.UnknownAccelerator is not null);
    private IEnumerable<FleetBox> WithoutCards => Shown.Where(b => b.Cards.Count == 0 && b.Node.UnknownAccelerator is null);
    private IEnumerable<FleetBox> InTrouble => Shown.Where(b => !b.Node.Ready || b.Cards.Any(c => c.State == CellState.Faulty));
    private FleetBox? Chosen => Query.Get(NodeKey) is { } key ? All?.FirstOrDefault(b => b.Key == key) : null;

    protected override async Task OnInitializedAsync()
    {
        var person = await Actions.PersonAsync();
        await LoadAsync();
        Query.Changed += OnQueryChanged;
        Follow(LoadAsync, [$"party:{person.WorkspaceId}", "market", .. Clusters.Select(c => $"cluster:{c.Id}")]);
    }

    protected override void Dispose(bool disposing)
    {
        Query.Changed -= OnQueryChanged;
        base.Dispose(disposing);
    }

    private void OnQueryChanged() =>
        _ = InvokeAsync(() =>
        {
            Narrow();
            StateHasChanged();
        });

    private async Task LoadAsync()
    {
        var all = await Actions.RunAsync<IClusters, IReadOnlyList<ClusterView>>(c => c.ListAsync(Gone));
        // What was disconnected leaves its last inventory behind, but nothing of it can be sold.
        var clusters = all.Where(c => c.State != ClusterState.Disconnected).ToList();
        var boxes = new List<FleetBox>();
        foreach (ClusterView cluster in clusters)
        {
            var inventory = await Actions.RunAsync<IClusters, ClusterInventoryView?>(c => c.InventoryAsync(cluster.Id, Gone));
            if (inventory is null)
                continue;
            var claims = await Actions.RunAsync<ICapacity, IReadOnlyList<ClaimView>>(c => c.ActiveOfClusterAsync(cluster.Id, Gone));
            boxes.AddRange(FleetMap.Of(cluster, inventory, claims));
        }
        (Clusters, All) = (clusters, boxes);
        Filters = FiltersOf(boxes);
        Narrow();
    }

    private void Narrow()
    {
        var filter = new FleetFilter(
            Query.Get("cluster"),
            Query.Get("model"),
            Query.Get("rack"),
            Enum.TryParse(Query.Get("state"), ignoreCase: true, out CellState state) ? state : null,
            Query.Get("q")
        );
        Shown = FleetMap.Narrow(All ?? [], filter);
        Pools = FleetMap.Pools(Shown);
    }

    private IReadOnlyList<FilterSpec> FiltersOf(IReadOnlyList<FleetBox> boxes) =>
        [
            new(T["Cluster"], "cluster", T["Any"], [.. Clusters.Select(c => new Choice<string>(c.Id, c.Name))]),
            new(T["Model"], "model", T["Any"], Choices(boxes.SelectMany(b => b.Cards).Select(c => c.Device.Model))),
            new(T["Rack"], "rack", T["Any"], Choices(boxes.Select(b => b.Node.Rack))),
            new(
                T["State"],
                "state",
                T["Any"],
                [.. CellStates.Shown.Select(s => new Choice<string>(s.ToString().ToLowerInvariant(), T[$"State.{s}"]))]
            ),
        ];

    private static IReadOnlyList<Choice<string>> Choices(IEnumerable<string?> values) =>
        [.. values.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(v => new Choice<string>(v, v))];

    private string LinkOf(FleetBox box) => Query.Link(NodeKey, box.Key);

    private static bool IsProblem(FleetBox box) => box.Node.Problem is not null || !box.Node.Ready;

    private string TroubleOf(FleetBox box) =>
        IsProblem(box)
            ? box.Node.Problem ?? T["Node.NotReady"]
            : T["Node.Faulty", box.Cards.Count(c => c.State == CellState.Faulty), box.Cards.Count];
}

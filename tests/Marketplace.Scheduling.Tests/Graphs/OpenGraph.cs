using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Tests.Graphs;

/// <summary>A service graph taken apart, to try its searches one by one.</summary>
internal sealed class OpenGraph : IDisposable
{
    private readonly SupplySnapshot snapshot;
    private readonly PlacementRequest request;
    private readonly WorkingState state;
    private readonly ClusterRoom? room;

    public OpenGraph(SupplySnapshot snapshot, PlacementRequest request)
    {
        (this.snapshot, this.request) = (snapshot, request);
        state = snapshot.Columns.Current.Rent();
        var scope = new DecisionScope(null, null, new ShapeCache(snapshot.Columns));
        var roles = request.Roles.Select((_, role) => new RoleSearch(state, request, role, scope, explain: false)).ToArray();
        if (Array.TrueForAll(roles, role => role.Unordered().Any(candidate => role.FitOf(candidate).Fits)))
        {
            Problem = new GraphProblem(snapshot.Columns, request, roles, int.MaxValue);
            room = new ClusterRoom(state, Problem, JointSearch.MaxSteps);
        }
    }

    /// <summary>Null when some role fits nowhere.</summary>
    public GraphProblem? Problem { get; }

    public GraphDraft Draft() => new(Problem!, room!, Problem!.Bounds, request.BudgetPerHour ?? long.MaxValue);

    public GraphTree Tree(int steps) => new(Problem!, room!, Problem!.Bounds, request.BudgetPerHour ?? long.MaxValue, steps);

    public void Dispose() => snapshot.Columns.Current.Return(state);
}

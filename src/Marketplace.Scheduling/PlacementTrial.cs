using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling;

/// <summary>
/// Several requests on one snapshot, each seeing what the ones before it took. Placements are undone one by one or all
/// together; nothing is copied. Not safe for several threads; dispose it to give the state back.
/// </summary>
public sealed class PlacementTrial : IDisposable
{
    private readonly SupplySnapshot snapshot;
    private readonly ShapeCache shapes;
    private readonly RequestInterner interner = new();
    private WorkingState? state;

    internal PlacementTrial(SupplySnapshot snapshot)
    {
        this.snapshot = snapshot;
        shapes = new ShapeCache(snapshot.Columns);
        state = snapshot.Columns.Current.Rent();
    }

    /// <summary>The point reached; pass it to <see cref="RollbackTo"/>.</summary>
    public int Mark => State.Mark;

    private WorkingState State => state ?? throw new ObjectDisposedException(nameof(PlacementTrial));

    /// <summary>Decides a request among the offers and keeps its placement for the requests that follow.</summary>
    public Decision Place(PlacementRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Decider.Decide(State, interner.Intern(request), new DecisionScope(null, null, shapes));
    }

    /// <summary>Decides a request on the nodes of one cluster, without offers, and keeps its placement.</summary>
    public Decision PlaceOnCluster(string clusterId, PlacementRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Decider.Decide(
            State,
            interner.Intern(request),
            new DecisionScope(Scheduler.ClusterPosition(snapshot, clusterId), null, shapes)
        );
    }

    /// <summary>Undoes every placement made after the mark, exactly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The mark lies in the future.</exception>
    public void RollbackTo(int mark)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mark);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mark, State.Mark);
        State.RollbackTo(mark);
    }

    public void Dispose()
    {
        if (state is not null)
        {
            snapshot.Columns.Current.Return(state);
            state = null;
        }
    }
}

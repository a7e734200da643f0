using System.Collections.Concurrent;

namespace Marketplace.Scheduling.Placement;

/// <summary>Working states of one snapshot, reused: a decision undoes what it did instead of copying the supply.</summary>
internal sealed class StatePool(SupplyColumns columns, bool asIfEmpty)
{
    private readonly ConcurrentBag<WorkingState> idle = [];

    public WorkingState Rent() => idle.TryTake(out var state) ? state : new WorkingState(columns, asIfEmpty);

    public void Return(WorkingState state)
    {
        state.RollbackTo(0);
        idle.Add(state);
    }
}

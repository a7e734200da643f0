using Marketplace.Scheduling.Batch;
using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling;

/// <summary>
/// The scheduler core: supply and a request in, a decision and its explanation out. Pure and deterministic: no clock, no I/O,
/// the same input gives the same output; ties go to the offer, node and device that come first in the snapshot.
/// </summary>
public static class Scheduler
{
    /// <summary>Most alternatives <see cref="Rank"/> works out.</summary>
    public const int MaxRanked = 50;

    /// <summary>Decides one request among the offers. The snapshot does not change.</summary>
    public static Decision Decide(SupplySnapshot snapshot, PlacementRequest request) => Decide(snapshot, request, Lookup.Index);

    /// <summary>The same by another way of looking for offers: the answers must be equal.</summary>
    internal static Decision Decide(SupplySnapshot snapshot, PlacementRequest request, Lookup lookup)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(request);
        return OnSnapshot(
            snapshot,
            state => Decider.Decide(state, request, new DecisionScope(null, null, new ShapeCache(snapshot.Columns, lookup)))
        );
    }

    /// <summary>The best ways to buy the request, best first, each on offers its predecessors did not use for the first role.</summary>
    /// <param name="most">How many, 1 to <see cref="MaxRanked"/>.</param>
    public static IReadOnlyList<Placed> Rank(SupplySnapshot snapshot, PlacementRequest request, int most)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, MaxRanked);
        var ranked = new List<Placed>(most);
        var used = new Bitset(snapshot.Offers.Count);
        var shapes = new ShapeCache(snapshot.Columns);
        while (ranked.Count < most && Best(snapshot, request, used, shapes, out var position) is { } placed)
        {
            ranked.Add(placed);
            used.Add(position);
        }

        return ranked;
    }

    /// <summary>
    /// Decides several requests together on the same supply, as a bulk order needs it: in the order of arrival, and by a batch market where
    /// that places more of them. A refusal is explained on what all the others leave.
    /// </summary>
    /// <param name="atomic">
    /// True: all or none. If neither way places all, the first request without a place is refused for its own reason and every other one with
    /// <see cref="RefusalCodes.AtomicRollback"/>.
    /// </param>
    public static BatchDecision DecideBatch(SupplySnapshot snapshot, IReadOnlyList<PlacementRequest> requests, bool atomic)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(requests);
        return BatchDecider.Decide(snapshot, requests, atomic);
    }

    /// <summary>Starts a trial for several requests on one snapshot.</summary>
    public static PlacementTrial BeginTrial(SupplySnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return new PlacementTrial(snapshot);
    }

    /// <summary>
    /// Decides which nodes and devices of one cluster serve a request, without offers, prices and site rules: the same code,
    /// for the binder inside a cluster.
    /// </summary>
    /// <exception cref="InvalidSupplyException">The nodes cannot be true.</exception>
    public static Decision PlaceOnCluster(IEnumerable<Node> nodes, PlacementRequest request)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        var builder = new SupplySnapshotBuilder().AddRange(nodes);
        var clusterId = builder.AddOwnCluster();
        return PlaceOnCluster(builder.Build(), clusterId, request);
    }

    /// <summary>The same on a cluster of a snapshot that is kept for many requests.</summary>
    /// <exception cref="ArgumentException">The snapshot has no such cluster.</exception>
    public static Decision PlaceOnCluster(SupplySnapshot snapshot, string clusterId, PlacementRequest request)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(request);
        var cluster = ClusterPosition(snapshot, clusterId);
        return OnSnapshot(
            snapshot,
            state => Decider.Decide(state, request, new DecisionScope(cluster, null, new ShapeCache(snapshot.Columns)))
        );
    }

    internal static int ClusterPosition(SupplySnapshot snapshot, string clusterId) =>
        snapshot.Columns.ClusterOf.TryGetValue(clusterId, out var position)
            ? position
            : throw new ArgumentException($"The snapshot has no cluster '{clusterId}'.", nameof(clusterId));

    private static Placed? Best(SupplySnapshot snapshot, PlacementRequest request, Bitset used, ShapeCache shapes, out int position)
    {
        var placed = OnSnapshot(snapshot, state => Decider.TryPlace(state, request, new DecisionScope(null, used, shapes)));
        position = placed is null ? -1 : snapshot.Columns.Index.PositionOf(placed.Roles[0].OfferId!);
        return placed;
    }

    private static T OnSnapshot<T>(SupplySnapshot snapshot, Func<WorkingState, T> decide)
    {
        var state = snapshot.Columns.Current.Rent();
        try
        {
            return decide(state);
        }
        finally
        {
            snapshot.Columns.Current.Return(state);
        }
    }
}

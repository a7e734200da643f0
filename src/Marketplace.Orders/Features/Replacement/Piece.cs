using Marketplace.Market.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>One replica of a contract where it was sold: its place and what it takes there.</summary>
internal sealed record Piece(ReplicaAssignment Place, IReadOnlyList<CapacityGrant> Grants)
{
    /// <summary>The replicas of a plan, in order. Grants follow the replicas: one for each device, or one for a replica without any.</summary>
    /// <exception cref="InvalidOperationException">The plan's places and grants do not belong together.</exception>
    public static IReadOnlyList<Piece> Of(PlannedLine plan)
    {
        var pieces = new List<Piece>();
        int at = 0;
        foreach (ReplicaAssignment place in plan.Workload.Placements)
        {
            int count = Math.Max(1, place.DeviceIds.Count);
            var grants = plan.Grants.Skip(at).Take(count).ToList();
            if (grants.Count < count || grants.Exists(g => g.NodeId != place.NodeId))
                throw new InvalidOperationException($"Replica {place.Replica} and its grants name different places.");
            pieces.Add(new Piece(place, grants));
            at += count;
        }
        return pieces;
    }

    /// <summary>The plan with its replicas where these pieces say.</summary>
    public static PlannedLine In(PlannedLine plan, IReadOnlyList<Piece> pieces) =>
        plan with
        {
            Grants = [.. pieces.SelectMany(p => p.Grants)],
            Workload = plan.Workload with { Placements = [.. pieces.Select(p => p.Place)] },
        };
}

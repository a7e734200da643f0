using Marketplace.Orders.Data;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>Decides new places for lost replicas by the scheduler core. Pure.</summary>
internal static class NewPlaces
{
    /// <param name="free">The contract's cluster, less what others have and less what its own other replicas keep.</param>
    /// <param name="lost">The replicas to place: a gang's together or not at all, others one by one as far as there is room.</param>
    /// <returns>The placed replicas in their order, and the core's words: of the last placement, or of the refusal.</returns>
    public static (IReadOnlyList<Piece> Placed, Explanation Why) Of(Contract contract, IReadOnlyList<Piece> lost, SupplySnapshot free)
    {
        using PlacementTrial trial = Scheduler.BeginTrial(free);
        bool gang = contract.Product == ProductKind.GangJob;
        var placed = new List<Piece>(lost.Count);
        Explanation why = new();
        foreach (Piece[] together in lost.Chunk(gang ? lost.Count : 1))
        {
            Decision decision = trial.PlaceOnCluster(contract.ClusterId, RequestOf(contract, together.Length));
            why = decision.Explanation;
            if (decision is not Placed found)
                break;
            placed.AddRange(together.Zip(found.Roles[0].Replicas, (piece, replica) => Moved(piece, replica)));
        }
        return (placed, why);
    }

    // What was granted is what was sold: a new card has at least as much memory, and is of the same model.
    private static PlacementRequest RequestOf(Contract contract, int replicas)
    {
        WorkloadRole role = contract.Plan.Workload;
        return new PlacementRequest
        {
            Id = contract.Id,
            ContractClass = contract.Class,
            Roles =
            [
                new Role(
                    role.Name,
                    replicas,
                    [
                        new Variant
                        {
                            Name = role.DeviceModel ?? "cpu",
                            Image = role.Image,
                            DeviceModel = role.DeviceModel,
                            CardsPerReplica = role.CardsPerReplica,
                            ComputeMilli = role.ComputeMilli,
                            DeviceMemoryMib = role.MemoryMibPerCard,
                            CpuMilli = role.CpuMilli,
                            MemoryMib = role.HostMemoryMib,
                        },
                    ]
                ),
            ],
        };
    }

    private static Piece Moved(Piece piece, ReplicaPlacement to) =>
        new(Planner.Place(to, piece.Place.Replica), [.. Planner.Grants(to, piece.Grants[0].CpuMilli, piece.Grants[0].HostMemoryMib)]);
}

using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Replacement;

/// <summary>Where a contract's replicas are, which of them have lost their place, and where they go. In memory only.</summary>
internal sealed class Move
{
    private readonly Contract contract;
    private readonly List<Piece> pieces;
    private readonly List<Piece> lost;
    private readonly IReadOnlyList<Piece> left;
    private readonly List<(Piece From, Piece To, string Why)> moved = [];
    private readonly Fleet fleet;
    private Explanation explanation = new();

    public Move(Contract contract, WorkloadView workload, Fleet fleet)
    {
        this.contract = contract;
        this.fleet = fleet;
        pieces = [.. Piece.Of(contract.Plan)];
        // A replica that has finished needs no place any more.
        var finished = workload.Pods.Where(p => p.Phase == "Succeeded").Select(p => NodeIds.Of(contract.ClusterId, p.Node)).ToList();
        lost = [.. pieces.Where(p => fleet.FaultOf(p) is not null && !finished.Remove(p.Place.NodeId))];
        (Runaways, var empty) = Replacement.Runaways.Of(contract.ClusterId, workload, pieces.Where(p => fleet.FaultOf(p) is null), fleet);
        left = Runaways.Count == 0 ? [] : empty;
        IsUnsettled = contract.PlaceUnsettled && empty.Count > 0;
    }

    /// <summary>The replicas as they are to be, in their order.</summary>
    public IReadOnlyList<Piece> Pieces => pieces;

    /// <summary>Replicas that have no place yet.</summary>
    public IReadOnlyList<Piece> Lost => lost;

    /// <summary>Pods that run where nothing was sold.</summary>
    public IReadOnlyList<WorkloadPod> Runaways { get; }

    /// <summary>Replicas that stay, as long as no runaway is theirs.</summary>
    public IEnumerable<Piece> Settled => pieces.Except(lost).Except(left);

    /// <summary>Replicas with a place.</summary>
    public IEnumerable<Piece> Kept => pieces.Except(lost);

    public bool IsNothing => moved.Count == 0;

    /// <summary>True while pods have not been seen at the places that were found for them.</summary>
    public bool IsUnsettled { get; private set; }

    /// <summary>Gives places to the pods that took one already: to lost replicas first, then to those whose own place stands empty.</summary>
    public void Follow(SupplySnapshot around)
    {
        var waiting = new Queue<Piece>(lost.Concat(left));
        foreach (WorkloadPod pod in Runaways)
        {
            if (!waiting.TryPeek(out Piece? piece))
                return;
            if (Replacement.Runaways.Follow(contract.ClusterId, pod, piece, contract.DeviceModel, around) is { } there)
            {
                waiting.Dequeue();
                Put(piece, there);
            }
        }
    }

    /// <summary>Asks the scheduler core for places for the others.</summary>
    public void Place(SupplySnapshot free)
    {
        var (placed, why) = NewPlaces.Of(contract, lost, free);
        explanation = why;
        IsUnsettled |= placed.Count > 0;
        foreach (var (piece, there) in lost.ToList().Zip(placed))
            Put(piece, there);
    }

    /// <summary>What moved and why: the places, the code of the fault, and the core's words.</summary>
    public ContractMove Told() =>
        new(
            string.Join(", ", moved.Select(m => $"{Fleet.NameOf(m.From.Place.NodeId)} → {Fleet.NameOf(m.To.Place.NodeId)}")),
            moved[0].Why,
            explanation.ToEnglish().ReplaceLineEndings(" ").Trim()
        );

    /// <summary>Which places are missing and why no other fits.</summary>
    public ContractMove Missing() =>
        new(
            string.Join(", ", lost.Select(p => Fleet.NameOf(p.Place.NodeId)).Distinct(StringComparer.Ordinal)),
            fleet.FaultOf(lost[0])!,
            explanation.ToEnglish().ReplaceLineEndings(" ").Trim()
        );

    private void Put(Piece from, Piece to)
    {
        pieces[pieces.IndexOf(from)] = to;
        lost.Remove(from);
        moved.Add((from, to, fleet.FaultOf(from) ?? FaultCodes.RunsElsewhere));
    }
}

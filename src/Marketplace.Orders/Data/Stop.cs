using Marketplace.Orders.Contracts;
using Marketplace.Orders.Domain;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;

namespace Marketplace.Orders.Data;

/// <summary>A stop for money, from the request to its proof. See ADR 0065.</summary>
internal sealed class Stop : ITradeShared
{
    public required string Id { get; init; }
    public required string ContractId { get; init; }
    public required string CustomerId { get; init; }
    public required string OperatorId { get; init; }
    public required string CenterId { get; init; }
    public required string ClusterId { get; init; }
    public required StopKind Kind { get; init; }
    public StopState State { get; private set; } = StopState.Requested;
    public required int ReasonNumber { get; init; }
    public required string ReasonText { get; init; }
    public string? LimitId { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }
    public required DateTimeOffset ChargeUntil { get; init; }
    public required long Generation { get; init; }

    /// <summary>Since when the proof is waited for.</summary>
    public required DateTimeOffset WaitsSince { get; set; }
    public DateTimeOffset? LastSeenAt { get; private set; }
    public int? LastSeenPods { get; private set; }
    public DateTimeOffset? VerifiedAt { get; private set; }
    public DateTimeOffset? OverdueAt { get; private set; }
    public int FoundAgain { get; private set; }
    public DateTimeOffset? ClosedAt { get; private set; }

    /// <summary>Its proof is still waited for.</summary>
    public bool IsWaiting => State is StopState.Requested or StopState.Overdue or StopState.RunningAgain;

    /// <summary>Takes in what the cluster has said since the request.</summary>
    public void See(WorkloadEvidence evidence)
    {
        if (evidence.ReportedAt is { } at && (at >= RequestedAt || evidence.ObservedGeneration >= Generation))
            (LastSeenAt, LastSeenPods) = (at, evidence.LivingPods);
    }

    /// <exception cref="Platform.States.IllegalTransitionException">The table does not have the step.</exception>
    public void MoveTo(StopState state, DateTimeOffset at)
    {
        State = StateMachines.Stop.Move(State, state);
        switch (state)
        {
            case StopState.Verified:
                VerifiedAt = at;
                break;
            case StopState.Overdue:
                OverdueAt = at;
                break;
            case StopState.RunningAgain:
                FoundAgain++;
                WaitsSince = at;
                break;
            case StopState.Withdrawn:
                ClosedAt = at;
                break;
        }
    }
}

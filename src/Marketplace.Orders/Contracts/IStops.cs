using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;

namespace Marketplace.Orders.Contracts;

public enum StopKind
{
    /// <summary>The contract ends.</summary>
    End,

    /// <summary>It rests until it is paid; capacity and everything it has are kept.</summary>
    Suspend,
}

public enum StopState
{
    /// <summary>Asked for; its cluster has not proved it yet.</summary>
    Requested,

    /// <summary>Its cluster has not proved it for longer than <c>Orders:StopPatience</c>: the desk knows.</summary>
    Overdue,

    /// <summary>The cluster has reported, of the generation that asks for it, that no pod is left and no meter runs.</summary>
    Verified,

    /// <summary>Pods were seen after the proof; they are being removed.</summary>
    RunningAgain,

    /// <summary>Not wanted any more: it was paid.</summary>
    Withdrawn,
}

/// <summary>A stop for money and its proof.</summary>
/// <param name="Reason">Number and words, as they stand on the contract.</param>
/// <param name="LimitId">The spending limit that asked for it, when one did.</param>
/// <param name="ChargeUntil">What runs after it is charged to nobody.</param>
/// <param name="Generation">Of the desired state whose report is the proof.</param>
/// <param name="LastSeenPods">Pods that had not finished when the cluster last spoke of it; null when it has not since the request.</param>
/// <param name="FoundAgain">How often pods were seen after the proof.</param>
public sealed record StopView(
    string Id,
    string ContractId,
    string ContractName,
    string CustomerId,
    string ClusterId,
    StopKind Kind,
    StopState State,
    ContractReason Reason,
    string? LimitId,
    DateTimeOffset RequestedAt,
    DateTimeOffset ChargeUntil,
    long Generation,
    DateTimeOffset? LastSeenAt,
    int? LastSeenPods,
    DateTimeOffset? VerifiedAt,
    DateTimeOffset? OverdueAt,
    int FoundAgain
);

public sealed record StopQuery : PageQuery
{
    public StopState? State { get; init; }

    /// <summary>Only stops that want a person: overdue, or running again.</summary>
    public bool Alarming { get; init; }
}

/// <summary>Stops for money, as the network desk watches them.</summary>
public interface IStops
{
    /// <summary>Every party's; the network desk only.</summary>
    Task<Outcome<Page<StopView>>> ListAsync(StopQuery query, CancellationToken ct);

    /// <summary>The newest stop of a contract the acting party has a side of; null when there was none.</summary>
    Task<StopView?> OfContractAsync(string contractId, CancellationToken ct);
}

/// <summary>A stop wants a person: its cluster does not prove it, or pods were seen after the proof.</summary>
/// <param name="State"><see cref="StopState.Overdue"/> or <see cref="StopState.RunningAgain"/>.</param>
[Message("orders.stop-alarmed.v1")]
public sealed record StopAlarmed(string StopId, string ContractId, string ClusterId, StopState State, int? Pods);

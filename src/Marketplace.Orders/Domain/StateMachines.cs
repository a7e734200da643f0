using Marketplace.Orders.Contracts;
using Marketplace.Platform.States;

namespace Marketplace.Orders.Domain;

/// <summary>The transition tables of architecture.md; every pair not listed is tested to fail.</summary>
internal static class StateMachines
{
    public static readonly TransitionTable<QuoteState> Quote = new(
        "Quote",
        (QuoteState.Issued, [QuoteState.Accepted, QuoteState.Expired, QuoteState.Withdrawn])
    );

    public static readonly TransitionTable<LineState> Line = new(
        "Order line",
        (LineState.Draft, [LineState.Acknowledged, LineState.Rejected]),
        (
            LineState.Acknowledged,
            [
                LineState.PendingApproval,
                LineState.PendingFunds,
                LineState.Sourcing,
                LineState.Scheduled,
                LineState.Held,
                LineState.Rejected,
                LineState.PendingCancellation,
            ]
        ),
        (
            LineState.PendingApproval,
            [LineState.PendingFunds, LineState.Sourcing, LineState.Scheduled, LineState.Rejected, LineState.PendingCancellation]
        ),
        (LineState.PendingFunds, [LineState.Sourcing, LineState.Scheduled, LineState.Rejected, LineState.PendingCancellation]),
        (LineState.Sourcing, [LineState.PartiallyAllocated, LineState.Scheduled, LineState.Failed, LineState.PendingCancellation]),
        (LineState.PartiallyAllocated, [LineState.Scheduled, LineState.Partial, LineState.Failed, LineState.PendingCancellation]),
        (LineState.Scheduled, [LineState.InProgress, LineState.Completed, LineState.Failed, LineState.PendingCancellation]),
        (LineState.InProgress, [LineState.Completed, LineState.Partial, LineState.Failed, LineState.PendingCancellation]),
        (LineState.Held, [LineState.Acknowledged, LineState.PendingCancellation]),
        (LineState.PendingCancellation, [LineState.Cancelled, LineState.Completed, LineState.Partial, LineState.Failed])
    );

    public static readonly TransitionTable<ContractState> Contract = new(
        "Contract",
        (ContractState.Reserved, [ContractState.Scheduled, ContractState.Ended]),
        (ContractState.Scheduled, [ContractState.Active, ContractState.PastDue, ContractState.Ended]),
        (
            ContractState.Active,
            [ContractState.Degraded, ContractState.Suspended, ContractState.PastDue, ContractState.Reclaiming, ContractState.Ended]
        ),
        (ContractState.Degraded, [ContractState.Active, ContractState.PastDue, ContractState.Ended]),
        // Past due: it is to rest, and its cluster has not proved yet that it does.
        (
            ContractState.PastDue,
            [ContractState.Scheduled, ContractState.Active, ContractState.Degraded, ContractState.Suspended, ContractState.Ended]
        ),
        (ContractState.Suspended, [ContractState.Active, ContractState.Ended]),
        (ContractState.Reclaiming, [ContractState.Migrating, ContractState.Ended]),
        (ContractState.Migrating, [ContractState.Active, ContractState.Ended]),
        (ContractState.Ended, [ContractState.Settling]),
        (ContractState.Settling, [ContractState.Settled, ContractState.Disputed]),
        (ContractState.Disputed, [ContractState.Settled])
    );

    public static readonly TransitionTable<StopState> Stop = new(
        "Stop",
        (StopState.Requested, [StopState.Overdue, StopState.Verified, StopState.Withdrawn]),
        (StopState.Overdue, [StopState.Verified, StopState.Withdrawn]),
        (StopState.Verified, [StopState.RunningAgain, StopState.Withdrawn]),
        (StopState.RunningAgain, [StopState.Overdue, StopState.Verified, StopState.Withdrawn])
    );
}

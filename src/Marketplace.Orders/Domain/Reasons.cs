using Marketplace.Orders.Contracts;

namespace Marketplace.Orders.Domain;

/// <summary>Numbered reasons: the thousands say whose reason it is (1 customer, 2 center, 3 operator, 4 platform, 5 force majeure).</summary>
internal static class Reasons
{
    public static readonly ContractReason StoppedByCustomer = new(1001, "You stopped it.");
    public static readonly ContractReason TermOver = new(1002, "The bought time is over.");
    public static readonly ContractReason WorkDone = new(1003, "All replicas finished.");
    public static readonly ContractReason CreditUsedUp = new(1004, "The held credit is used up.");
    public static readonly ContractReason WorkloadFailed = new(1005, "The workload itself failed.");
    public static readonly ContractReason PaymentOverdue = new(1006, "A payment is overdue; it rests until it is paid.");
    public static readonly ContractReason ArrearsEnded = new(1007, "A payment stayed overdue.");
    public static readonly ContractReason LimitReached = new(1008, "A spending limit is reached.");
    public static readonly ContractReason ClusterSilent = new(2001, "The center's cluster does not answer; the meter stopped.");
    public static readonly ContractReason ClusterLost = new(2002, "The center's cluster was lost for longer than the contract allows.");
    public static readonly ContractReason NodeFault = new(2003, "A machine of the center failed; the meter stopped for it.");
    public static readonly ContractReason EndedByCluster = new(2005, "The center's cluster ended it before its time.");
    public static readonly ContractReason CouldNotStart = new(2004, "The center's cluster could not start it.");
}

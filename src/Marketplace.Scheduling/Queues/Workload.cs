using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Queues;

/// <summary>Names a workload of one <see cref="WorkloadQueues"/> from its submission to its end.</summary>
/// <param name="Slot">Its place, used again after its end.</param>
/// <param name="Generation">Tells later users of the place apart.</param>
public readonly record struct WorkloadTicket(int Slot, int Generation);

/// <summary>What is known of a workload.</summary>
/// <param name="Arrival">A number that grows with every submission.</param>
/// <param name="Running">Whether it was admitted; else it waits.</param>
public readonly record struct WorkloadFacts(
    int Queue,
    WorkloadShape Shape,
    int Priority,
    ContractClass ContractClass,
    long Arrival,
    bool Running
);

/// <summary>Looks for nodes for a workload whose quota is there, and takes them when there are.</summary>
/// <returns>Whether there were.</returns>
public delegate bool PlaceWorkload(WorkloadTicket ticket, WorkloadFacts workload);

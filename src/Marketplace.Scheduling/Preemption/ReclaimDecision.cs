using System.Globalization;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues;

namespace Marketplace.Scheduling.Preemption;

/// <summary>How a search for victims ended.</summary>
public enum ReclaimOutcome
{
    /// <summary>The workload fits without anybody leaving.</summary>
    Fits,

    /// <summary>It fits when the victims leave.</summary>
    Evict,

    /// <summary>Its quota would not suffice if everybody who may be evicted left.</summary>
    QuotaCannotSuffice,

    /// <summary>The nodes would not have room for all its pods if everybody who may be evicted left.</summary>
    NodesCannotSuffice,

    /// <summary>No set was found. There may be one: which queues still borrow depends on who leaves first, and two orders were tried.</summary>
    NoneFound,
}

/// <summary>Who has to leave for a waiting workload, and where it goes then. Nothing was changed.</summary>
public sealed record ReclaimDecision
{
    public required ReclaimOutcome Outcome { get; init; }

    /// <summary>In the order of their standing, the weakest first. None of them can be left out.</summary>
    public IReadOnlyList<Victim> Victims { get; init; } = [];

    /// <summary>Where the pods go; empty when it does not fit, or without nodes.</summary>
    public IReadOnlyList<PodsOnNode> Places { get; init; } = [];

    /// <summary>The decision as an English sentence.</summary>
    public string ToEnglish() =>
        Outcome switch
        {
            ReclaimOutcome.Fits => "It fits without evicting anybody.",
            ReclaimOutcome.Evict => string.Create(
                CultureInfo.InvariantCulture,
                $"It fits when {Victims.Count} leave: {string.Join(", ", ReclaimRules.Order.Select(Counted).Where(part => part.Length > 0))}."
            ),
            ReclaimOutcome.QuotaCannotSuffice => "Its quota would not suffice if everybody who may be evicted left.",
            ReclaimOutcome.NodesCannotSuffice => "The nodes would not hold all pods if everybody who may be evicted left.",
            _ => "No set of workloads was found whose leaving is enough.",
        };

    private string Counted(ContractClass contractClass)
    {
        var count = Victims.Count(victim => victim.ContractClass == contractClass);
        return count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {Name(contractClass)}");
    }

    private static string Name(ContractClass contractClass) =>
        contractClass switch
        {
            ContractClass.IdleFill => "idle-fill at once",
            ContractClass.Interruptible => "interruptible with notice",
            _ => "on demand with notice",
        };
}

/// <summary>A workload that has to leave.</summary>
/// <param name="WithNotice">False for idle-fill only, which may stop at once.</param>
public readonly record struct Victim(WorkloadTicket Ticket, string Queue, ContractClass ContractClass, bool WithNotice);

using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Queues.Disciplines;

/// <summary>The disciplines by name.</summary>
public static class QueueDisciplines
{
    /// <summary>By priority and arrival; who does not fit is passed by.</summary>
    public const string Fifo = "fifo";

    /// <summary>By priority and arrival; who does not fit holds up its queue.</summary>
    public const string FifoStrict = "fifo-strict";

    /// <summary>Who has used least of its guarantee first.</summary>
    public const string Capacity = "capacity";

    /// <summary>Who has the smallest weighted dominant share first.</summary>
    public const string FairShare = "fair-share";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Fifo, FifoStrict, Capacity, FairShare];

    /// <exception cref="ArgumentException">There is no such discipline.</exception>
    internal static Discipline Create(string name, QueueTree tree) =>
        name switch
        {
            Fifo => new ArrivalDiscipline(tree, strict: false),
            FifoStrict => new ArrivalDiscipline(tree, strict: true),
            Capacity => new CapacityDiscipline(tree),
            FairShare => new FairShareDiscipline(tree),
            _ => throw new ArgumentException($"There is no discipline '{name}'. Known: {string.Join(", ", Names)}.", nameof(name)),
        };
}

namespace Marketplace.Scheduling.Queues.Disciplines;

/// <summary>When a queue or cohort is served among its siblings: the smallest first; of equal ones the first of the tree.</summary>
/// <param name="Share">How much it has of what it should have.</param>
/// <param name="Turn">Of the workload it would start next.</param>
internal readonly record struct ServiceKey(double Share, Turn Turn) : IComparable<ServiceKey>
{
    public int CompareTo(ServiceKey other)
    {
        var order = Share.CompareTo(other.Share);
        return order != 0 ? order : Turn.CompareTo(other.Turn);
    }
}

/// <summary>The place of a workload in line: a higher priority first, then who came first.</summary>
internal readonly record struct Turn(int Priority, long Arrival) : IComparable<Turn>
{
    public int CompareTo(Turn other)
    {
        var order = other.Priority.CompareTo(Priority);
        return order != 0 ? order : Arrival.CompareTo(other.Arrival);
    }
}

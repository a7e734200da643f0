using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Tests.Queues;

/// <summary>A small random tree of queues and shapes for it, the same for the same number.</summary>
internal sealed class QueueScenario
{
    public QueueScenario(int number)
    {
        Random = new Random(number);
        Resources = Random.Next(2) == 0 ? ["gpu"] : ["gpu", "cpu"];
        var specs = new List<QueueSpec>();
        var roots = Random.Next(1, 3);
        for (var root = 0; root < roots; root++)
        {
            Grow(specs, null, $"r{root}", Random.Next(0, 3));
        }

        Specs = specs;
        Leaves = [.. Enumerable.Range(0, specs.Count).Where(n => specs.TrueForAll(other => other.Parent != specs[n].Name))];
        Shapes = [.. Enumerable.Range(0, Random.Next(1, 5)).Select(_ => Shape())];
    }

    public Random Random { get; }
    public string[] Resources { get; }
    public IReadOnlyList<QueueSpec> Specs { get; }
    public IReadOnlyList<int> Leaves { get; }
    public IReadOnlyList<WorkloadShape> Shapes { get; }

    public QueueTree Tree() => new(Resources, Specs);

    public T Pick<T>(params IReadOnlyList<T> values) => values[Random.Next(values.Count)];

    public ResourceQuota Quota(bool isRoot) =>
        isRoot ? new(Random.Next(0, 8)) : new(Random.Next(0, 9), Pick<long?>(null, null, 0, 2, 5), Pick<long?>(null, null, null, 0, 3));

    private void Grow(List<QueueSpec> specs, string? parent, string name, int levels)
    {
        specs.Add(
            new QueueSpec(
                name,
                parent,
                Resources.ToDictionary(resource => resource, _ => Quota(parent is null)),
                Pick(1.0, 1.0, 2.0, 0.5),
                Pick(ReclaimWithinCohort.Any, ReclaimWithinCohort.LowerPriority, ReclaimWithinCohort.Never),
                Pick(WithinClusterQueue.LowerPriority, WithinClusterQueue.Never)
            )
        );
        for (var child = 0; levels > 0 && child < Random.Next(1, 4); child++)
        {
            Grow(specs, name, $"{name}.{child}", levels - Random.Next(1, levels + 1));
        }
    }

    private WorkloadShape Shape() => new(Random.Next(1, 4), [.. Resources.Select(_ => (long)Random.Next(0, 4))]);
}

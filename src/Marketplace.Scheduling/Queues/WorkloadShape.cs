using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Queues;

/// <summary>What a workload asks for: pods that start all together or not at all. Workloads of equal shape fit or wait together.</summary>
public sealed class WorkloadShape : IEquatable<WorkloadShape>
{
    private readonly long[] perPod;
    private readonly long[] totals;
    private readonly int[] needed;
    private readonly int hash;

    /// <param name="pods">How many, from 1.</param>
    /// <param name="perPod">What one pod asks of each resource, in the order of the tree's resources.</param>
    /// <exception cref="InvalidSupplyException">A quantity is out of range; each is named.</exception>
    public WorkloadShape(int pods, params IReadOnlyList<long> perPod)
    {
        ArgumentNullException.ThrowIfNull(perPod);
        Check(pods, perPod);
        Pods = pods;
        this.perPod = [.. perPod];
        totals = [.. perPod.Select(amount => amount * pods)];
        needed = [.. Enumerable.Range(0, perPod.Count).Where(resource => perPod[resource] > 0)];
        foreach (var resource in needed)
        {
            NeededMask |= 1UL << resource;
        }

        var code = default(HashCode);
        code.Add(pods);
        foreach (var amount in perPod)
        {
            code.Add(amount);
        }

        hash = code.ToHashCode();
    }

    /// <summary>How many pods.</summary>
    public int Pods { get; }

    /// <summary>What one pod asks of each resource.</summary>
    public ReadOnlySpan<long> PerPod => perPod;

    /// <summary>What all pods ask of each resource.</summary>
    public ReadOnlySpan<long> Totals => totals;

    /// <summary>The resources it asks any of, ascending.</summary>
    internal ReadOnlySpan<int> Needed => needed;

    /// <summary>The same as bits.</summary>
    internal ulong NeededMask { get; }

    /// <summary>The same pods, but another number of them.</summary>
    public WorkloadShape WithPods(int pods) => new(pods, perPod);

    public bool Equals(WorkloadShape? other) =>
        ReferenceEquals(this, other)
        || (other is not null && hash == other.hash && Pods == other.Pods && PerPod.SequenceEqual(other.PerPod));

    public override bool Equals(object? obj) => Equals(obj as WorkloadShape);

    public override int GetHashCode() => hash;

    public override string ToString() => $"{Pods} × ({string.Join(", ", perPod)})";

    private static void Check(int pods, IReadOnlyList<long> perPod)
    {
        var found = new ProblemList(8);
        found.Between("pods", pods, 1, InputBounds.MaxReplicas);
        found.Between("perPod.count", perPod.Count, 1, QueueBounds.MaxResources);
        for (var r = 0; r < perPod.Count; r++)
        {
            found.Between($"perPod[{r}]", perPod[r], 0, QueueBounds.MaxAmount / Math.Max(1, pods));
        }

        if (found.Problems.Count > 0)
        {
            throw new InvalidSupplyException(found.Problems);
        }
    }
}

using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Queues.Tree;

/// <summary>The checks a tree of queues must pass before anything waits in it.</summary>
internal static class QueueTreeValidation
{
    private const int MaxReported = 20;

    /// <exception cref="InvalidSupplyException">The tree cannot be; every problem names its field and the way out.</exception>
    public static void Check(IReadOnlyList<string> resources, IReadOnlyList<QueueSpec> queues)
    {
        var found = new ProblemList(MaxReported);
        var known = CheckResources(found, resources);
        found.Between("queues.count", queues.Count, 1, QueueBounds.MaxQueues);
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var q = 0; q < queues.Count; q++)
        {
            if (string.IsNullOrEmpty(queues[q].Name) || !positions.TryAdd(queues[q].Name, q))
            {
                found.Add("duplicate-queue", $"queues[{q}].name", $"'{queues[q].Name}' is empty or used twice.", "Use unique names.");
            }
        }

        for (var q = 0; q < queues.Count && !found.Full; q++)
        {
            CheckQueue(found, queues[q], $"queues[{q}]", known);
            CheckParents(found, queues, positions, q);
        }

        Refuse(found);
    }

    /// <exception cref="InvalidSupplyException">The quota cannot be.</exception>
    public static void Check(string field, ResourceQuota quota, bool isRoot)
    {
        var found = new ProblemList(MaxReported);
        CheckQuota(found, field, quota, isRoot);
        Refuse(found);
    }

    private static HashSet<string> CheckResources(ProblemList found, IReadOnlyList<string> resources)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        found.Between("resources.count", resources.Count, 1, QueueBounds.MaxResources);
        for (var r = 0; r < resources.Count; r++)
        {
            if (string.IsNullOrEmpty(resources[r]) || !known.Add(resources[r]))
            {
                found.Add("duplicate-resource", $"resources[{r}]", $"'{resources[r]}' is empty or used twice.", "Use unique names.");
            }
        }

        return known;
    }

    private static void CheckQueue(ProblemList found, QueueSpec queue, string at, HashSet<string> resources)
    {
        foreach (var (resource, quota) in queue.Quota)
        {
            found.Known($"{at}.quota[{resource}]", resource, resources, "resource");
            CheckQuota(found, $"{at}.quota[{resource}]", quota, queue.Parent is null);
        }

        found.Finite($"{at}.weight", queue.Weight, 1 / QueueBounds.MaxWeight);
        if (double.IsFinite(queue.Weight) && queue.Weight > QueueBounds.MaxWeight)
        {
            found.Add("out-of-range", $"{at}.weight", "The weight is too large.", "Weights are relative: scale all of them down.");
        }

        found.Defined($"{at}.reclaimWithinCohort", queue.ReclaimWithinCohort);
        found.Defined($"{at}.withinClusterQueue", queue.WithinClusterQueue);
    }

    private static void CheckQuota(ProblemList found, string at, ResourceQuota quota, bool isRoot)
    {
        found.Between($"{at}.nominal", quota.Nominal, 0, QueueBounds.MaxAmount);
        found.Between($"{at}.borrowingLimit", quota.BorrowingLimit ?? 0, 0, QueueBounds.MaxAmount);
        found.Between($"{at}.lendingLimit", quota.LendingLimit ?? 0, 0, QueueBounds.MaxAmount);
        if (isRoot && (quota.BorrowingLimit is not null || quota.LendingLimit is not null))
        {
            found.Add(
                "limit-on-root",
                at,
                "A root has nobody to borrow from or to lend to.",
                "Leave its borrowing and lending limits out, or give it a parent."
            );
        }
    }

    private static void CheckParents(ProblemList found, IReadOnlyList<QueueSpec> queues, Dictionary<string, int> positions, int queue)
    {
        var at = $"queues[{queue}].parent";
        var above = queue;
        for (var depth = 1; queues[above].Parent is { } parent; depth++)
        {
            if (!positions.TryGetValue(parent, out above))
            {
                found.Add("unknown-id", at, $"There is no queue '{parent}'.", "Add it first, or correct the name.");
                return;
            }

            if (above == queue)
            {
                found.Add("cycle", at, $"'{queues[queue].Name}' stands above itself.", "Let one queue of the circle have no parent.");
                return;
            }

            if (depth >= QueueBounds.MaxDepth)
            {
                // Also the end of a walk into a circle that this queue is not part of; the circle's own queues say so.
                found.Add("too-deep", at, $"More than {QueueBounds.MaxDepth} levels.", "Take levels out, or open the circle above.");
                return;
            }
        }
    }

    private static void Refuse(ProblemList found)
    {
        if (found.Problems.Count > 0)
        {
            throw new InvalidSupplyException(found.Problems);
        }
    }
}

using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Queues;

/// <summary>The checks a workload must pass before it stands in line.</summary>
internal static class SubmissionChecks
{
    /// <exception cref="InvalidSupplyException">The workload cannot be.</exception>
    public static void Check(QueueTree tree, int queue, WorkloadShape shape, ContractClass contractClass)
    {
        // Asked once per workload: the list is only made when there is something to say.
        if (
            queue >= 0
            && queue < tree.Count
            && tree.Children[queue] == 0
            && shape.Totals.Length == tree.Resources.Count
            && contractClass is >= ContractClass.Reserved and <= ContractClass.IdleFill
        )
        {
            return;
        }

        var found = new ProblemList(4);
        found.Between("queue", queue, 0, tree.Count - 1);
        found.Between("shape.perPod.count", shape.Totals.Length, tree.Resources.Count, tree.Resources.Count);
        found.Defined("contractClass", contractClass);
        if (queue >= 0 && queue < tree.Count && tree.Children[queue] > 0)
        {
            found.Add("cohort", "queue", $"'{tree.Spec(queue).Name}' is a cohort.", "Name a queue that is nobody's parent.");
        }

        throw new InvalidSupplyException(found.Problems);
    }
}

using Marketplace.Scheduling.Queues.Tree;
using Marketplace.Scheduling.Queues.Waiting;

namespace Marketplace.Scheduling.Queues;

/// <summary>Reads off the tree why a workload waits, and tries what would let it in before saying so.</summary>
internal static class WaitExplainer
{
    public static WaitExplanation Explain(QueueTree tree, WorkloadFacts facts, int blocker, long parkedSince, WorkloadTicket? behind)
    {
        var blocks = tree.Blocks(facts.Queue, facts.Shape).ToList();
        var bounds = blocks.Select(block => Bound(tree, block)).ToList();
        return new WaitExplanation
        {
            Queue = tree.Spec(facts.Queue).Name,
            Reason = (behind, bounds) switch
            {
                (not null, _) => WaitReason.BehindHead,
                (_, [var first, ..]) => first.Reason,
                _ => blocker == Parking.NoPlace ? WaitReason.NoPlace : WaitReason.Turn,
            },
            Bounds = bounds,
            Behind = behind,
            ParkedSince = blocker == Parking.NotParked ? null : parkedSince,
            WouldFitIf = blocks.Count == 0 ? [] : [.. Changes(tree, facts, blocks)],
        };
    }

    private static BoundInTheWay Bound(QueueTree tree, QuotaBlock block)
    {
        var reason =
            tree.Parents[block.Node] < 0 && tree.Children[block.Node] > 0 ? WaitReason.CohortEmpty
            : tree.QuotaOf(block.Node, block.Resource).BorrowingLimit > 0 ? WaitReason.BorrowingLimit
            : WaitReason.QuotaUsed;
        return new BoundInTheWay(tree.Spec(block.Node).Name, reason, tree.Resources[block.Resource], block.Need, block.Headroom);
    }

    private static IEnumerable<LetIn> Changes(QueueTree tree, WorkloadFacts facts, List<QuotaBlock> blocks)
    {
        var nominal = Missing(blocks);
        if (Suffices(tree, facts, facts.Queue, nominal, (quota, more) => quota with { Nominal = quota.Nominal + more }))
        {
            yield return Named(LetIn.RaiseNominal, facts.Queue, nominal);
        }

        foreach (var node in blocks.Select(block => block.Node).Distinct().Where(node => tree.Parents[node] >= 0))
        {
            var limit = Missing(blocks.Where(block => block.Node == node));
            if (Suffices(tree, facts, node, limit, (quota, more) => quota with { BorrowingLimit = quota.BorrowingLimit + more }))
            {
                yield return Named(LetIn.RaiseBorrowingLimit, node, limit);
            }
        }

        var pods = PodsThatFit(tree, facts);
        if (pods > 0)
        {
            yield return new LetIn(
                LetIn.FewerPods,
                tree.Spec(facts.Queue).Name,
                new Dictionary<string, long>(StringComparer.Ordinal) { ["pods"] = pods }
            );
        }

        LetIn Named(string code, int node, Dictionary<int, long> amounts) =>
            new(
                code,
                tree.Spec(node).Name,
                amounts.ToDictionary(each => tree.Resources[each.Key], each => each.Value, StringComparer.Ordinal)
            );
    }

    /// <summary>Per resource the most that is missing at any of the bounds.</summary>
    private static Dictionary<int, long> Missing(IEnumerable<QuotaBlock> blocks) =>
        blocks.GroupBy(block => block.Resource).ToDictionary(each => each.Key, each => each.Max(block => block.Need - block.Headroom));

    /// <summary>Changes the quota, looks, and changes it back: what a tree counts is a function of its quotas, so nothing remains.</summary>
    private static bool Suffices(
        QueueTree tree,
        WorkloadFacts facts,
        int node,
        Dictionary<int, long> amounts,
        Func<ResourceQuota, long, ResourceQuota> raise
    )
    {
        var before = amounts.Keys.ToDictionary(resource => resource, resource => tree.QuotaOf(node, resource));
        var raised = amounts.ToDictionary(each => each.Key, each => raise(before[each.Key], each.Value));
        if (raised.Values.Any(quota => quota.Nominal > QueueBounds.MaxAmount || quota.BorrowingLimit > QueueBounds.MaxAmount))
        {
            return false;
        }

        Apply(raised);
        var fits = tree.Fits(facts.Queue, facts.Shape);
        Apply(before);
        return fits;

        void Apply(Dictionary<int, ResourceQuota> quotas)
        {
            foreach (var (resource, quota) in quotas)
            {
                tree.SetQuota(node, resource, quota);
            }
        }
    }

    /// <summary>The largest smaller number of pods that fits; 0 for none.</summary>
    private static int PodsThatFit(QueueTree tree, WorkloadFacts facts)
    {
        int fits = 0,
            tooMany = facts.Shape.Pods;
        while (tooMany - fits > 1)
        {
            var middle = fits + ((tooMany - fits) / 2);
            if (tree.Fits(facts.Queue, facts.Shape.WithPods(middle)))
            {
                fits = middle;
            }
            else
            {
                tooMany = middle;
            }
        }

        return fits;
    }
}

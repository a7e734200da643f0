using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Preemption;

/// <summary>
/// Finds who has to leave so that a waiting workload gets its quota and a node for every pod.
/// <list type="number">
/// <item>Prune: compare sums of what is free and what may be freed with what is asked, before anything is tried.</item>
/// <item>Take the classes in turn: idle-fill alone, then with interruptible, then with on demand. A better class is only asked when the
/// weaker ones are not enough.</item>
/// <item>Make room node by node (<see cref="NodePlans"/>), then evict in order until the quota is there.</item>
/// <item>Reprieve in reverse order whoever is not needed after all. More evictions never make less room, so afterwards nobody of the set can be
/// left out.</item>
/// </list>
/// Everything is tried on the real state through an undo log and taken back. O(candidates · log + nodes) trials.
/// </summary>
public static class VictimSearch
{
    /// <summary>Decides for a waiting workload.</summary>
    /// <param name="queues">Where it waits.</param>
    /// <param name="nodes">Where the running workloads of the queues run.</param>
    /// <param name="together">
    /// The domain all its pods must share. Of several domains, the one is taken where least harm is done (ties: its first node comes first). At
    /// most the 64 with most free are searched; beyond them the answer is <see cref="ReclaimOutcome.NoneFound"/>.
    /// </param>
    /// <exception cref="InvalidOperationException">It does not wait.</exception>
    public static ReclaimDecision Find(
        WorkloadQueues queues,
        NodeOccupancy nodes,
        WorkloadTicket ticket,
        TopologyLevel together = TopologyLevel.Anywhere
    )
    {
        ArgumentNullException.ThrowIfNull(queues);
        ArgumentNullException.ThrowIfNull(nodes);
        var waiting = queues[ticket];
        if (waiting.Running)
        {
            throw new InvalidOperationException($"The workload {ticket} runs already.");
        }

        var rules = new ReclaimRules(queues.Tree, waiting);
        if (!SumsSuffice(nodes, rules, waiting.Shape))
        {
            return new ReclaimDecision { Outcome = ReclaimOutcome.NodesCannotSuffice };
        }

        return together == TopologyLevel.Anywhere || nodes.Nodes == 0
            ? FindIn(queues, nodes, rules, waiting, NodeDomain.All).Decision
            : TogetherSearch.Find(queues, nodes, rules, waiting, together);
    }

    /// <summary>Decides with the nodes of one domain only; the harm is that of the victims.</summary>
    internal static (ReclaimDecision Decision, Harm Harm) FindIn(
        WorkloadQueues queues,
        NodeOccupancy nodes,
        ReclaimRules rules,
        WorkloadFacts waiting,
        NodeDomain domain
    )
    {
        var trial = new EvictionTrial(queues.Tree, nodes, waiting, domain);
        if (trial.Suffices)
        {
            return (new ReclaimDecision { Outcome = ReclaimOutcome.Fits, Places = Places(nodes, trial, waiting.Shape) }, default);
        }

        var candidates = Candidates(queues.Tree, nodes, rules, waiting);
        var (outcome, weakest) = Bound(trial, candidates);
        foreach (var asking in ReclaimRules.Order.Where(each => rules.MayAsk(each) && each <= weakest))
        {
            var asked = candidates.TakeWhile(candidate => candidate.Facts.ContractClass >= asking).ToList();
            // Which queues still borrow depends on who leaves first: a small one can end what a large one would have given back.
            foreach (var order in new[] { () => asked, () => LargestFirst(asked, waiting.Shape) })
            {
                if (MakeRoom(queues.Tree, nodes, domain, trial, rules, waiting, order()))
                {
                    return Decide(queues.Tree, nodes, trial, waiting, asked);
                }

                trial.RollbackTo(0);
            }
        }

        return (new ReclaimDecision { Outcome = outcome }, default);
    }

    /// <summary>Whether what is free and what classes that may be asked hold adds up to what all pods need; true does not promise anything.</summary>
    private static bool SumsSuffice(NodeOccupancy nodes, ReclaimRules rules, WorkloadShape shape)
    {
        if (nodes.Nodes == 0)
        {
            return true;
        }

        foreach (var resource in shape.Needed)
        {
            var most = nodes.FreeOverall(resource);
            foreach (var each in ReclaimRules.Order.Where(rules.MayAsk))
            {
                most += nodes.Held(each, resource);
            }

            if (most < shape.Totals[resource])
            {
                return false;
            }
        }

        return true;
    }

    private static List<Resident> Candidates(QueueTree tree, NodeOccupancy nodes, ReclaimRules rules, WorkloadFacts waiting)
    {
        var candidates = nodes.In(waiting.Queue).Where(rules.MayEvict).ToList();
        if (rules.Reclaims)
        {
            foreach (var queue in tree.Related(waiting.Queue))
            {
                if (queue != waiting.Queue && rules.Owes(queue))
                {
                    candidates.AddRange(nodes.In(queue).Where(rules.MayEvict));
                }
            }
        }

        candidates.Sort(rules);
        return candidates;
    }

    /// <summary>
    /// Evicts everybody, class by class. The first class with which that is enough is the first worth a search; when there is none, the
    /// outcome says what is missing.
    /// </summary>
    private static (ReclaimOutcome Outcome, ContractClass? Weakest) Bound(EvictionTrial trial, List<Resident> candidates)
    {
        ContractClass? weakest = null;
        for (var i = 0; i < candidates.Count && weakest is null; i++)
        {
            trial.Evict(candidates[i]);
            var current = candidates[i].Facts.ContractClass;
            if ((i + 1 == candidates.Count || candidates[i + 1].Facts.ContractClass != current) && trial.Suffices)
            {
                weakest = current;
            }
        }

        var outcome =
            weakest is not null ? ReclaimOutcome.NoneFound
            : trial.NodesSuffice ? ReclaimOutcome.QuotaCannotSuffice
            : ReclaimOutcome.NodesCannotSuffice;
        trial.RollbackTo(0);
        return (outcome, weakest);
    }

    /// <summary>Class by class, who holds most of the first resource that is needed.</summary>
    private static List<Resident> LargestFirst(List<Resident> asked, WorkloadShape shape) =>
        [
            .. asked
                .OrderByDescending(candidate => candidate.Facts.ContractClass)
                .ThenByDescending(candidate => shape.Needed.Length == 0 ? 0 : candidate.Facts.Shape.Totals[shape.Needed[0]]),
        ];

    private static bool MakeRoom(
        QueueTree tree,
        NodeOccupancy nodes,
        NodeDomain domain,
        EvictionTrial trial,
        ReclaimRules rules,
        WorkloadFacts waiting,
        List<Resident> asked
    )
    {
        if (!trial.NodesSuffice && !new NodePlans(nodes.Nodes, domain, trial, rules, asked).MakeRoom())
        {
            return false;
        }

        // A bound that has given way can uncover another, for which somebody passed by before is of use.
        for (var evicted = -1; evicted != trial.Evicted && !trial.QuotaSuffices; )
        {
            evicted = trial.Evicted;
            foreach (var candidate in asked)
            {
                if (tree.FirstBlock(waiting.Queue, waiting.Shape) is not { } block)
                {
                    break;
                }

                if (!candidate.IsEvicted && candidate.Facts.Shape.Totals[block.Resource] > 0 && rules.MayEvict(candidate))
                {
                    trial.Evict(candidate);
                }
            }
        }

        return trial.QuotaSuffices;
    }

    /// <summary>Lets go whoever is not needed, writes the decision down, and takes everything back.</summary>
    private static (ReclaimDecision Decision, Harm Harm) Decide(
        QueueTree tree,
        NodeOccupancy nodes,
        EvictionTrial trial,
        WorkloadFacts waiting,
        List<Resident> asked
    )
    {
        var victims = asked.Where(candidate => candidate.IsEvicted).ToList();
        for (var i = victims.Count - 1; i >= 0; i--)
        {
            trial.Reprieve(victims[i]);
            if (trial.Suffices)
            {
                victims.RemoveAt(i);
            }
            else
            {
                trial.Evict(victims[i]);
            }
        }

        var decision = new ReclaimDecision
        {
            Outcome = ReclaimOutcome.Evict,
            Victims =
            [
                .. victims.Select(victim => new Victim(
                    victim.Ticket,
                    tree.Spec(victim.Facts.Queue).Name,
                    victim.Facts.ContractClass,
                    victim.Facts.ContractClass != ContractClass.IdleFill
                )),
            ],
            Places = Places(nodes, trial, waiting.Shape),
        };
        trial.RollbackTo(0);
        return (decision, Harm.Of(victims));
    }

    private static List<PodsOnNode> Places(NodeOccupancy nodes, EvictionTrial trial, WorkloadShape shape)
    {
        var places = new List<PodsOnNode>();
        var left = shape.Pods;
        for (var node = 0; node < nodes.Nodes && left > 0; node++)
        {
            var pods = Math.Min(left, trial.PlacesOn(node));
            if (pods > 0)
            {
                places.Add(new PodsOnNode(node, pods));
                left -= pods;
            }
        }

        return places;
    }
}

using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Preemption;

/// <summary>
/// For pods that need much of a node: which nodes become free for one more pod at the least harm. A node's plan is its cheapest victims for
/// one more place, found by evicting them in order and reprieving in reverse; the node with the cheapest plan is taken first. A victim with
/// pods on several nodes leaves them all, so the plans of those nodes are made again.
/// </summary>
internal sealed class NodePlans
{
    private readonly EvictionTrial trial;
    private readonly ReclaimRules rules;
    private readonly List<Resident>[] candidates;
    private readonly PriorityQueue<(int Node, int Version), (Harm Harm, int Node)> plans = new();
    private readonly int[] versions;
    private readonly List<Resident> victims = [];
    private readonly NodeDomain domain;

    /// <param name="domain">The nodes to make room on.</param>
    /// <param name="asked">Who may be evicted, in the order they should be.</param>
    public NodePlans(int nodes, NodeDomain domain, EvictionTrial trial, ReclaimRules rules, List<Resident> asked)
    {
        (this.domain, this.trial, this.rules) = (domain, trial, rules);
        versions = new int[nodes];
        candidates = [.. Enumerable.Range(0, nodes).Select(_ => new List<Resident>())];
        foreach (var resident in asked)
        {
            foreach (var place in resident.Places)
            {
                candidates[place.Node].Add(resident);
            }
        }
    }

    /// <summary>Evicts node by node until there is a place for every pod.</summary>
    /// <returns>Whether there is.</returns>
    public bool MakeRoom()
    {
        for (var node = 0; node < versions.Length && !trial.NodesSuffice; node++)
        {
            Offer(node);
        }

        while (!trial.NodesSuffice && plans.TryDequeue(out var plan, out var price))
        {
            if (versions[plan.Node] != plan.Version)
            {
                continue;
            }

            // Others have left since the plan was made: their queues may not borrow any more.
            var mark = trial.Mark;
            if (Try(plan.Node) is not { } harm)
            {
                continue;
            }

            if (plans.TryPeek(out _, out var next) && (harm, plan.Node).CompareTo(next) > 0 && harm.CompareTo(price.Harm) > 0)
            {
                trial.RollbackTo(mark);
                plans.Enqueue((plan.Node, ++versions[plan.Node]), (harm, plan.Node));
                continue;
            }

            foreach (
                var node in victims.SelectMany(victim => victim.Places).Select(place => place.Node).Append(plan.Node).Distinct().ToList()
            )
            {
                Offer(node);
            }
        }

        return trial.NodesSuffice;
    }

    /// <summary>Plans one more place on a node, without keeping it.</summary>
    private void Offer(int node)
    {
        var mark = trial.Mark;
        var version = ++versions[node];
        if (Try(node) is { } harm)
        {
            plans.Enqueue((node, version), (harm, node));
        }

        trial.RollbackTo(mark);
    }

    /// <summary>Evicts what one more place on the node takes; null, and nothing evicted, when nobody may be.</summary>
    private Harm? Try(int node)
    {
        if (!domain.Contains(node))
        {
            return null;
        }

        int mark = trial.Mark,
            before = trial.PlacesOn(node);
        victims.Clear();
        foreach (var resident in candidates[node])
        {
            if (trial.PlacesOn(node) > before)
            {
                break;
            }

            if (!resident.IsEvicted && rules.MayEvict(resident))
            {
                trial.Evict(resident);
                victims.Add(resident);
            }
        }

        if (trial.PlacesOn(node) == before)
        {
            trial.RollbackTo(mark);
            return null;
        }

        for (var i = victims.Count - 1; i >= 0; i--)
        {
            trial.Reprieve(victims[i]);
            if (trial.PlacesOn(node) > before)
            {
                victims.RemoveAt(i);
            }
            else
            {
                trial.Evict(victims[i]);
            }
        }

        return Harm.Of(victims);
    }
}

/// <summary>What evicting costs, the better classes first, then the pods that stop.</summary>
internal readonly record struct Harm(int OnDemand, int Interruptible, int IdleFill, long Pods) : IComparable<Harm>
{
    public static Harm Of(List<Resident> victims) =>
        new(
            victims.Count(victim => victim.Facts.ContractClass == ContractClass.OnDemand),
            victims.Count(victim => victim.Facts.ContractClass == ContractClass.Interruptible),
            victims.Count(victim => victim.Facts.ContractClass == ContractClass.IdleFill),
            victims.Sum(victim => (long)victim.Facts.Shape.Pods)
        );

    public int CompareTo(Harm other) =>
        (OnDemand, Interruptible, IdleFill, Pods).CompareTo((other.OnDemand, other.Interruptible, other.IdleFill, other.Pods));
}

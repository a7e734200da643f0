using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues;

namespace Marketplace.Scheduling.Preemption;

/// <summary>
/// Victims for a gang whose pods must share one domain. A domain that could not hold it if everybody who may be asked left is passed over; of the
/// others the one is taken where least harm is done. One search per domain.
/// </summary>
internal static class TogetherSearch
{
    /// <summary>
    /// Domains searched for a gang that must stay together, those with most free first. Beyond them the answer is
    /// <see cref="ReclaimOutcome.NoneFound"/>.
    /// </summary>
    public const int MaxDomains = 64;

    public static ReclaimDecision Find(
        WorkloadQueues queues,
        NodeOccupancy nodes,
        ReclaimRules rules,
        WorkloadFacts waiting,
        TopologyLevel together
    )
    {
        var domains = NodeTopology.DomainsOn(together, nodes.Nodes, nodes.Places);
        var could = DomainRoom.Of(nodes, rules, waiting.Shape, domains).Where(room => room.Most >= waiting.Shape.Pods).ToList();
        (ReclaimDecision Decision, Harm Harm)? best = null;
        var outcome = could.Count > MaxDomains ? ReclaimOutcome.NoneFound : ReclaimOutcome.NodesCannotSuffice;
        foreach (var room in could.OrderByDescending(room => room.Free).ThenBy(room => room.Domain).Take(MaxDomains))
        {
            var found = VictimSearch.FindIn(queues, nodes, rules, waiting, new NodeDomain(domains, room.Domain));
            if (found.Decision.Outcome is ReclaimOutcome.Fits or ReclaimOutcome.Evict)
            {
                best = best is null || IsBetter(found, best.Value) ? found : best;
            }
            else
            {
                outcome = Opener(outcome, found.Decision.Outcome);
            }
        }

        return best?.Decision ?? new ReclaimDecision { Outcome = outcome };
    }

    /// <summary>Of two reasons for a no, the one that leaves more open: not found, then quota, then nodes.</summary>
    private static ReclaimOutcome Opener(ReclaimOutcome one, ReclaimOutcome other) =>
        one == ReclaimOutcome.NoneFound || other == ReclaimOutcome.NodesCannotSuffice ? one : other;

    private static bool IsBetter((ReclaimDecision Decision, Harm Harm) one, (ReclaimDecision Decision, Harm Harm) other)
    {
        var order = one.Harm.CompareTo(other.Harm);
        return order < 0 || (order == 0 && one.Decision.Places[0].Node < other.Decision.Places[0].Node);
    }
}

using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Queues;
using Marketplace.Scheduling.Queues.Tree;

namespace Marketplace.Scheduling.Tests.Preemption;

/// <summary>Every set of evictions of a small scenario, judged from the definitions; a set is a number with one bit per running workload.</summary>
internal sealed class BruteReclaim
{
    private readonly ReclaimScenario scenario;
    private readonly WorkloadFacts waiting;
    private readonly bool[] legal;

    public BruteReclaim(ReclaimScenario scenario)
    {
        this.scenario = scenario;
        waiting = scenario.Queues[scenario.Waiting];
        legal = new bool[1 << scenario.Running.Count];
        legal[0] = true;
        for (var set = 1; set < legal.Length; set++)
        {
            // Somebody of the set leaves last, when the others have left lawfully.
            legal[set] = Members(set).Any(last => legal[set & ~(1 << last)] && MayLeave(last, set & ~(1 << last)));
        }
    }

    public int Sets => legal.Length;

    public bool IsLegal(int set) => legal[set];

    public static IEnumerable<int> Members(int set) => Enumerable.Range(0, 32).Where(i => ((set >> i) & 1) != 0);

    /// <summary>Whether quota and nodes suffice without the set; both are summed anew.</summary>
    public bool Suffices(int set) => Domains.Any(domain => SufficesIn(set, domain));

    /// <summary>Every domain the pods may share.</summary>
    public IEnumerable<string> Domains =>
        scenario.Nodes.Count == 0 ? [""] : Enumerable.Range(0, scenario.Nodes.Count).Select(DomainOf).Distinct();

    public string DomainOf(int node) =>
        (scenario.Together, scenario.Places?[node]) switch
        {
            (TopologyLevel.Anywhere, _) => "",
            (TopologyLevel.Cluster, { } place) => place.Cluster,
            (TopologyLevel.Rack, { Rack: { } rack } place) => place.Cluster + "/" + rack,
            (TopologyLevel.LinkIsland, { LinkIsland: { } island } place) => place.Cluster + "/" + island,
            _ => $"node {node}",
        };

    /// <summary>The same with all pods in one domain.</summary>
    public bool SufficesIn(int set, string domain)
    {
        var left = Enumerable.Range(0, scenario.Running.Count).Where(i => ((set >> i) & 1) == 0).Select(i => scenario.Running[i]).ToList();
        if (!TreeWithout(set).Fits(waiting.Queue, waiting.Shape))
        {
            return false;
        }

        long places = 0;
        foreach (var node in Enumerable.Range(0, scenario.Nodes.Count).Where(node => DomainOf(node) == domain))
        {
            places += PodsThatFit([.. Enumerable.Range(0, 2).Select(r => Free(left, node, r))]);
        }

        return scenario.Nodes.Count == 0 || places >= waiting.Shape.Pods;
    }

    public long FreeWithout(int set, int node, int resource) =>
        Free(
            Enumerable.Range(0, scenario.Running.Count).Where(i => ((set >> i) & 1) == 0).Select(i => scenario.Running[i]),
            node,
            resource
        );

    private long Free(
        IEnumerable<(WorkloadTicket Ticket, WorkloadFacts Facts, IReadOnlyList<Marketplace.Scheduling.Preemption.PodsOnNode> Places)> left,
        int node,
        int resource
    ) =>
        scenario.Nodes[node][resource]
        - left.Sum(each => each.Places.Where(place => place.Node == node).Sum(place => place.Pods * each.Facts.Shape.PerPod[resource]));

    private long PodsThatFit(long[] free) =>
        Enumerable.Range(0, 2).Where(r => waiting.Shape.PerPod[r] > 0).Min(r => free[r] / waiting.Shape.PerPod[r]);

    private QueueTree TreeWithout(int set)
    {
        var specs = Enumerable.Range(0, scenario.Tree.Count).Select(scenario.Tree.Spec).ToList();
        var tree = new QueueTree(scenario.Tree.Resources, specs);
        for (var i = 0; i < scenario.Running.Count; i++)
        {
            if (((set >> i) & 1) == 0)
            {
                tree.Add(scenario.Running[i].Facts.Queue, scenario.Running[i].Facts.Shape, 1);
            }
        }

        return tree;
    }

    private bool MayLeave(int index, int gone)
    {
        var victim = scenario.Running[index].Facts;
        if (victim.ContractClass == ContractClass.Reserved || victim.ContractClass < waiting.ContractClass)
        {
            return false;
        }

        var policy = scenario.Tree.Spec(waiting.Queue);
        var shared = Enumerable.Range(0, 2).Where(r => victim.Shape.PerPod[r] > 0 && waiting.Shape.PerPod[r] > 0).ToList();
        var lower =
            victim.ContractClass > waiting.ContractClass
            || (victim.ContractClass == waiting.ContractClass && victim.Priority < waiting.Priority);
        if (victim.Queue == waiting.Queue)
        {
            return shared.Count > 0 && lower && policy.WithinClusterQueue == WithinClusterQueue.LowerPriority;
        }

        var reclaims = policy.ReclaimWithinCohort switch
        {
            ReclaimWithinCohort.Any => true,
            ReclaimWithinCohort.LowerPriority => lower,
            _ => false,
        };
        var own = Enumerable
            .Range(0, 2)
            .All(r =>
                waiting.Shape.PerPod[r] == 0
                || scenario.Tree.Used(waiting.Queue, r) + waiting.Shape.Totals[r] <= scenario.Tree.Quota(waiting.Queue, r)
            );
        var tree = TreeWithout(gone);
        return reclaims && own && shared.Exists(r => Between(victim.Queue).All(node => tree.Used(node, r) > tree.Quota(node, r)));
    }

    /// <summary>The nodes from a queue up to below the nearest cohort it shares with the waiting one.</summary>
    private IEnumerable<int> Between(int queue)
    {
        var above = new HashSet<int>();
        for (var node = waiting.Queue; node >= 0; node = scenario.Tree.Parents[node])
        {
            above.Add(node);
        }

        for (var node = queue; !above.Contains(node); node = scenario.Tree.Parents[node])
        {
            yield return node;
        }
    }
}

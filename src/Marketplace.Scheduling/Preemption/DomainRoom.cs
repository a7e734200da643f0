using Marketplace.Scheduling.Queues;

namespace Marketplace.Scheduling.Preemption;

/// <summary>What a domain could hold of a waiting workload.</summary>
/// <param name="Free">Pods it holds now.</param>
/// <param name="Most">Pods it would hold if everybody left who may ever be asked: fewer than the gang needs is a no without a trial.</param>
internal readonly record struct DomainRoom(int Domain, long Free, long Most)
{
    /// <summary>Of every domain, in the order of their first nodes. O(nodes + places of running workloads).</summary>
    public static IEnumerable<DomainRoom> Of(NodeOccupancy nodes, ReclaimRules rules, WorkloadShape shape, int[] domains)
    {
        var rooms = new SortedDictionary<int, DomainRoom>();
        for (var node = 0; node < domains.Length; node++)
        {
            var room = rooms.GetValueOrDefault(domains[node], new DomainRoom(domains[node], 0, 0));
            rooms[domains[node]] = room with
            {
                Free = room.Free + nodes.PodsThatFit(shape, node),
                Most = room.Most + MostOn(nodes, rules, shape, node),
            };
        }

        return rooms.Values;
    }

    private static long MostOn(NodeOccupancy nodes, ReclaimRules rules, WorkloadShape shape, int node)
    {
        long most = shape.Pods;
        foreach (var resource in shape.Needed)
        {
            var amount = nodes.Free(node, resource);
            foreach (var resident in nodes.On(node))
            {
                if (!rules.IsCandidate(resident.Facts))
                {
                    continue;
                }

                foreach (var place in resident.Places)
                {
                    amount += place.Node == node ? place.Pods * resident.Facts.Shape.PerPod[resource] : 0;
                }
            }

            most = Math.Min(most, amount / shape.PerPod[resource]);
        }

        return most;
    }
}

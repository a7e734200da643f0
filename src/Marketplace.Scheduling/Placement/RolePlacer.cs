using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>The nodes a role may use: a range of nodes, optionally only those of one domain.</summary>
internal readonly record struct NodeRange(int From, int To, TopologyLevel DomainLevel = TopologyLevel.Anywhere, int Domain = 0)
{
    public bool Contains(SupplyColumns columns, int node) =>
        DomainLevel == TopologyLevel.Anywhere || columns.DomainOf(node, DomainLevel) == Domain;
}

/// <summary>What became of placing a role.</summary>
/// <param name="Fits">True when every replica has its place.</param>
/// <param name="Level">The tightest domain that holds them all.</param>
/// <param name="Possible">When it does not fit: the most replicas one allowed domain could hold.</param>
/// <param name="Stranded">Compute newly stranded by the placement, in 1/1000 device.</param>
internal readonly record struct RoleFit(bool Fits, TopologyLevel Level, int Possible, double Stranded);

/// <summary>
/// Places the replicas of one role, all or none: counts what each node holds, takes the lowest topology level with a domain
/// that holds the gang, the tightest such domain, and as few nodes of it as possible.
/// </summary>
internal static class RolePlacer
{
    private static readonly TopologyLevel[] Levels =
    [
        TopologyLevel.Node,
        TopologyLevel.LinkIsland,
        TopologyLevel.Rack,
        TopologyLevel.Cluster,
        TopologyLevel.Anywhere,
    ];

    /// <param name="widest">The widest domain the gang may spread over.</param>
    public static RoleFit TryPlace(WorkingState state, VariantPlan plan, int replicas, NodeRange range, TopologyLevel widest)
    {
        var total = CountNodes(state, plan, replicas, range);
        var possible = 0;
        if (total.Sum >= replicas || widest > TopologyLevel.Anywhere)
        {
            foreach (var level in Levels)
            {
                if (level < widest)
                {
                    break;
                }

                if (widest == TopologyLevel.Rack && level == TopologyLevel.LinkIsland)
                {
                    // A fabric may span racks, so it is no bound for a gang that must stay in one rack.
                    continue;
                }

                var (domain, most) = TightestDomain(state, range, level, replicas, total);
                possible = Math.Max(possible, most);
                if (domain >= 0)
                {
                    return new RoleFit(true, level, replicas, Fill(state, plan, replicas, range, level, domain));
                }
            }
        }

        return new RoleFit(false, widest, widest == TopologyLevel.Anywhere ? (int)Math.Min(total.Sum, replicas) : possible, 0);
    }

    /// <summary>Whether the gang has a place, without taking it.</summary>
    public static bool Fits(WorkingState state, VariantPlan plan, int replicas, NodeRange range, TopologyLevel widest) =>
        MostReplicas(state, plan, replicas, range, widest) >= replicas;

    /// <summary>The most replicas one domain of the level (or the whole range) holds.</summary>
    public static int MostReplicas(WorkingState state, VariantPlan plan, int most, NodeRange range, TopologyLevel widest)
    {
        var total = CountNodes(state, plan, most, range);
        return widest == TopologyLevel.Anywhere ? (int)Math.Min(total.Sum, most) : TightestDomain(state, range, widest, most, total).Most;
    }

    private static (long Sum, int Largest) CountNodes(WorkingState state, VariantPlan plan, int most, NodeRange range)
    {
        long sum = 0;
        var largest = 0;
        for (var n = range.From; n < range.To; n++)
        {
            var count = range.Contains(state.Columns, n) && plan.AllowsNode(n) ? NodeFit.Count(state, plan, n, most) : 0;
            state.Counts[n] = count;
            sum += count;
            largest = Math.Max(largest, count);
        }

        return (sum, largest);
    }

    /// <summary>The domain of a level that holds the gang with least to spare (ties: first node), or -1 and the most one holds.</summary>
    private static (int Domain, int Most) TightestDomain(
        WorkingState state,
        NodeRange range,
        TopologyLevel level,
        int replicas,
        (long Sum, int Largest) total
    )
    {
        if (level == TopologyLevel.Node)
        {
            // Which node is decided by cost in Fill, not by its count alone.
            return (total.Largest >= replicas ? 0 : -1, total.Largest);
        }

        if (level == TopologyLevel.Anywhere)
        {
            return (total.Sum >= replicas ? 0 : -1, (int)Math.Min(total.Sum, replicas));
        }

        var sums = state.DomainSums;
        for (var n = range.From; n < range.To; n++)
        {
            if (state.Counts[n] > 0)
            {
                sums[state.Columns.DomainOf(n, level)] += state.Counts[n];
            }
        }

        var best = -1;
        long bestSum = long.MaxValue,
            most = 0;
        for (var n = range.From; n < range.To; n++)
        {
            var domain = state.Columns.DomainOf(n, level);
            most = Math.Max(most, sums[domain]);
            if (state.Counts[n] > 0 && sums[domain] >= replicas && sums[domain] < bestSum)
            {
                (best, bestSum) = (domain, sums[domain]);
            }
        }

        for (var n = range.From; n < range.To; n++)
        {
            sums[state.Columns.DomainOf(n, level)] = 0;
        }

        return (best, (int)Math.Min(most, replicas));
    }

    private static double Fill(WorkingState state, VariantPlan plan, int replicas, NodeRange range, TopologyLevel level, int domain)
    {
        var columns = state.Columns;
        if (level == TopologyLevel.Node)
        {
            return TakeOn(state, plan, CheapestNode(state, plan, replicas, range), replicas);
        }

        var members = new List<int>();
        for (var n = range.From; n < range.To; n++)
        {
            if (state.Counts[n] > 0 && (level == TopologyLevel.Anywhere || columns.DomainOf(n, level) == domain))
            {
                members.Add(n);
            }
        }

        // The fullest takers first leave the fewest nodes touched; the rest goes where it fits tightest.
        members.Sort((left, right) => state.Counts[left] == state.Counts[right] ? left - right : state.Counts[right] - state.Counts[left]);
        double stranded = 0;
        var rest = replicas;
        foreach (var node in members)
        {
            if (state.Counts[node] > rest)
            {
                continue;
            }

            stranded += TakeOn(state, plan, node, state.Counts[node]);
            rest -= state.Counts[node];
            state.Counts[node] = 0;
            if (rest == 0)
            {
                return stranded;
            }
        }

        // Every node left holds more than the rest: the last one is a single-node choice.
        members.RemoveAll(node => state.Counts[node] < rest);
        return stranded + TakeOn(state, plan, NodeChoice.Cheapest(state, plan, members, rest), rest);
    }

    private static int CheapestNode(WorkingState state, VariantPlan plan, int replicas, NodeRange range)
    {
        var members = new List<int>();
        for (var n = range.From; n < range.To; n++)
        {
            if (state.Counts[n] >= replicas)
            {
                members.Add(n);
            }
        }

        return NodeChoice.Cheapest(state, plan, members, replicas);
    }

    private static double TakeOn(WorkingState state, VariantPlan plan, int node, int replicas)
    {
        var before = NodeChoice.Fragmentation(state, node);
        for (var i = 0; i < replicas; i++)
        {
            NodeFit.Take(state, plan, node);
        }

        return NodeChoice.Fragmentation(state, node) - before;
    }
}

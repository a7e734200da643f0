using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>The last steps of the funnel: what was seen when places were tried.</summary>
internal static class CapacityFunnel
{
    /// <summary>Offers before, and those whose cluster was not found too full for the gang.</summary>
    public static FunnelStep OfOffers(WorkingState state, RoleSearch role)
    {
        var available = state.Columns.Index.AvailableMilli;
        long before = 0,
            after = 0;
        var offers = new Bitset(state.Columns.Offers.Count);
        var left = new Bitset(state.Columns.Offers.Count);
        foreach (var candidate in role.Candidates.Unordered)
        {
            if (!offers[candidate.Offer])
            {
                offers.Add(candidate.Offer);
                before += available[candidate.Offer];
            }

            if (!left[candidate.Offer] && (!role.IsKnown(candidate) || role.FitOf(candidate).Fits))
            {
                left.Add(candidate.Offer);
                after += available[candidate.Offer];
            }
        }

        var args = new Dictionary<string, string>(OfferFilter.Number("replicas", role.Role.Replicas), StringComparer.Ordinal)
        {
            ["level"] = role.Widest.ToString(),
        };
        return new(role.Role.Name, RuleCodes.FreeCapacity, args, offers.Count(), left.Count(), before / 1000, after / 1000);
    }

    /// <summary>Nodes of the cluster, those the rules allow, and those with room for at least one replica.</summary>
    public static IEnumerable<FunnelStep> OfNodes(WorkingState state, RoleSearch role, int cluster)
    {
        var range = role.RangeOf(cluster);
        var plans = role.Candidates.Unordered.Select(candidate => candidate.Plan).ToList();
        var all = Enumerable.Range(range.From, range.To - range.From).ToList();
        var allowed = all.Where(node => plans.Exists(plan => plan.AllowsNode(node))).ToList();
        var room = allowed.Where(node => plans.Exists(plan => plan.AllowsNode(node) && NodeFit.Count(state, plan, node, 1) > 0)).ToList();
        long cardsAll = FreeCards(state, all),
            cardsAllowed = FreeCards(state, allowed),
            cardsRoom = FreeCards(state, room);
        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        yield return new(role.Role.Name, RuleCodes.NodeRules, none, all.Count, allowed.Count, cardsAll, cardsAllowed);
        var args = OfferFilter.Number("replicas", role.Role.Replicas);
        yield return new(role.Role.Name, RuleCodes.FreeCapacity, args, allowed.Count, room.Count, cardsAllowed, cardsRoom);
    }

    private static long FreeCards(WorkingState state, List<int> nodes)
    {
        long free = 0;
        foreach (var node in nodes)
        {
            for (var d = state.Columns.DeviceStart[node]; d < state.Columns.DeviceStart[node + 1]; d++)
            {
                free += state.FreeDeviceCompute[d] == Device.FullComputeMilli ? 1 : 0;
            }
        }

        return free;
    }
}

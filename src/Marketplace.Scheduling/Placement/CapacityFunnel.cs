using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>The last steps of the funnel: what the role takes of an offer, and what was seen when places were tried.</summary>
internal static class CapacityFunnel
{
    /// <summary>Offers with devices that can serve the role, whose minimum take it reaches, and that have enough left to sell.</summary>
    public static IEnumerable<FunnelStep> OfTakes(Role role, TakeCounts takes, int before, long cards)
    {
        if (takes.WithDevices < before)
        {
            var none = OfferFilter.Wanted([]);
            yield return new(role.Name, RuleCodes.Variant, none, before, takes.WithDevices, cards, takes.CardsWithDevices);
        }

        if (takes.AboveMinimum < takes.WithDevices)
        {
            yield return new(
                role.Name,
                RuleCodes.MinimumTake,
                OfferFilter.Number("replicas", role.Replicas),
                takes.WithDevices,
                takes.AboveMinimum,
                takes.CardsWithDevices,
                takes.CardsAboveMinimum
            );
        }

        if (takes.AboveMinimum > 0)
        {
            yield return new(
                role.Name,
                RuleCodes.AvailableCards,
                OfferFilter.Number("cards", (long)role.Replicas * role.Variants[0].CardsPerReplica),
                takes.AboveMinimum,
                takes.Available,
                takes.CardsAboveMinimum,
                takes.CardsAvailable
            );
        }
    }

    /// <summary>Offers before, and those whose cluster was not found too full for the gang.</summary>
    public static FunnelStep OfOffers(RoleSearch role, TakeCounts takes)
    {
        var (offers, cards) = (takes.Available, takes.CardsAvailable);
        if (role.FoundFull)
        {
            (offers, var milli) = role.NotFull(takes);
            cards = milli / 1000;
        }

        var args = new Dictionary<string, string>(OfferFilter.Number("replicas", role.Role.Replicas), StringComparer.Ordinal)
        {
            ["level"] = role.Widest.ToString(),
        };
        return new(role.Role.Name, RuleCodes.FreeCapacity, args, takes.Available, offers, takes.CardsAvailable, cards);
    }

    /// <summary>Offers before, and those of the pool where the market of a batch matched the request.</summary>
    public static FunnelStep OfMatch(Role role, TakeCounts takes, OfferIndex index, int[] within)
    {
        int[] matched = [.. within.Where(takes.WasForSale)];
        return new(
            role.Name,
            RuleCodes.BatchMarket,
            new Dictionary<string, string>(StringComparer.Ordinal),
            takes.Available,
            matched.Length,
            takes.CardsAvailable,
            matched.Sum(offer => index.AvailableMilli[offer]) / 1000
        );
    }

    /// <summary>Nodes of the cluster, those the rules allow, and those with room for at least one replica, before the placement.</summary>
    public static IEnumerable<FunnelStep> OfNodes(WorkingState state, Role role, NodeRange range, VariantPlan[] plans)
    {
        int allowed = 0,
            room = 0;
        long cards = 0,
            cardsAllowed = 0,
            cardsRoom = 0;
        for (var node = range.From; node < range.To; node++)
        {
            bool isAllowed = false,
                hasRoom = false;
            foreach (var plan in plans)
            {
                var here = plan.AllowsNode(node);
                isAllowed |= here;
                hasRoom |= here && NodeFit.Count(state, plan, node, 1) > 0;
            }

            var free = FreeCards(state, node);
            cards += free;
            allowed += isAllowed ? 1 : 0;
            cardsAllowed += isAllowed ? free : 0;
            room += hasRoom ? 1 : 0;
            cardsRoom += hasRoom ? free : 0;
        }

        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        var args = OfferFilter.Number("replicas", role.Replicas);
        yield return new(role.Name, RuleCodes.NodeRules, none, range.To - range.From, allowed, cards, cardsAllowed);
        yield return new(role.Name, RuleCodes.FreeCapacity, args, allowed, room, cardsAllowed, cardsRoom);
    }

    private static int FreeCards(WorkingState state, int node)
    {
        var free = 0;
        for (var d = state.Columns.DeviceStart[node]; d < state.Columns.DeviceStart[node + 1]; d++)
        {
            free += state.FreeDeviceCompute[d] == Device.FullComputeMilli ? 1 : 0;
        }

        return free;
    }
}

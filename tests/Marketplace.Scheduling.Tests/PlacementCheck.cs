using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests;

/// <summary>Checks placements against the supply by adding up, independently of how they were found.</summary>
internal sealed class PlacementCheck(SupplySnapshot snapshot)
{
    private readonly Dictionary<string, (long Cpu, long Memory)> nodes = [];
    private readonly Dictionary<(string, string), (long Compute, long Memory)> devices = [];
    private readonly Dictionary<string, long> offers = [];

    /// <summary>What is wrong with the placement given those added before it, or null.</summary>
    public string? Add(PlacementRequest request, Placed placed, string? cluster = null)
    {
        if (placed.Roles.Count != request.Roles.Count)
        {
            return "a role is missing";
        }

        if (request.BudgetPerHour < placed.PricePerHour || placed.PricePerHour != placed.Roles.Sum(role => role.PricePerHour))
        {
            return "the price is above the budget or does not add up";
        }

        var all = new HashSet<string>(StringComparer.Ordinal);
        for (var r = 0; r < placed.Roles.Count; r++)
        {
            var wrong = AddRole(request, request.Roles[r], placed.Roles[r], cluster, all);
            if (wrong is not null)
            {
                return $"{placed.Roles[r].Role}: {wrong}";
            }
        }

        return request.Constraints.TogetherScope == TogetherScope.Request && all.Count > 1 ? "the roles are not together" : Oversold();
    }

    private string? AddRole(PlacementRequest request, Role role, RolePlacement got, string? cluster, HashSet<string> shared)
    {
        var variant = role.Variants[got.VariantIndex];
        var offer = snapshot.Offers.SingleOrDefault(each => each.Id == got.OfferId);
        if (got.Role != role.Name || got.Variant != variant.Name || got.Replicas.Count != role.Replicas)
        {
            return "the gang is not whole";
        }

        if (cluster is null)
        {
            if (offer is null || !Oracle.AllowsOffer(snapshot, request, offer) || variant.IsCpuOnly != offer.DeviceModel is null)
            {
                return "the offer is not allowed";
            }

            if (got.CardMilli != Oracle.Take(snapshot, request, variant, offer) * role.Replicas || got.CardMilli < offer.MinCards * 1000L)
            {
                return "the take is wrong";
            }

            if (got.PricePerHour != ((offer.PricePerCardHour * got.CardMilli) + 999) / 1000)
            {
                return "the price is wrong";
            }

            offers[offer.Id] = offers.GetValueOrDefault(offer.Id) + got.CardMilli;
        }

        var domains = new HashSet<string>(StringComparer.Ordinal);
        foreach (var replica in got.Replicas)
        {
            var node = snapshot.Nodes.Single(each => each.Id == replica.NodeId);
            domains.Add(Oracle.Domain(node, request.Constraints.Together));
            if (node.ClusterId != got.ClusterId || node.ClusterId != (cluster ?? offer!.ClusterId))
            {
                return "a replica is in another cluster";
            }

            if (!Oracle.AllowsNode(request, variant, node))
            {
                return "a node is not allowed";
            }

            var wrong = AddReplica(request, variant, offer, node, replica);
            if (wrong is not null)
            {
                return wrong;
            }
        }

        shared.UnionWith(domains);
        return domains.Count > 1 ? "the gang is not together" : null;
    }

    private string? AddReplica(PlacementRequest request, Variant variant, Offer? offer, Node node, ReplicaPlacement replica)
    {
        var used = nodes.GetValueOrDefault(node.Id);
        nodes[node.Id] = (used.Cpu + variant.CpuMilli, used.Memory + variant.MemoryMib);
        if (
            replica.Devices.Count != variant.CardsPerReplica
            || replica.Devices.Select(grant => grant.DeviceId).Distinct().Count() != variant.CardsPerReplica
        )
        {
            return "the cards are too few or not distinct";
        }

        foreach (var grant in replica.Devices)
        {
            var device = node.Devices.Single(each => each.Id == grant.DeviceId);
            var expected = Oracle.Grant(variant, device);
            if (!device.Healthy || !Oracle.AllowsDevice(request, variant, offer?.DeviceModel, device))
            {
                return "a device is not allowed";
            }

            if ((grant.ComputeMilli, grant.MemoryMib) != (expected!.Value.Compute, expected.Value.Memory))
            {
                return "a grant is not rounded to the template";
            }

            var taken = devices.GetValueOrDefault((node.Id, device.Id));
            devices[(node.Id, device.Id)] = (taken.Compute + grant.ComputeMilli, taken.Memory + grant.MemoryMib);
        }

        return replica.Devices.Select(grant => node.Devices.Single(device => device.Id == grant.DeviceId).Model).Distinct().Count() > 1
            ? "one replica got cards of two models"
            : null;
    }

    private string? Oversold()
    {
        foreach (var node in snapshot.Nodes)
        {
            var (cpu, memory) = nodes.GetValueOrDefault(node.Id);
            if (cpu > node.FreeCpuMilli || memory > node.FreeMemoryMib)
            {
                return $"node {node.Id} is oversold";
            }

            foreach (var device in node.Devices)
            {
                var (compute, deviceMemory) = devices.GetValueOrDefault((node.Id, device.Id));
                if (compute > device.FreeComputeMilli || deviceMemory > device.FreeMemoryMib)
                {
                    return $"device {node.Id}/{device.Id} is oversold";
                }
            }
        }

        return snapshot.Offers.Any(offer =>
            offers.GetValueOrDefault(offer.Id) > (offer.AvailableCards * 1000L) + offer.AvailableRemainderMilli
        )
            ? "an offer is oversold"
            : null;
    }
}

using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Tests;

/// <summary>
/// Says by trying everything whether a request fits. Written from the documented rules alone and shares no code with the
/// scheduler, so that the two can only agree by being right (or by misreading the same sentence).
/// </summary>
internal sealed class Oracle
{
    private readonly SupplySnapshot snapshot;
    private readonly PlacementRequest request;
    private readonly string? cluster;
    private readonly Dictionary<string, (int Cpu, int Memory)> nodes;
    private readonly Dictionary<(string Node, string Device), (int Compute, int Memory)> devices;
    private readonly Dictionary<string, long> offers;

    private Oracle(SupplySnapshot snapshot, PlacementRequest request, string? cluster)
    {
        this.snapshot = snapshot;
        this.request = request;
        this.cluster = cluster;
        nodes = snapshot.Nodes.ToDictionary(node => node.Id, node => (node.FreeCpuMilli, node.FreeMemoryMib));
        devices = snapshot
            .Nodes.SelectMany(node => node.Devices.Select(device => (Key: (node.Id, device.Id), device)))
            .ToDictionary(entry => entry.Key, entry => (entry.device.FreeComputeMilli, entry.device.FreeMemoryMib));
        offers = snapshot.Offers.ToDictionary(offer => offer.Id, offer => (offer.AvailableCards * 1000L) + offer.AvailableRemainderMilli);
    }

    /// <summary>Whether the request fits among the offers, or on the nodes of one cluster.</summary>
    public static bool Fits(SupplySnapshot snapshot, PlacementRequest request, string? cluster = null) =>
        new Oracle(snapshot, request, cluster).Role(0, request.BudgetPerHour ?? long.MaxValue, null);

    /// <summary>What a card of the variant takes of a device, or null.</summary>
    public static (int Compute, int Memory, int Billed)? Grant(Variant variant, Device device)
    {
        if (variant.ComputeMilli == 1000)
        {
            return device.MemoryMib >= variant.DeviceMemoryMib ? (1000, device.MemoryMib, 1000) : null;
        }

        var memory =
            variant.DeviceMemoryMib > 0 ? variant.DeviceMemoryMib : (int)Math.Ceiling(device.MemoryMib * variant.ComputeMilli / 1000.0);
        if (memory > device.MemoryMib)
        {
            return null;
        }

        switch (device.Sharing)
        {
            case FractionSharing fraction:
                var compute =
                    (variant.ComputeMilli + fraction.ComputeUnitMilli - 1) / fraction.ComputeUnitMilli * fraction.ComputeUnitMilli;
                var rounded = (memory + fraction.MemoryUnitMib - 1) / fraction.MemoryUnitMib * fraction.MemoryUnitMib;
                return Billed(Math.Min(compute, 1000), Math.Min(rounded, device.MemoryMib), device);
            case TemplateSharing shared:
                var fitting = shared.Templates.Where(template =>
                    template.ComputeMilli >= variant.ComputeMilli && template.MemoryMib >= memory
                );
                return fitting
                    .Select(template => Billed(template.ComputeMilli, template.MemoryMib, device))
                    .OrderBy(grant => grant.Billed)
                    .ThenBy(grant => grant.Compute)
                    .ThenBy(grant => grant.Memory)
                    .Select(grant => ((int, int, int)?)grant)
                    .FirstOrDefault();
            default:
                return null;
        }
    }

    public static bool AllowsOffer(SupplySnapshot snapshot, PlacementRequest request, Offer offer)
    {
        var site = SiteOf(snapshot, offer.ClusterId);
        var has = request.Constraints;
        string[] suppliers = [site.CenterId, offer.OperatorId];
        return offer.Classes.Contains(request.ContractClass)
            && (request.Currency is null || offer.Currency == request.Currency)
            && (request.MaxPricePerCardHour is not { } most || offer.PricePerCardHour <= most)
            && In(has.OfferIds, offer.Id)
            && In(has.SiteIds, site.Id)
            && In(has.ClusterIds, offer.ClusterId)
            && In(has.Regions, site.Region)
            && In(has.Countries, site.Country)
            && In(has.Tiers, site.Tier)
            && (has.AllowedSuppliers.Count == 0 || has.AllowedSuppliers.Intersect(suppliers).Any())
            && !has.DeniedSuppliers.Intersect(suppliers).Any()
            && offer.VerificationLevel >= has.MinVerificationLevel;
    }

    public static bool AllowsNode(PlacementRequest request, Variant variant, Node node) =>
        node.Schedulable
        && (variant.Architecture is null || variant.Architecture == node.Architecture)
        && In(request.Constraints.Architectures, node.Architecture)
        && request.Constraints.NodeLabels.All(label => node.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
        && node.Taints.All(taint =>
            taint.Effect == TaintEffect.PreferNoSchedule
            || request.Constraints.Tolerations.Any(toleration =>
                (toleration.Key ?? taint.Key) == taint.Key
                && (toleration.Value ?? taint.Value) == taint.Value
                && (toleration.Effect ?? taint.Effect) == taint.Effect
            )
        );

    public static bool AllowsDevice(PlacementRequest request, Variant variant, string? offered, Device device) =>
        (offered is null || device.Model == offered)
        && (variant.DeviceModel is null || device.Model == variant.DeviceModel)
        && In(request.Constraints.DeviceModels, device.Model)
        && In(request.Constraints.Vendors, device.Vendor)
        && In(request.Constraints.Stacks, device.Stack)
        && device.MemoryMib >= request.Constraints.MinDeviceMemoryMib
        && Grant(variant, device) is not null;

    /// <summary>What a replica takes of an offer in 1/1000 card, or null when nothing there can serve it.</summary>
    public static long? Take(SupplySnapshot snapshot, PlacementRequest request, Variant variant, Offer offer)
    {
        if (variant.IsCpuOnly)
        {
            return Math.Max(
                (long)Math.Ceiling(variant.CpuMilli * 1000.0 / offer.UnitCpuMilli),
                (long)Math.Ceiling(variant.MemoryMib * 1000.0 / offer.UnitMemoryMib)
            );
        }

        var parts = snapshot
            .Nodes.Where(node => node.ClusterId == offer.ClusterId)
            .SelectMany(node => node.Devices)
            .Where(device => AllowsDevice(request, variant, offer.DeviceModel, device))
            .Select(device => Grant(variant, device)!.Value.Billed)
            .ToList();
        return parts.Count == 0 ? null : parts.Max() * (long)variant.CardsPerReplica;
    }

    public static string Domain(Node node, TopologyLevel level) =>
        level switch
        {
            TopologyLevel.Node => node.Id,
            TopologyLevel.LinkIsland => node.LinkIsland is null ? "own " + node.Id : node.ClusterId + "/" + node.LinkIsland,
            TopologyLevel.Rack => node.Rack is null ? "own " + node.Id : node.ClusterId + "/" + node.Rack,
            TopologyLevel.Cluster => node.ClusterId,
            _ => "",
        };

    private bool Role(int at, long budget, string? shared)
    {
        if (at == request.Roles.Count)
        {
            return true;
        }

        var role = request.Roles[at];
        foreach (var variant in role.Variants)
        {
            if (cluster is not null)
            {
                if (Replica(role, at, variant, null, 0, 0, null, budget, shared))
                {
                    return true;
                }

                continue;
            }

            foreach (var offer in snapshot.Offers.Where(offer => AllowsOffer(snapshot, request, offer)))
            {
                if (variant.IsCpuOnly != offer.DeviceModel is null || (variant.DeviceModel ?? offer.DeviceModel) != offer.DeviceModel)
                {
                    continue;
                }

                if (Take(snapshot, request, variant, offer) is not { } take)
                {
                    continue;
                }

                var milli = take * role.Replicas;
                var price = ((offer.PricePerCardHour * milli) + 999) / 1000;
                if (milli > offers[offer.Id] || milli < offer.MinCards * 1000L || price > budget)
                {
                    continue;
                }

                offers[offer.Id] -= milli;
                var fits = Replica(role, at, variant, offer, 0, 0, null, budget - price, shared);
                offers[offer.Id] += milli;
                if (fits)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool Replica(
        Role role,
        int at,
        Variant variant,
        Offer? offer,
        int replica,
        int from,
        string? domain,
        long budget,
        string? shared
    )
    {
        var level = request.Constraints.Together;
        if (replica == role.Replicas)
        {
            return Role(at + 1, budget, request.Constraints.TogetherScope == TogetherScope.Request ? domain : null);
        }

        for (var n = from; n < snapshot.Nodes.Count; n++)
        {
            var node = snapshot.Nodes[n];
            var here = Domain(node, level);
            var free = nodes[node.Id];
            if (
                node.ClusterId != (offer?.ClusterId ?? cluster)
                || here != (domain ?? here)
                || here != (shared ?? here)
                || !AllowsNode(request, variant, node)
                || free.Cpu < variant.CpuMilli
                || free.Memory < variant.MemoryMib
            )
            {
                continue;
            }

            nodes[node.Id] = (free.Cpu - variant.CpuMilli, free.Memory - variant.MemoryMib);
            var fits = Cards(
                node,
                variant,
                offer,
                variant.CardsPerReplica,
                0,
                null,
                () => Replica(role, at, variant, offer, replica + 1, n, here, budget, shared)
            );
            nodes[node.Id] = free;
            if (fits)
            {
                return true;
            }
        }

        return false;
    }

    private bool Cards(Node node, Variant variant, Offer? offer, int cards, int from, string? model, Func<bool> rest)
    {
        if (cards == 0)
        {
            return rest();
        }

        for (var d = from; d < node.Devices.Count; d++)
        {
            var device = node.Devices[d];
            if (
                !device.Healthy
                || device.Model != (model ?? device.Model)
                || !AllowsDevice(request, variant, offer?.DeviceModel, device)
                || Grant(variant, device) is not { } grant
            )
            {
                continue;
            }

            var free = devices[(node.Id, device.Id)];
            var whole = variant.ComputeMilli == 1000;
            if (whole ? free != (1000, device.MemoryMib) : free.Compute < grant.Compute || free.Memory < grant.Memory)
            {
                continue;
            }

            devices[(node.Id, device.Id)] = (free.Compute - grant.Compute, free.Memory - grant.Memory);
            var fits = Cards(node, variant, offer, cards - 1, d + 1, device.Model, rest);
            devices[(node.Id, device.Id)] = free;
            if (fits)
            {
                return true;
            }
        }

        return false;
    }

    private static (int Compute, int Memory, int Billed) Billed(int compute, int memory, Device device) =>
        (compute, memory, Math.Max(1, Math.Max(compute, (int)(memory * 1000L / device.MemoryMib))));

    private static Site SiteOf(SupplySnapshot snapshot, string clusterId) =>
        snapshot.Sites.Single(site => site.Id == snapshot.Clusters.Single(cluster => cluster.Id == clusterId).SiteId);

    private static bool In<T>(IReadOnlyList<T> wanted, T value) => wanted.Count == 0 || wanted.Contains(value);
}

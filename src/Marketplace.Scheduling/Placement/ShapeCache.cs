using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Placement;

/// <summary>
/// The shapes met so far. A refusal decides the same shape again with fewer replicas, an alternative with other offers, a
/// bulk order a thousand times. Not safe for several threads.
/// </summary>
internal sealed class ShapeCache(SupplyColumns columns, Lookup lookup = Lookup.Index)
{
    /// <summary>Beyond this the oldest knowledge is dropped: memory stays bounded however many shapes a bulk order has.</summary>
    private const int MaxShapes = 64;

    private readonly Dictionary<ShapeKey, RoleShape> shapes = [];

    /// <summary>How its shapes look for offers.</summary>
    public Lookup Lookup => lookup;

    public RoleShape Of(PlacementRequest request, Role role, int? cluster)
    {
        var key = new ShapeKey(
            role.Variants,
            request.Constraints,
            request.ContractClass,
            request.Objective,
            request.Currency,
            request.MaxPricePerCardHour,
            request.NearRegion,
            cluster
        );
        if (shapes.TryGetValue(key, out var known))
        {
            return known;
        }

        if (shapes.Count >= MaxShapes)
        {
            shapes.Clear();
        }

        var shape = new RoleShape(columns, request, role, cluster, lookup);
        shapes.Add(key, shape);
        return shape;
    }

    /// <summary>All a shape depends on. Lists compare by reference, which is enough within one decision.</summary>
    private sealed record ShapeKey(
        IReadOnlyList<Variant> Variants,
        Constraints Constraints,
        ContractClass ContractClass,
        Objective Objective,
        string? Currency,
        long? MaxPricePerCardHour,
        string? NearRegion,
        int? Cluster
    );
}

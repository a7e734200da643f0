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
            cluster,
            RoleTerms.Of(request, role)
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
        int? Cluster,
        RoleTerms? Terms
    );

    /// <summary>What only some requests have.</summary>
    /// <param name="Replicas">They say how fast a role is, and what of its data each of them pays.</param>
    private sealed record RoleTerms(
        int Replicas,
        IReadOnlyList<DataSet> Data,
        IReadOnlyList<SiteTier> Tiers,
        IReadOnlyList<string> SiteIds,
        WorkAmount? Work,
        double? DeadlineHours,
        double? Hours,
        ResourcePolicy? Policy
    )
    {
        public static RoleTerms? Of(PlacementRequest request, Role role)
        {
            var timed = role.Data.Count > 0 || request.DeadlineHours is not null;
            return !timed && role.Tiers.Count == 0 && role.SiteIds.Count == 0 && request.Policy is null
                ? null
                : new RoleTerms(
                    timed ? role.Replicas : 0,
                    role.Data,
                    role.Tiers,
                    role.SiteIds,
                    timed ? request.Work : null,
                    request.DeadlineHours,
                    timed ? request.Hours : null,
                    request.Policy
                );
        }
    }
}

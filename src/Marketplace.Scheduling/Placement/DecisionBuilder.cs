using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>Reads a successful search back from the undo log into the public answer.</summary>
internal static class DecisionBuilder
{
    public static Placed Build(WorkingState state, Model.PlacementRequest request, RequestSearch search, Explanation explanation)
    {
        var columns = state.Columns;
        long total = 0;
        double weighted = 0,
            plain = 0;
        var roles = new List<RolePlacement>(search.Choices.Length);
        for (var r = 0; r < search.Choices.Length; r++)
        {
            var choice = search.Choices[r];
            var points = search.Roles[r].MicroPoints(choice.Score) / 1e6;
            total += choice.Candidate.PricePerHour;
            weighted += points * choice.Candidate.PricePerHour;
            plain += points;
            roles.Add(BuildRole(state, search.Roles[r], choice));
        }

        var offer = search.Choices[0].Candidate.Offer;
        var terms = PlacedTerms.Of(state.Columns, request, search);
        return new Placed(request.Id, explanation)
        {
            Edges = terms.Edges,
            TrafficPerHour = terms.TrafficPerHour,
            DataPrice = terms.DataPrice,
            Hours = terms.Hours,
            TotalCost = terms.CostOf(total),
            Roles = roles,
            PricePerHour = total,
            Currency = offer < 0 ? null : columns.Offers[offer].Currency,
            Score = total > 0 ? weighted / total : plain / roles.Count,
        };
    }

    private static RolePlacement BuildRole(WorkingState state, RoleSearch role, RoleChoice choice)
    {
        var columns = state.Columns;
        var candidate = choice.Candidate;
        var offer = candidate.Offer < 0 ? null : columns.Offers[candidate.Offer];
        var cluster = columns.Clusters[candidate.Cluster];
        var variant = role.Role.Variants[candidate.Variant];
        var speed = Prices.UnitsPerSecond(role.Role, candidate.Variant);
        return new RolePlacement
        {
            Role = role.Role.Name,
            Variant = variant.Name,
            VariantIndex = candidate.Variant,
            OfferId = offer?.Id,
            ListingId = offer?.ListingId,
            ClusterId = cluster.Id,
            SiteId = cluster.SiteId,
            DeviceModel = variant.IsCpuOnly ? null : offer?.DeviceModel ?? variant.DeviceModel,
            PricePerCardHour = offer?.PricePerCardHour ?? 0,
            CardMilli = candidate.RoleMilli,
            PricePerHour = candidate.PricePerHour,
            PricePerUnit = offer is null ? null : Prices.PerUnit(candidate.PricePerHour + role.DataPerHour(candidate), speed),
            UnitsPerSecond = speed,
            WorkUnit = variant.WorkUnit,
            PolicyTier = role.TierOf(candidate),
            Replicas = Replicas(state, choice),
        };
    }

    private static List<ReplicaPlacement> Replicas(WorkingState state, RoleChoice choice)
    {
        var columns = state.Columns;
        var replicas = new List<ReplicaPlacement>();
        var grants = new List<DeviceGrant>();
        var node = -1;
        foreach (var entry in state.Log(choice.LogFrom, choice.LogTo))
        {
            if (entry.Kind == LogKind.Node)
            {
                Close();
                node = entry.Index;
                continue;
            }

            var device = columns.Nodes[node].Devices[entry.Index - columns.DeviceStart[node]];
            grants.Add(new DeviceGrant(device.Id, (int)entry.Amount, entry.MemoryMib));
        }

        Close();
        return replicas;

        void Close()
        {
            if (node >= 0)
            {
                replicas.Add(new ReplicaPlacement(replicas.Count, columns.Nodes[node].Id, [.. grants]));
                grants.Clear();
            }
        }
    }
}

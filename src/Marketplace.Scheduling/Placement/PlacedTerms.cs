using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Work;

namespace Marketplace.Scheduling.Placement;

/// <summary>What a placement costs besides its offers, and how long it takes.</summary>
internal readonly record struct PlacedTerms(IReadOnlyList<EdgePlacement> Edges, decimal TrafficPerHour, decimal DataPrice, double? Hours)
{
    public static PlacedTerms Of(SupplyColumns columns, PlacementRequest request, RequestSearch search)
    {
        if (request is { Edges.Count: 0, Work: null, Hours: null } && request.Roles.All(role => role.Data.Count == 0))
        {
            return new PlacedTerms([], 0, 0, null);
        }

        var edges = request.Edges.Select(edge => OfEdge(columns, request, search, edge)).ToList();
        return new PlacedTerms(
            edges,
            edges.Sum(edge => edge.TrafficPerHour),
            search.Choices.Select((choice, role) => (decimal)search.Roles[role].DataOnce(choice.Candidate)).Sum(),
            HoursOf(request, search)
        );
    }

    /// <summary>Everything over the hours, rounded up; null when the hours are unknown or the sum is out of all range.</summary>
    public decimal? CostOf(long pricePerHour) =>
        Hours is { } hours && hours <= InputBounds.MaxHours
            ? Math.Ceiling(((pricePerHour + TrafficPerHour) * (decimal)hours) + DataPrice)
            : null;

    private static EdgePlacement OfEdge(SupplyColumns columns, PlacementRequest request, RequestSearch search, RoleEdge edge)
    {
        int from = SiteOf(edge.From),
            to = SiteOf(edge.To);
        var network = columns.Network;
        var price = network.PricePerGib(network.RegionOf(from), network.RegionOf(to), columns.Index.CurrencyOf(request));
        return new EdgePlacement(edge.From, edge.To, network.RoundTripMs(from, to), (decimal)Traffic.PerHour(edge, price));

        int SiteOf(string name)
        {
            var role = Array.FindIndex(search.Roles, each => each.Role.Name == name);
            return columns.ClusterSite[search.Choices[role].Candidate.Cluster];
        }
    }

    private static double? HoursOf(PlacementRequest request, RequestSearch search)
    {
        var slowest = request.Hours;
        for (var role = 0; role < search.Choices.Length; role++)
        {
            var hours = WorkTime.HoursOf(request, request.Roles[role], search.Choices[role].Candidate.Variant);
            slowest = hours > slowest || slowest is null ? hours ?? slowest : slowest;
        }

        return slowest;
    }
}

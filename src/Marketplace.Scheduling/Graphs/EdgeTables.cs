using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// Distance and cost of each edge by the regions of its roles, worked out once: a search asks for them millions of times. Where the regions are too
/// many for tables, each question is worked out anew.
/// </summary>
internal sealed class EdgeTables
{
    /// <summary>Most entries of all tables: 16 bytes each for costs, and 8 for distances.</summary>
    private const int MaxEntries = 1 << 20;

    private readonly Network network;
    private readonly PlacementRequest request;
    private readonly string? currency;
    private readonly Dictionary<int, int> numbers = [];
    private readonly Int128[][] costs = [];
    private readonly double[] distances = [];
    private readonly Int128[] atOneSite;

    /// <param name="regions">The regions that candidates are in, each once, by number in the network.</param>
    public EdgeTables(Network network, PlacementRequest request, string? currency, IReadOnlyList<int> regions)
    {
        (this.network, this.request, this.currency) = (network, request, currency);
        atOneSite = [.. request.Edges.Select(edge => Traffic.WaitingPerHour(edge, RoleEdge.SameSiteMs, request.Objective))];
        if ((long)regions.Count * regions.Count * Math.Max(1, request.Edges.Count) > MaxEntries)
        {
            return;
        }

        for (var r = 0; r < regions.Count; r++)
        {
            numbers.Add(regions[r], r);
        }

        // NaN, which is at most no bound, stands for an unknown distance.
        distances = [.. from left in regions from right in regions select network.RoundTripOfRegions(left, right) ?? double.NaN];
        costs = [.. request.Edges.Select(edge => (from left in regions from right in regions select Cost(edge, left, right)).ToArray())];
    }

    /// <summary>Where a region of the network stands in the tables; the region itself when there are none.</summary>
    public int NumberOf(int region) => costs.Length == 0 ? region : numbers[region];

    /// <summary>Whether two regions are at most so many milliseconds apart, for different sites.</summary>
    public bool Within(int from, int to, double bound) =>
        costs.Length == 0 ? network.RoundTripOfRegions(from, to) <= bound : distances[(from * numbers.Count) + to] <= bound;

    /// <summary>Traffic and waiting of an edge inside one site.</summary>
    public Int128 CostAtOneSite(int edge) => atOneSite[edge];

    /// <summary>Traffic and waiting of an edge between different sites.</summary>
    public Int128 CostBetween(int edge, int from, int to) =>
        costs.Length == 0 ? Cost(request.Edges[edge], from, to) : costs[edge][(from * numbers.Count) + to];

    private Int128 Cost(RoleEdge edge, int from, int to) =>
        Traffic.PerHour(edge, network.PricePerGib(from, to, currency))
        + Traffic.WaitingPerHour(edge, network.RoundTripOfRegions(from, to), request.Objective);
}

using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using Marketplace.Scheduling.Work;

namespace Marketplace.Scheduling.Graphs;

/// <summary>
/// What the data of a role costs to move, by region (numbered as in <see cref="Network"/>). Spread over the hours the role runs; when nobody knows how long that is, the price counts
/// for nothing in an hourly comparison.
/// </summary>
internal sealed class DataCosts
{
    private readonly Network network;
    private readonly IReadOnlyList<(DataSet Data, int Region)> sets;
    private readonly string? currency;
    private readonly double?[] hours;

    private DataCosts(SupplyColumns columns, PlacementRequest request, Role role)
    {
        network = columns.Network;
        currency = columns.Index.CurrencyOf(request);
        sets = [.. role.Data.Select(data => (data, network.RegionOf(data)))];
        hours = [.. role.Variants.Select((_, variant) => WorkTime.HoursOf(request, role, variant) ?? request.Hours)];
    }

    /// <summary>Null when no data or no price could make a difference.</summary>
    public static DataCosts? Of(SupplyColumns columns, PlacementRequest request, Role role) =>
        role.Data.Count > 0 && columns.Network.HasPrices ? new DataCosts(columns, request, role) : null;

    /// <summary>Price of moving it to a region, once, in micro-units.</summary>
    public Int128 Once(int region)
    {
        Int128 sum = 0;
        foreach (var (data, from) in sets)
        {
            sum += Traffic.Once(data, network.PricePerGib(from, region, currency));
        }

        return sum;
    }

    /// <summary>
    /// The same spread over the hours that a variant runs (less than a second counts as one), in micro-units per hour; 0 when they are unknown.
    /// </summary>
    public double PerHour(int region, int variant) =>
        hours[variant] is { } planned ? (double)Once(region) / Math.Max(planned, 1 / 3600.0) : 0;
}

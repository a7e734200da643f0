using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Graphs;

/// <summary>What the network costs, in micro-units of the currency. Whole numbers, so that sums are the same on every machine.</summary>
internal static class Traffic
{
    private const double BytesPerGib = 1 << 30;
    private const double SecondsPerHour = 3600;

    /// <summary>A distance nobody measured is taken for one half around the world.</summary>
    public const double UnknownRoundTripMs = 300;

    /// <summary>What an edge carries in an hour, in GiB.</summary>
    public static double GibPerHour(RoleEdge edge) => edge.CallsPerSecond * edge.BytesPerCall * SecondsPerHour / BytesPerGib;

    /// <summary>Price of the traffic of an edge per hour, rounded up.</summary>
    public static Int128 PerHour(RoleEdge edge, long pricePerGib) => Up(GibPerHour(edge) * pricePerGib);

    /// <summary>Price of moving a data set once, rounded up.</summary>
    public static Int128 Once(DataSet data, long pricePerGib) => Up(data.Gib * pricePerGib);

    /// <summary>
    /// What waiting is worth, per hour: a second that one call spends on the way counts 1 micro-unit for the cheapest work, 10 when balanced and
    /// 100 for the nearest and the fastest. It chooses between placements and is never charged.
    /// </summary>
    public static Int128 WaitingPerHour(RoleEdge edge, double? roundTripMs, Objective objective) =>
        Up(edge.CallsPerSecond * SecondsPerHour * ((roundTripMs ?? UnknownRoundTripMs) / 1000) * MicrosPerSecond(objective));

    private static int MicrosPerSecond(Objective objective) =>
        objective switch
        {
            Objective.CheapestWork => 1,
            Objective.Balanced => 10,
            _ => 100,
        };

    // The largest product the input bounds allow is about 4e21: exact enough for a double, and far inside 128 bits.
    private static Int128 Up(double micros) => (Int128)Math.Ceiling(micros);
}

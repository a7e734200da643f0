using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Scoring;

/// <summary>Points of 100 per part; the objective moves the weights, never the scales.</summary>
internal readonly record struct ScoreWeights(int Price, int Speed, int Locality, int Reliability, int Fragmentation)
{
    public static ScoreWeights Of(Objective objective) =>
        objective switch
        {
            Objective.CheapestWork => new(80, 5, 5, 8, 2),
            Objective.Fastest => new(15, 70, 5, 8, 2),
            Objective.Nearest => new(15, 5, 70, 8, 2),
            Objective.Balanced => new(45, 20, 10, 20, 5),
            _ => throw new ArgumentOutOfRangeException(nameof(objective), objective, "Unknown objective."),
        };
}

/// <summary>The five parts of a score, each 0 to 1.</summary>
internal readonly record struct ScoreFractions(double Price, double Speed, double Locality, double Reliability, double Fragmentation)
{
    /// <summary>The weighted total in 1/1,000,000 point, 0 to 100,000,000: whole numbers compare the same everywhere.</summary>
    public int MicroPoints(ScoreWeights weights) =>
        (int)
            Math.Round(
                1e6
                    * (
                        (weights.Price * Price)
                        + (weights.Speed * Speed)
                        + (weights.Locality * Locality)
                        + (weights.Reliability * Reliability)
                        + (weights.Fragmentation * Fragmentation)
                    )
            );

    public IReadOnlyList<ScorePart> Parts(ScoreWeights weights) =>
        [
            new("price", weights.Price * Price, weights.Price),
            new("speed", weights.Speed * Speed, weights.Speed),
            new("locality", weights.Locality * Locality, weights.Locality),
            new("reliability", weights.Reliability * Reliability, weights.Reliability),
            new("fragmentation", weights.Fragmentation * Fragmentation, weights.Fragmentation),
        ];
}

/// <summary>
/// The fixed scales. Each maps a quantity to 0..1 by the same curve for every request, never saturates (two different prices
/// never tie at an end of the scale), and uses only correctly rounded operations, so it is the same on every machine.
/// </summary>
internal static class Scales
{
    /// <summary>A round trip that scores one half, in milliseconds.</summary>
    private const double HalfRoundTripMs = 50;

    /// <summary>What a site in the right country scores when the distance is unknown.</summary>
    private const double SameCountry = 0.3;

    /// <summary>
    /// Price: 1 / (1 + √p), where p is the price in whole currency of the work that one card of the role's first measured
    /// variant does in an hour (without any throughput: of one card-hour). 0 scores 1, 1 scores one half, 100 scores 0.09.
    /// </summary>
    public static double Price(double sqrtEquivalentPrice) => 1 / (1 + sqrtEquivalentPrice);

    /// <summary>Speed: x / (1 + x), where x is work per second and replica relative to the role's first measured variant.</summary>
    public static double Speed(double relative) => relative / (1 + relative);

    /// <summary>Nearness: 1 / (1 + ms / 50); without a measured distance 0.3 inside the country, else 0.</summary>
    public static double Nearness(double? roundTripMs, bool sameCountry) =>
        roundTripMs is { } ms ? 1 / (1 + (ms / HalfRoundTripMs))
        : sameCountry ? SameCountry
        : 0;

    /// <summary>How closely a gang sits together.</summary>
    public static double Compactness(TopologyLevel level) =>
        level switch
        {
            TopologyLevel.Node => 1,
            TopologyLevel.LinkIsland => 0.9,
            TopologyLevel.Rack => 0.75,
            TopologyLevel.Cluster => 0.5,
            _ => 0.25,
        };

    /// <summary>Fragmentation: 1 when nothing is newly stranded, 0 when every card taken strands another.</summary>
    public static double Fragmentation(double strandedMilli, long takenMilli) =>
        1 - Math.Clamp(strandedMilli / Math.Max(1000, takenMilli), 0, 1);
}

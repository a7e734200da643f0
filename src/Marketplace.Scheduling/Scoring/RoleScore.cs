using Marketplace.Scheduling.Graphs;
using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Scoring;

/// <summary>Scores the ways to run one role.</summary>
internal sealed class RoleScore
{
    private const double NearnessPart = 0.8;

    private readonly SupplyColumns columns;
    private readonly ScoreWeights weights;

    /// <summary>By place; null when the request is to be near to nothing.</summary>
    private readonly double[]? nearness;
    private readonly double nearest;
    private readonly double[] work;
    private readonly double[] speed;

    /// <summary>
    /// By variant and place: what moving the data costs in an hour, per replica and in whole currency for the work of one card of the first
    /// measured variant; null without data or prices.
    /// </summary>
    private readonly double[][]? data;

    public RoleScore(SupplyColumns columns, PlacementRequest request, Role role)
    {
        this.columns = columns;
        weights = ScoreWeights.Of(request.Objective);
        nearness = request.NearRegion is { } near ? [.. columns.Places.Select(place => NearnessOf(near, place))] : null;
        nearest = nearness is null or [] ? 0 : nearness.Max();
        work = new double[role.Variants.Count];
        speed = new double[role.Variants.Count];
        Variant? measured = null;
        for (var v = 0; v < work.Length && measured is null; v++)
        {
            measured = role.Variants[v].Throughput is null ? null : role.Variants[v];
        }

        for (var v = 0; v < work.Length; v++)
        {
            work[v] = Work(role.Variants[v], measured);
            speed[v] = Scales.Speed(measured is null ? 1 : work[v] / Math.Max(1, measured.CardsPerReplica));
        }

        if (DataCosts.Of(columns, request, role) is { } costs)
        {
            data =
            [
                .. work.Select(
                    (each, v) =>
                        columns
                            .Places.Select(place =>
                                each == 0 ? 0 : costs.PerHour(columns.Network.RegionOf(place.Region), v) / (1e6 * role.Replicas * each)
                            )
                            .ToArray()
                ),
            ];
        }
    }

    public float ReliabilityWeight => weights.Reliability;

    /// <summary>Points for price, unless the variant's work is unknown: then it scores nothing.</summary>
    public float PriceWeight(int variant) => work[variant] == 0 ? 0 : weights.Price;

    /// <summary>√(card-hours per unit of work): times √(price per card and hour) it is the root of the price that is scored.</summary>
    public double RootFactor(int variant, long perReplicaMilli) =>
        work[variant] == 0 ? 0 : Math.Sqrt(perReplicaMilli / (1000.0 * work[variant]));

    /// <summary>The most points an offer in one of these places has besides price and reliability.</summary>
    public float Base(int variant, int firstPlace, int lastPlace)
    {
        var locality =
            nearness is null ? 1
            : firstPlace == lastPlace ? Locality(nearness[firstPlace], 1)
            : Locality(nearest, 1);
        return (float)((weights.Speed * speed[variant]) + (weights.Locality * locality) + weights.Fragmentation);
    }

    /// <summary>The most a candidate could score: as if it sat on one node and stranded nothing.</summary>
    public int BestMicroPoints(int offer, int variant, long perReplicaMilli) =>
        MicroPoints(Fractions(offer, variant, perReplicaMilli, 1, 1));

    /// <summary>The parts once it is known how the role sits.</summary>
    public ScoreFractions Of(in Candidate candidate, RoleFit fit, int replicas)
    {
        var taken = candidate.Plan.Cards == 0 ? 0 : candidate.RoleMilli;
        return Fractions(
            candidate.Offer,
            candidate.Variant,
            candidate.RoleMilli / replicas,
            Scales.Compactness(fit.Level),
            Scales.Fragmentation(fit.Stranded, taken)
        );
    }

    public int MicroPoints(in ScoreFractions fractions) => fractions.MicroPoints(weights);

    public IReadOnlyList<ScorePart> Parts(in ScoreFractions fractions) => fractions.Parts(weights);

    private ScoreFractions Fractions(int offer, int variant, long perReplicaMilli, double compactness, double fragmentation) =>
        offer < 0
            ? new ScoreFractions(1, speed[variant], compactness, 1, fragmentation)
            : new ScoreFractions(
                Price(offer, variant, perReplicaMilli),
                speed[variant],
                nearness is null ? compactness : Locality(nearness[columns.Index.Place[offer]], compactness),
                columns.Index.Reliability[offer],
                fragmentation
            );

    private static double Locality(double near, double compactness) => (NearnessPart * near) + (0.2 * compactness);

    /// <summary>Price of the replica divided by its work, on the price scale.</summary>
    private double Price(int offer, int variant, long perReplicaMilli)
    {
        if (work[variant] == 0)
        {
            return 0;
        }

        var root = Math.Sqrt(columns.Index.Price[offer] / 1e6) * RootFactor(variant, perReplicaMilli);
        return data?[variant][columns.Index.Place[offer]] is > 0 and var moving
            ? Scales.Price(Math.Sqrt((root * root) + moving))
            : Scales.Price(root);
    }

    /// <summary>
    /// Work of a replica relative to one card of the first measured variant. Without any measurement a card is a card. A
    /// variant without one beside measured ones scores nothing for price and speed: unknown work cannot be compared.
    /// </summary>
    private static double Work(Variant variant, Variant? measured)
    {
        double cards = Math.Max(1, variant.CardsPerReplica);
        if (measured is null)
        {
            return cards;
        }

        return variant.Throughput is { } throughput && variant.WorkUnit == measured.WorkUnit
            ? throughput * cards / measured.Throughput!.Value
            : 0;
    }

    private double NearnessOf(string near, (string Region, string Country) place) =>
        Scales.Nearness(columns.Index.RoundTripMs(near, place.Region), columns.Index.CountryOf(near) == place.Country);
}

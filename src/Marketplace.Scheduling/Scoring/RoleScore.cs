using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;

namespace Marketplace.Scheduling.Scoring;

/// <summary>Scores the ways to run one role.</summary>
internal sealed class RoleScore
{
    private readonly SupplyColumns columns;
    private readonly string? nearRegion;
    private readonly ScoreWeights weights;
    private readonly double[] nearness;
    private readonly double[] work;
    private readonly double[] speed;
    private readonly (long PerReplicaMilli, double Root)[] priceFactor;

    public RoleScore(SupplyColumns columns, PlacementRequest request, Role role)
    {
        this.columns = columns;
        nearRegion = request.NearRegion;
        weights = ScoreWeights.Of(request.Objective);
        nearness = nearRegion is null ? [] : new double[columns.Sites.Count];
        Array.Fill(nearness, -1);
        var measured = role.Variants.FirstOrDefault(variant => variant.Throughput is not null);
        work = [.. role.Variants.Select(variant => Work(variant, measured))];
        speed = [.. work.Select(each => measured is null ? Scales.Speed(1) : Scales.Speed(each / Math.Max(1, measured.CardsPerReplica)))];
        priceFactor = new (long, double)[role.Variants.Count];
    }

    /// <summary>The most a candidate could score: as if it sat on one node and stranded nothing.</summary>
    public int BestMicroPoints(int offer, int variant, int cluster, long perReplicaMilli) =>
        MicroPoints(Fractions(offer, variant, cluster, perReplicaMilli, 1, 1));

    /// <summary>The parts once it is known how the role sits.</summary>
    public ScoreFractions Of(in Candidate candidate, RoleFit fit, int replicas)
    {
        var taken = candidate.Plan.Cards == 0 ? 0 : candidate.RoleMilli;
        return Fractions(
            candidate.Offer,
            candidate.Variant,
            candidate.Cluster,
            candidate.RoleMilli / replicas,
            Scales.Compactness(fit.Level),
            Scales.Fragmentation(fit.Stranded, taken)
        );
    }

    public int MicroPoints(in ScoreFractions fractions) => fractions.MicroPoints(weights);

    public IReadOnlyList<ScorePart> Parts(in ScoreFractions fractions) => fractions.Parts(weights);

    private ScoreFractions Fractions(int offer, int variant, int cluster, long perReplicaMilli, double compactness, double fragmentation) =>
        offer < 0
            ? new ScoreFractions(1, speed[variant], compactness, 1, fragmentation)
            : new ScoreFractions(
                Price(offer, variant, perReplicaMilli),
                speed[variant],
                nearRegion is null ? compactness : (0.8 * Near(columns.ClusterSite[cluster])) + (0.2 * compactness),
                columns.Index.Reliability[offer],
                fragmentation
            );

    /// <summary>
    /// Price of the replica divided by its work, on the price scale. The root of the offer's price is stored with it and the
    /// root of the rest is the same for most offers, so a scan over many takes no root.
    /// </summary>
    private double Price(int offer, int variant, long perReplicaMilli)
    {
        if (work[variant] == 0)
        {
            return 0;
        }

        ref var factor = ref priceFactor[variant];
        if (factor.PerReplicaMilli != perReplicaMilli)
        {
            factor = (perReplicaMilli, Math.Sqrt(perReplicaMilli / (1000.0 * work[variant])));
        }

        return Scales.Price(columns.Index.SqrtPrice[offer] * factor.Root);
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

    private double Near(int site)
    {
        if (nearness[site] < 0)
        {
            var index = columns.Index;
            var there = columns.Sites[site];
            nearness[site] = Scales.Nearness(index.RoundTripMs(nearRegion!, there.Region), index.CountryOf(nearRegion!) == there.Country);
        }

        return nearness[site];
    }
}

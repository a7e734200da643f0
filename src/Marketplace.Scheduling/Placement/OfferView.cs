using Marketplace.Scheduling.Filters;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Placement;

/// <summary>The offers of one model as one variant sees them: what a replica takes of each kind, and what the best of a block could score.</summary>
internal sealed class OfferView
{
    private readonly RoleScore score;
    private readonly long[] milliOfKind;
    private readonly int firstKind;
    private readonly int mostCards;

    /// <param name="model">Interned model, or -1 for offers of processors.</param>
    public OfferView(SupplyColumns columns, RoleScore score, VariantPlan plan, int variant, int model)
    {
        this.score = score;
        var index = columns.Index;
        (Plan, Variant) = (plan, variant);
        mostCards = model < 0 ? 0 : index.MostCards(model);
        (From, To) = index.RowsOf(model);
        FirstBlock = From / OfferBlocks.Size;
        Blocks = From == To ? 0 : ((To - 1) / OfferBlocks.Size) - FirstBlock + 1;
        (firstKind, var end) = index.KindsOf(model);
        milliOfKind = new long[end - firstKind];
        LeastMilli = long.MaxValue;
        for (var kind = firstKind; kind < end; kind++)
        {
            var sample = index.SampleOf(kind);
            milliOfKind[kind - firstKind] = plan.BilledMilli(index.Cluster[sample], index.Offers[sample]) ?? -1;
            if (milliOfKind[kind - firstKind] >= 0)
            {
                LeastMilli = Math.Min(LeastMilli, milliOfKind[kind - firstKind]);
            }
        }

        PriceWeight = score.PriceWeight(variant);
        ReliabilityWeight = score.ReliabilityWeight;
        RootFactor = CanServe ? (float)score.RootFactor(variant, LeastMilli) : 0;
    }

    public VariantPlan Plan { get; }

    /// <summary>Position of the variant in the role.</summary>
    public int Variant { get; }

    /// <summary>First offer of the model.</summary>
    public int From { get; }

    /// <summary>The end of them.</summary>
    public int To { get; }

    public int FirstBlock { get; }
    public int Blocks { get; }

    /// <summary>False when no device behind any of the offers can serve the variant.</summary>
    public bool CanServe => LeastMilli < long.MaxValue;

    /// <summary>The least that a replica takes of any of the offers, in 1/1000 card.</summary>
    public long LeastMilli { get; }

    public float PriceWeight { get; }
    public float ReliabilityWeight { get; }

    /// <summary>What the root of the price is multiplied with, for the kind that takes least.</summary>
    public float RootFactor { get; }

    /// <summary>What a replica takes of an offer of the kind, in 1/1000 card, or null when no device can serve it.</summary>
    public long? MilliOf(int kind) => milliOfKind[kind - firstKind] is >= 0 and var milli ? milli : null;

    /// <summary>All points but those for price and reliability, at the block's nearest place.</summary>
    public float BaseOf(in Block best) => score.Base(Variant, best.FirstPlace, best.LastPlace);

    /// <summary>The most any offer of the block could score, in points.</summary>
    public float MostPoints(in Block best) =>
        BaseOf(best) + (PriceWeight / (1 + (best.Root * RootFactor))) + (ReliabilityWeight * best.Reliability);

    /// <summary>Whether no cluster behind these offers has as many whole cards, free or not, as so many replicas need.</summary>
    public bool IsLarger(int replicas) => !Plan.Variant.IsShared && (long)Plan.Cards * replicas > mostCards;

    public int MicroPoints(int offer, long perReplicaMilli) => score.BestMicroPoints(offer, Variant, perReplicaMilli);
}

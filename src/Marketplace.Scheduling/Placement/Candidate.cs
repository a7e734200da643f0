namespace Marketplace.Scheduling.Placement;

/// <summary>One way to run a role: an offer (or -1 without offers) and a variant, with its price.</summary>
/// <param name="RoleMilli">What the whole role takes from the offer, in 1/1000 card.</param>
/// <param name="PricePerHour">Price of the whole role per hour in micro-units.</param>
/// <param name="Order">Where it comes in the order of trying.</param>
internal readonly record struct Candidate(
    int Offer,
    int Variant,
    int Cluster,
    VariantPlan Plan,
    long RoleMilli,
    long PricePerHour,
    CandidateOrder Order
);

/// <summary>
/// A candidate as it waits in line. Lower is tried first: precedence, then the best total it could reach, then its position
/// (offer, then variant: the tie-break).
/// </summary>
/// <param name="Precedence">Of the offer; own capacity before bought.</param>
/// <param name="BestMicroPoints">Upper bound of its score in 1/1,000,000 point.</param>
/// <param name="Listed">Where the offer stood in the supply; 0 without offers.</param>
/// <param name="Variant">Position of the variant.</param>
/// <param name="Offer">Position of the offer in the columns, or -1; not part of the order.</param>
/// <param name="PerReplicaMilli">What one replica takes from the offer, in 1/1000 card; not part of the order.</param>
internal readonly record struct CandidateOrder(
    int Precedence,
    int BestMicroPoints,
    int Listed,
    int Variant,
    int Offer,
    long PerReplicaMilli
) : IComparable<CandidateOrder>
{
    public int CompareTo(CandidateOrder other)
    {
        if (Precedence != other.Precedence)
        {
            return Precedence < other.Precedence ? -1 : 1;
        }

        if (BestMicroPoints != other.BestMicroPoints)
        {
            return BestMicroPoints > other.BestMicroPoints ? -1 : 1;
        }

        return Listed != other.Listed ? Listed.CompareTo(other.Listed) : Variant.CompareTo(other.Variant);
    }
}

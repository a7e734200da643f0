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

/// <summary>Lower is tried first: precedence, then the best total the candidate could reach, then its position.</summary>
/// <param name="Precedence">Of the offer; own capacity before bought.</param>
/// <param name="BestMicroPoints">Upper bound of its score in 1/1,000,000 point.</param>
/// <param name="Position">Offer position, then variant position: the tie-break.</param>
internal readonly record struct CandidateOrder(int Precedence, int BestMicroPoints, long Position) : IComparable<CandidateOrder>
{
    public int CompareTo(CandidateOrder other)
    {
        var byPrecedence = Precedence - other.Precedence;
        if (byPrecedence != 0)
        {
            return byPrecedence;
        }

        var byScore = other.BestMicroPoints - BestMicroPoints;
        return byScore != 0 ? byScore : Position.CompareTo(other.Position);
    }
}

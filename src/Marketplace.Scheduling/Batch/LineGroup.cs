using Marketplace.Scheduling.Model;
using Marketplace.Scheduling.Placement;
using Marketplace.Scheduling.Scoring;

namespace Marketplace.Scheduling.Batch;

/// <summary>A pool that a line could be placed in.</summary>
/// <param name="Milli">What the whole line takes there, in 1/1000 card.</param>
/// <param name="PricePerHour">Price of the whole line per hour in micro-units.</param>
/// <param name="Points">The most it could score there, in 1/1,000,000 point.</param>
/// <param name="Precedence">Of the offer: own capacity before bought.</param>
internal readonly record struct PoolChoice(int Pool, long Milli, long PricePerHour, int Points, int Precedence);

/// <summary>Lines of one role with the same shape, size and limits: what is known of one is known of all.</summary>
internal sealed class LineGroup
{
    /// <summary>Offers looked at for each pool that is wanted: the same cluster may be sold by many.</summary>
    private const int LooksPerPool = 16;

    private readonly PlacementRequest request;
    private readonly DecisionScope scope;

    public LineGroup(PlacementRequest request, DecisionScope scope) => (this.request, this.scope) = (request, scope);

    /// <summary>Positions of its lines in the batch, ascending.</summary>
    public List<int> Lines { get; } = [];

    /// <summary>Pools where the line fits while nothing of the batch is placed, the best first; valid after <see cref="Look"/>.</summary>
    public IReadOnlyList<PoolChoice> Choices { get; private set; } = [];

    /// <summary>True when such a line fits nowhere even alone.</summary>
    public bool FitsNowhere { get; private set; }

    /// <summary>What the buyer would give for it per hour, in micro-units: its own limit, else its dearest choice.</summary>
    public long Limit => Valuation.LimitOf(request) ?? Choices.Max(choice => choice.PricePerHour);

    /// <summary>Finds the best pools for the line on supply that nothing was taken of.</summary>
    /// <param name="most">The most pools to find, each tried with a placement.</param>
    /// <param name="enoughMilli">Pools with so much together are enough, if there are a few of them.</param>
    public void Look(WorkingState untouched, OfferPools pools, int most, long enoughMilli)
    {
        var role = new RoleSearch(untouched, request, 0, scope, explain: false);
        var budget = request.BudgetPerHour ?? long.MaxValue;
        var taken = new HashSet<int>();
        var found = new List<PoolChoice>();
        var looks = LooksPerPool * most;
        long milli = 0;
        var ended = false;
        for (var at = 0; at < looks && found.Count < most && (found.Count < MatchingBook.MostChoices || milli < enoughMilli); at++)
        {
            if (!role.TryCandidate(at, out var candidate))
            {
                ended = true;
                break;
            }

            var pool = pools.PoolOf[candidate.Offer];
            if (candidate.PricePerHour > budget || taken.Contains(pool) || !role.FitOf(candidate).Fits)
            {
                continue;
            }

            taken.Add(pool);
            found.Add(
                new PoolChoice(
                    pool,
                    candidate.RoleMilli,
                    candidate.PricePerHour,
                    candidate.Order.BestMicroPoints,
                    candidate.Order.Precedence
                )
            );
            milli += pools.CapacityMilli(pool, PoolUse.Other);
        }

        Choices = found;
        FitsNowhere = ended && found.Count == 0;
    }

    /// <summary>
    /// Every pool the line may take from with the least it takes there, whatever is free on nodes, and how it uses the pool's devices.
    /// </summary>
    public IEnumerable<(int Pool, long Milli, PoolUse Use)> EveryPool(SupplyColumns columns, OfferPools pools)
    {
        var role = request.Roles[0];
        var shape = scope.Shapes.Of(request, role, null);
        var search = shape.Search(role.Replicas, asIfEmpty: false);
        foreach (var (offer, plan, perReplica) in shape.Each())
        {
            var milli = perReplica * role.Replicas;
            if (
                search.Takes(offer, perReplica).Sells
                && Prices.PerHour(columns.Index.Price[offer], milli) <= (request.BudgetPerHour ?? long.MaxValue)
            )
            {
                yield return (pools.PoolOf[offer], milli, UseOf(columns, plan, columns.Index.Cluster[offer], perReplica));
            }
        }
    }

    private static PoolUse UseOf(SupplyColumns columns, VariantPlan plan, int cluster, long perReplicaMilli)
    {
        var use = plan.Cards == 0 ? PoolUse.Other : PoolUse.Whole;
        foreach (var kind in columns.ClusterDeviceClasses[cluster])
        {
            ref readonly var grant = ref plan.Grants[kind];
            if (grant.Eligible && !grant.Whole)
            {
                var counts = (long)grant.ComputeMilli * plan.Cards >= perReplicaMilli ? PoolUse.Compute : PoolUse.Other;
                use = counts > use ? counts : use;
            }
        }

        return use;
    }
}

namespace Marketplace.Scheduling.TimeShares;

/// <summary>What the rounds are to make small.</summary>
public enum RoundGoal
{
    /// <summary>The average time from arrival to completion, for a queue that goes on.</summary>
    AverageCompletion,

    /// <summary>The time until the last job is done, for a batch that is all there.</summary>
    Makespan,
}

/// <summary>
/// Each round is a market: a chip goes to the job for which an hour of it is worth most.
/// </summary>
/// <remarks>
/// Worth of a round of chip c to a job = (cost of the work it does there, at the chip where that work is cheapest) · remaining^−α, with the prices of
/// <see cref="ChipPrices"/> and the remaining time on the job's best chip. The first factor is comparative advantage: with α = 0 a chip whose price is
/// tight is worth the same to every job that belongs on it and less to all others, so work is done where it is cheap and the chips
/// carry about as much as they can. The second decides among those: shortest remaining time first (α = 0.1, for
/// <see cref="RoundGoal.AverageCompletion"/>) or longest first (α = −0.5, for <see cref="RoundGoal.Makespan"/>: no long job is left over at the
/// end). It is small so that it rarely outweighs the first. Both were chosen on seeds 10 to 12 of Gavel's jobs, not on those that are
/// reported. Matching by <see cref="Market.BatchMarket"/>; ties go to the earlier job and the first pool.
/// </remarks>
public sealed class MarketRounds : RoundPolicy
{
    /// <summary>Prices move with the mix of work, which is slow against a round.</summary>
    private const double PriceSeconds = 1800;

    // Below a minute the order of the shortest jobs does not matter, and 0 has no power.
    private const double LeastSeconds = 60;

    private readonly double exponent;
    private readonly SharedSpeeds? sharedSpeeds;
    private double[] prices = [];
    private double[] worth = [];
    private double pricedAt = double.NegativeInfinity;

    /// <param name="pools">The chips.</param>
    /// <param name="goal">What is to be small.</param>
    /// <param name="sharedSpeeds">Measured speeds of two jobs on the same cards; null when jobs never share.</param>
    /// <exception cref="ArgumentOutOfRangeException">The goal is unknown.</exception>
    /// <exception cref="Model.InvalidSupplyException">A pool cannot be true; the problems name the fields.</exception>
    public MarketRounds(IReadOnlyList<ChipPool> pools, RoundGoal goal = RoundGoal.AverageCompletion, SharedSpeeds? sharedSpeeds = null)
        : base(pools)
    {
        this.sharedSpeeds = sharedSpeeds;
        exponent = goal switch
        {
            RoundGoal.AverageCompletion => 0.1,
            RoundGoal.Makespan => -0.5,
            _ => throw new ArgumentOutOfRangeException(nameof(goal), goal, "Use one of AverageCompletion, Makespan."),
        };
    }

    private protected override int[] Choose(double nowSeconds, IReadOnlyList<SharedJob> jobs)
    {
        if (nowSeconds - pricedAt >= PriceSeconds)
        {
            prices = ChipPrices.Of(Pools, jobs);
            pricedAt = nowSeconds;
        }

        worth = new double[jobs.Count];
        for (var j = 0; j < worth.Length; j++)
        {
            var hours = Math.Max(LeastSeconds, jobs[j].BestSeconds) / 3600;
            worth[j] = jobs[j].Kind.BestSpeed == 0 ? 0 : ChipPrices.Worth(jobs[j].Kind, prices) * Math.Pow(hours, -exponent);
        }

        return RoundMarket.Match(Pools, jobs, worth);
    }

    private protected override int[] Share(IReadOnlyList<SharedJob> jobs, int[] poolOf) =>
        sharedSpeeds is null ? base.Share(jobs, poolOf) : SpaceSharing.Pair(jobs, worth, poolOf, sharedSpeeds);
}

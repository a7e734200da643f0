namespace Marketplace.Scheduling.TimeShares;

/// <summary>
/// Decides, round by round, which job runs on which kind of chip. A round is a few minutes; at its end jobs may be stopped and moved. The
/// caller tells the time, runs the jobs, and tells what ran.
/// </summary>
public abstract class RoundPolicy
{
    private protected RoundPolicy(IReadOnlyList<ChipPool> pools)
    {
        ArgumentNullException.ThrowIfNull(pools);
        TimeShareBounds.Check(pools);
        Pools = pools;
    }

    /// <summary>The chips.</summary>
    public IReadOnlyList<ChipPool> Pools { get; }

    /// <summary>What runs in the round that begins now.</summary>
    /// <param name="nowSeconds">Never less than before.</param>
    /// <param name="jobs">All jobs that are not done, in the order of arrival.</param>
    /// <exception cref="Model.InvalidSupplyException">A job cannot be true; the problems name the fields.</exception>
    public RoundPlan Next(double nowSeconds, IReadOnlyList<SharedJob> jobs)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        TimeShareBounds.Check(Pools, jobs);
        var poolOf = Choose(nowSeconds, jobs);
        return new RoundPlan(poolOf, Share(jobs, poolOf));
    }

    /// <summary>Tells that a job ran.</summary>
    public virtual void Ran(SharedJob job, int pool, double seconds) { }

    /// <summary>The partner of each job on its cards, −1 for none; may give a waiting job the pool of its partner.</summary>
    private protected virtual int[] Share(IReadOnlyList<SharedJob> jobs, int[] poolOf)
    {
        var beside = new int[jobs.Count];
        Array.Fill(beside, -1);
        return beside;
    }

    private protected abstract int[] Choose(double nowSeconds, IReadOnlyList<SharedJob> jobs);
}

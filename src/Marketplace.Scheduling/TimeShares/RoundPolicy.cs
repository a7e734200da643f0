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

    /// <summary>The pool each job runs on in the round that begins now, −1 for a job that waits. No pool gives more cards than it has.</summary>
    /// <param name="nowSeconds">Never less than before.</param>
    /// <param name="jobs">All jobs that are not done, in the order of arrival.</param>
    /// <exception cref="Model.InvalidSupplyException">A job cannot be true; the problems name the fields.</exception>
    public IReadOnlyList<int> Next(double nowSeconds, IReadOnlyList<SharedJob> jobs)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        TimeShareBounds.Check(Pools, jobs);
        return Choose(nowSeconds, jobs);
    }

    /// <summary>Tells that a job ran.</summary>
    public virtual void Ran(SharedJob job, int pool, double seconds) { }

    private protected abstract int[] Choose(double nowSeconds, IReadOnlyList<SharedJob> jobs);
}

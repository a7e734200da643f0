namespace Marketplace.Scheduling.TimeShares;

/// <summary>What runs in a round.</summary>
/// <param name="PoolOf">The pool each job runs on, −1 for a job that waits. No pool gives more cards than it has.</param>
/// <param name="Beside">The job it shares its cards with, −1 for a job that has them alone. Both name each other.</param>
public sealed record RoundPlan(IReadOnlyList<int> PoolOf, IReadOnlyList<int> Beside);

/// <summary>Units of work per second of two kinds of job that run on the same cards, of the first and of the second; 0 and 0 when they cannot.</summary>
public delegate (double First, double Second) SharedSpeeds(JobKind first, JobKind second, int pool);

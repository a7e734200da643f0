using System.Diagnostics;
using Marketplace.Scheduling.TimeShares;

namespace Marketplace.Bench;

/// <summary>
/// Gavel's simulator, written anew from its description and public source: rounds of 360 s, whole steps only, a round ends when its last job
/// stops, moving a job costs nothing, arrivals and completions take effect at the end of a round.
/// </summary>
internal static class GavelSimulation
{
    private const double RoundSeconds = 360;

    /// <summary>What a simulation gave.</summary>
    /// <param name="AverageHours">From arrival to completion, over the measured jobs.</param>
    /// <param name="EndHours">When the last measured job was done.</param>
    /// <param name="Rounds">How many rounds were decided.</param>
    /// <param name="DecisionMs">How long a decision took on average.</param>
    internal sealed record Result(double AverageHours, double EndHours, int Rounds, double DecisionMs);

    /// <summary>Runs until the jobs from <paramref name="first"/> up to, without, <paramref name="end"/> are done.</summary>
    /// <param name="jobs">Infinite, or of at least <paramref name="end"/> jobs.</param>
    /// <param name="giveUpHours">Simulated time after which the load counts as too high: null.</param>
    public static Result? Run(
        RoundPolicy policy,
        IEnumerable<GavelJob> jobs,
        int first,
        int end,
        double giveUpHours,
        SharedSpeeds shared,
        CancellationToken stop
    )
    {
        using var arrivals = jobs.GetEnumerator();
        bool more = arrivals.MoveNext();
        var active = new List<SharedJob>();
        var arrived = new List<double>();
        int left = end - first,
            rounds = 0;
        double now = 0,
            total = 0,
            last = 0;
        var deciding = new Stopwatch();
        while (left > 0)
        {
            stop.ThrowIfCancellationRequested();
            while (more && arrivals.Current.ArrivedSeconds <= now)
            {
                active.Add(new SharedJob(arrived.Count, arrivals.Current.Kind, arrivals.Current.Steps));
                arrived.Add(arrivals.Current.ArrivedSeconds);
                more = arrivals.MoveNext();
            }
            if (now > giveUpHours * 3600)
                return null;
            deciding.Start();
            var plan = policy.Next(now, active);
            deciding.Stop();
            rounds++;
            double roundEnd = now;
            var running = new bool[active.Count];
            for (int j = 0; j < active.Count; j++)
            {
                if (plan.PoolOf[j] < 0)
                    continue;
                var job = active[j];
                int pool = plan.PoolOf[j];
                // Beside another job it keeps the shared speed to the end of the round, as in Gavel's simulator.
                double speed = plan.Beside[j] < 0 ? job.Kind.Speeds[pool] : shared(job.Kind, active[plan.Beside[j]].Kind, pool).First;
                double steps = Math.Min(Math.Floor(speed * RoundSeconds), job.Remaining);
                double seconds = steps / speed;
                job.Remaining -= steps;
                policy.Ran(job, pool, seconds);
                roundEnd = Math.Max(roundEnd, now + seconds);
                running[j] = true;
                if (job.Remaining > 0 || job.Id < first || job.Id >= end)
                    continue;
                left--;
                last = Math.Max(last, now + seconds);
                total += now + seconds - arrived[job.Id];
            }
            active.RemoveAll(job => job.Remaining <= 0);
            // With nothing to run, time goes on to the next arrival, or by a round when a policy makes the jobs wait.
            now =
                roundEnd > now ? roundEnd
                : active.Count == 0 && more ? arrivals.Current.ArrivedSeconds
                : now + RoundSeconds;
        }
        return new Result(total / (end - first) / 3600, last / 3600, rounds, deciding.Elapsed.TotalMilliseconds / rounds);
    }
}

using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Platform.Jobs;

/// <summary>Writes down each run, outside the job's own transactions: a job that rolls back still leaves its error.</summary>
internal sealed class JobHistory(IServiceScopeFactory scopes, IdFactory ids, TimeProvider time)
{
    public const int MaxError = 4000;

    /// <summary>Notes that a run begins.</summary>
    /// <param name="requestedRun">The run somebody asked for; null for the schedule.</param>
    /// <returns>The run's id; null when the requested run has already been carried out, so that it is not carried out again.</returns>
    public Task<string?> StartAsync(string job, string? requestedRun, string worker, CancellationToken ct) =>
        InScopeAsync(
            async (db, changes) =>
            {
                DateTimeOffset now = time.GetUtcNow();
                var runs = db.Set<JobRun>();
                // No two runs of a job overlap, so what still counts as running was left by a worker that died.
                foreach (JobRun left in await runs.Where(r => r.Job == job && r.Outcome == JobOutcome.Running).ToListAsync(ct))
                {
                    if (left.Id == requestedRun)
                        continue;
                    left.Outcome = JobOutcome.Lost;
                    left.EndedAt = now;
                    left.Error = $"The worker {left.Worker} ended before the job did.";
                }
                JobRun? run;
                if (requestedRun is null)
                    runs.Add(
                        run = new JobRun
                        {
                            Id = ids.New(IdPrefix.JobRun),
                            Job = job,
                            Outcome = JobOutcome.Running,
                            CreatedAt = now,
                        }
                    );
                else
                    run = await runs.FirstOrDefaultAsync(
                        r => r.Id == requestedRun && (r.Outcome == JobOutcome.Requested || r.Outcome == JobOutcome.Running),
                        ct
                    );
                if (run is not null)
                    (run.Outcome, run.StartedAt, run.Worker) = (JobOutcome.Running, now, worker);
                changes.Announce(JobTopics.Jobs);
                await db.SaveChangesAsync(ct);
                return run?.Id;
            }
        );

    /// <summary>Notes how a run ended. Not cancelled with the job: what happened is written down also when the host stops.</summary>
    public Task EndAsync(string runId, JobOutcome outcome, int? changed, string? error) =>
        InScopeAsync(
            async (db, changes) =>
            {
                JobRun run = await db.Set<JobRun>().FirstAsync(r => r.Id == runId, CancellationToken.None);
                run.Outcome = outcome;
                run.EndedAt = time.GetUtcNow();
                run.Changed = changed;
                run.Error = error is { Length: > MaxError } ? error[..MaxError] : error;
                changes.Announce(JobTopics.Jobs);
                if (outcome == JobOutcome.Failed)
                    changes.Announce(JobTopics.Failed);
                await db.SaveChangesAsync(CancellationToken.None);
                return true;
            }
        );

    private async Task<T> InScopeAsync<T>(Func<MarketplaceDbContext, IChangeFeed, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(Actor.System);
        return await work(
            scope.ServiceProvider.GetRequiredService<MarketplaceDbContext>(),
            scope.ServiceProvider.GetRequiredService<IChangeFeed>()
        );
    }
}

/// <summary>What is announced about jobs.</summary>
public static class JobTopics
{
    /// <summary>A run began, ended or was asked for, or a job was paused or resumed.</summary>
    public const string Jobs = "jobs";

    /// <summary>A run failed.</summary>
    public const string Failed = "jobs:failed";
}

/// <summary>Forgets old runs: those that had nothing to do after a day, the others after a month.</summary>
internal sealed class JobRetention(MarketplaceDbContext db, TimeProvider time)
{
    public static readonly TimeSpan KeepIdle = TimeSpan.FromDays(1);
    public static readonly TimeSpan Keep = TimeSpan.FromDays(30);

    public Task<int> SweepAsync(CancellationToken ct)
    {
        DateTimeOffset idle = time.GetUtcNow() - KeepIdle;
        DateTimeOffset old = time.GetUtcNow() - Keep;
        return db.Set<JobRun>()
            .Where(r =>
                r.EndedAt < old || (r.EndedAt < idle && r.Outcome == JobOutcome.Succeeded && r.Changed == 0 && r.RequestedBy == null)
            )
            .ExecuteDeleteAsync(ct);
    }
}

using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Quartz;

namespace Marketplace.Platform.Jobs;

/// <summary>Whether a job follows its schedule.</summary>
public enum JobState
{
    Scheduled,
    Paused,

    /// <summary>No worker has started since this job exists.</summary>
    Unscheduled,
}

/// <summary>One run.</summary>
/// <param name="Changed">How many things it changed; null unless it succeeded.</param>
/// <param name="Error">What went wrong, with where.</param>
/// <param name="RequestedBy">Who started it by hand; null when the schedule did.</param>
/// <param name="DurationMs">From start to end, in milliseconds.</param>
public sealed record JobRunView(
    string Id,
    string Job,
    JobOutcome Outcome,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    double? DurationMs,
    string? Worker,
    int? Changed,
    string? Error,
    string? RequestedBy
);

/// <summary>One job.</summary>
/// <param name="Schedule">In words, such as <c>every 00:00:05</c>.</param>
/// <param name="IntervalSeconds">Seconds from run to run; null for a daily job.</param>
/// <param name="DailyAt">Time of day in UTC, such as <c>03:20</c>; null for a job with an interval.</param>
public sealed record JobView(
    string Name,
    string Schedule,
    double? IntervalSeconds,
    string? DailyAt,
    JobState State,
    DateTimeOffset? NextRunAt,
    JobRunView? LastRun
);

/// <summary>The network desk's view of the jobs: look, start by hand, pause, resume. It works in every role; workers carry it out.</summary>
public sealed class JobDesk
{
    private readonly MarketplaceDbContext db;
    private readonly ActorContext actor;
    private readonly IEnumerable<JobDefinition> definitions;
    private readonly ISchedulerFactory schedulers;
    private readonly IChangeFeed changes;
    private readonly IdFactory ids;
    private readonly TimeProvider time;

    public JobDesk(
        MarketplaceDbContext db,
        ActorContext actor,
        IEnumerable<JobDefinition> definitions,
        ISchedulerFactory schedulers,
        IChangeFeed changes,
        IdFactory ids,
        TimeProvider time
    ) =>
        (this.db, this.actor, this.definitions, this.schedulers, this.changes, this.ids, this.time) = (
            db,
            actor,
            definitions,
            schedulers,
            changes,
            ids,
            time
        );

    /// <summary>Every job of this build, by name.</summary>
    public async Task<Outcome<IReadOnlyList<JobView>>> ListAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        var last = (await LastRunsAsync(ct)).ToDictionary(r => r.Job, StringComparer.Ordinal);
        IScheduler scheduler = await schedulers.GetScheduler(ct);
        List<JobView> views = [];
        foreach (JobDefinition job in definitions.OrderBy(d => d.Name, StringComparer.Ordinal))
            views.Add(await ViewAsync(scheduler, job, last.GetValueOrDefault(job.Name), ct));
        return views;
    }

    /// <summary>How many jobs' last run failed; 0 for whoever may not look.</summary>
    public async Task<int> FailingAsync(CancellationToken ct) =>
        actor.Current.Allows(Permission.PlatformRead) ? (await LastRunsAsync(ct)).Count(r => r.Outcome == JobOutcome.Failed) : 0;

    /// <summary>A job's runs, the newest first. Search looks into ids and errors.</summary>
    public async Task<Outcome<Page<JobRunView>>> RunsAsync(string name, PageQuery query, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (actor.Current.Check(Permission.PlatformRead) is { } refused)
            return refused;
        if (Find(name) is null)
            return Problem.NotFound("job", name);
        var runs = db.Set<JobRun>().AsNoTracking().Where(r => r.Job == name);
        if (query.Search is { Length: > 0 } search)
            runs = runs.Where(r => r.Id == search || (r.Error != null && r.Error.Contains(search)));
        long total = await runs.LongCountAsync(ct);
        if (query.Cursor is { } cursor)
            runs = runs.Where(r => string.Compare(r.Id, cursor) < 0);
        var rows = await runs.OrderByDescending(r => r.Id).Skip(query.Cursor is null ? query.Skip : 0).Take(query.Take + 1).ToListAsync(ct);
        return Paging.Cut(rows, query.Take, r => r.Id, ViewOf, total);
    }

    /// <summary>Asks for one run now, also of a paused job. The same key asks for the same run.</summary>
    public async Task<Outcome<JobRunView>> RunNowAsync(string name, string requestKey, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (Find(name) is null)
            return Problem.NotFound("job", name);
        IScheduler scheduler = await schedulers.GetScheduler(ct);
        if (!await scheduler.Exists(JobKeys.Job(name), ct))
            return NoWorker(name);
        JobRun run = await db.InTransactionAsync(token => RequestAsync(name, requestKey, token), ct);
        if (run.Outcome == JobOutcome.Requested)
            // After the commit, so that the worker finds the run. If the process dies in between, the caller's retry comes by here again.
            await scheduler.ScheduleTrigger(
                TriggerBuilder
                    .Create(time)
                    .WithIdentity(JobKeys.Requested(run.Id))
                    .ForJob(JobKeys.Job(name))
                    .UsingJobData(JobKeys.Run, run.Id)
                    .StartNow()
                    .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.FireNow))
                    .Build(),
                TriggerConflict.Keep,
                ct
            );
        return ViewOf(run);
    }

    /// <summary>The job leaves out its times until it is resumed. A run that has begun goes on.</summary>
    public Task<Outcome<Done>> PauseAsync(string name, CancellationToken ct) =>
        SwitchAsync(name, "job.paused", (scheduler, key) => scheduler.PauseTrigger(key, ct).AsTask(), ct);

    /// <summary>The job follows its schedule again; a time it left out is made up for once, at once.</summary>
    public Task<Outcome<Done>> ResumeAsync(string name, CancellationToken ct) =>
        SwitchAsync(name, "job.resumed", (scheduler, key) => scheduler.ResumeTrigger(key, ct).AsTask(), ct);

    private async Task<Outcome<Done>> SwitchAsync(
        string name,
        string action,
        Func<IScheduler, TriggerKey, Task> change,
        CancellationToken ct
    )
    {
        if (actor.Current.Check(Permission.PlatformWrite) is { } refused)
            return refused;
        if (Find(name) is null)
            return Problem.NotFound("job", name);
        IScheduler scheduler = await schedulers.GetScheduler(ct);
        if (!await scheduler.Exists(JobKeys.Schedule(name), ct))
            return NoWorker(name);
        await change(scheduler, JobKeys.Schedule(name));
        db.Audit(action, "job", name);
        changes.Announce(JobTopics.Jobs);
        await db.SaveChangesAsync(ct);
        return Done.Value;
    }

    private async Task<JobRun> RequestAsync(string name, string requestKey, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        int asked = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO platform.job_run (id, job, outcome, created_at, requested_by, request_key)
            VALUES ({ids.New(IdPrefix.JobRun)}, {name}, {nameof(JobOutcome.Requested)}, {now}, {actor.Current.Name}, {requestKey})
            ON CONFLICT (job, request_key) DO NOTHING
            """,
            ct
        );
        if (asked == 1)
            db.Audit("job.requested", "job", name);
        changes.Announce(JobTopics.Jobs);
        return await db.Set<JobRun>().AsNoTracking().FirstAsync(r => r.Job == name && r.RequestKey == requestKey, ct);
    }

    private Task<List<JobRun>> LastRunsAsync(CancellationToken ct)
    {
        string[] names = [.. definitions.Select(d => d.Name)];
        return db.Set<JobRun>()
            .FromSql(
                $"""
                SELECT r.* FROM unnest({names}) AS n
                CROSS JOIN LATERAL (SELECT * FROM platform.job_run WHERE job = n ORDER BY id DESC LIMIT 1) r
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
    }

    private JobDefinition? Find(string name) => definitions.FirstOrDefault(d => d.Name == name);

    private static Problem NoWorker(string name) =>
        Problem.Conflict("job-unscheduled", $"No worker has started since the job '{name}' exists. Start a process with the worker role.");

    private static async Task<JobView> ViewAsync(IScheduler scheduler, JobDefinition job, JobRun? last, CancellationToken ct)
    {
        TriggerKey key = JobKeys.Schedule(job.Name);
        ITrigger? trigger = await scheduler.GetTrigger(key, ct);
        JobState state =
            trigger is null ? JobState.Unscheduled
            : await scheduler.GetTriggerState(key, ct) == TriggerState.Paused ? JobState.Paused
            : JobState.Scheduled;
        return new JobView(
            job.Name,
            job.Schedule.ToString(),
            job.Schedule.Interval?.TotalSeconds,
            job.Schedule.At?.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture),
            state,
            state == JobState.Scheduled ? trigger?.NextFireTimeUtc : null,
            last is null ? null : ViewOf(last)
        );
    }

    private static JobRunView ViewOf(JobRun run) =>
        new(
            run.Id,
            run.Job,
            run.Outcome,
            run.CreatedAt,
            run.StartedAt,
            run.EndedAt,
            (run.EndedAt - run.StartedAt)?.TotalMilliseconds,
            run.Worker,
            run.Changed,
            run.Error,
            run.RequestedBy
        );
}

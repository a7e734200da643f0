using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace Marketplace.Platform.Jobs;

/// <summary>Brings the store up to this build's jobs and starts to run them. What the store knows beyond that (times, pauses) stays.</summary>
internal sealed partial class JobRunner(
    ISchedulerFactory schedulers,
    IEnumerable<JobDefinition> definitions,
    NpgsqlDataSource database,
    TimeProvider time,
    ILogger<JobRunner> log
) : IHostedService
{
    /// <summary>How long a stop waits for runs under way, and for the store to hear of them.</summary>
    public static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    // Any number that nothing else in this database uses: the letters "jobs" as bytes.
    private const long LockKey = 0x6a6f6273;

    private IScheduler? scheduler;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        scheduler = await PrepareAsync(cancellationToken);
        await scheduler.Start(cancellationToken);
    }

    /// <summary>Everything but the running.</summary>
    public async Task<IScheduler> PrepareAsync(CancellationToken ct)
    {
        IScheduler prepared = await schedulers.GetScheduler(ct);
        await BringUpToDateAsync(prepared, ct);
        return prepared;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (scheduler is null)
            return;
        Task ended = scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None).AsTask();
        try
        {
            await ended.WaitAsync(StopPatience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // A run that does not end, or a lock of the store that nobody gives back: a start after it, here or elsewhere, recovers both, as
            // after a process that was killed.
            StillRunning(StopPatience);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Jobs did not stop within {Patience}; what they hold is freed when the process ends"
    )]
    private partial void StillRunning(TimeSpan patience);

    // One worker at a time: two that start together would trip over each other's new and removed jobs.
    private async Task BringUpToDateAsync(IScheduler store, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var turn = new NpgsqlCommand($"select pg_advisory_xact_lock({LockKey})", connection, transaction);
        await turn.ExecuteNonQueryAsync(ct);
        var known = definitions.ToDictionary(d => d.Name, StringComparer.Ordinal);
        foreach (JobDefinition definition in known.Values)
            await PutAsync(store, definition, ct);
        foreach (JobKey key in await store.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(JobKeys.Group), ct))
            if (!known.ContainsKey(key.Name))
                await store.DeleteJob(key, ct);
        await transaction.CommitAsync(ct);
    }

    private async Task PutAsync(IScheduler to, JobDefinition definition, CancellationToken ct)
    {
        TriggerKey key = JobKeys.Schedule(definition.Name);
        await to.AddJob(
            JobBuilder.Create<RunJob>().WithIdentity(JobKeys.Job(definition.Name)).StoreDurably().RequestRecovery().Build(),
            AddJobOptions.Replacing,
            ct
        );
        if (await to.GetTrigger(key, ct) is not { } existing)
        {
            await to.ScheduleTrigger(TriggerOf(definition), TriggerConflict.Keep, ct);
            return;
        }
        if (existing.Description == definition.Schedule.ToString())
            return;
        bool paused = await to.GetTriggerState(key, ct) == TriggerState.Paused;
        await to.RescheduleJob(key, TriggerOf(definition), ct);
        if (paused)
            await to.PauseTrigger(key, ct);
    }

    private ITrigger TriggerOf(JobDefinition definition)
    {
        IScheduleBuilder schedule = definition.Schedule switch
        {
            { Interval: { } interval } => SimpleScheduleBuilder
                .Create()
                .WithInterval(interval)
                .RepeatForever()
                .WithMisfireInstruction(SimpleTriggerMisfireInstruction.NowWithRemainingCount),
            { At: { } at } => CronScheduleBuilder
                .Create($"0 {at.Minute} {at.Hour} * * ?")
                .InTimeZone(TimeZoneInfo.Utc)
                .WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed),
            _ => throw new InvalidOperationException($"The job {definition.Name} has no schedule."),
        };
        return TriggerBuilder
            .Create(time)
            .WithIdentity(JobKeys.Schedule(definition.Name))
            .WithDescription(definition.Schedule.ToString())
            .ForJob(JobKeys.Job(definition.Name))
            .StartNow()
            .WithSchedule(schedule)
            .Build();
    }
}

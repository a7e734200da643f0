using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Marketplace.Platform.Jobs;

/// <summary>
/// What Quartz runs for every job: finds the definition, runs it in a scope of its own and writes down how it went. A failure ends in the
/// history and the log, never in Quartz: the job runs again at its next time.
/// </summary>
[DisallowConcurrentExecution]
internal sealed partial class RunJob(
    IEnumerable<JobDefinition> definitions,
    JobHistory history,
    IServiceScopeFactory scopes,
    ILogger<RunJob> log
) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        string name = context.JobDetail.Key.Name;
        if (definitions.FirstOrDefault(d => d.Name == name) is not { } definition)
        {
            // A newer build has put it there: its workers run it.
            Unknown(name);
            return;
        }
        string? requested = context.MergedJobDataMap.TryGetString(JobKeys.Run, out string? id) ? id : null;
        if (await history.StartAsync(name, requested, context.Scheduler.SchedulerInstanceId, cancellationToken) is not { } run)
            return;
        try
        {
            int changed = await scopes.ActAsync<IServiceProvider, int>(
                Actor.System,
                services => definition.Run(services, cancellationToken)
            );
            await history.EndAsync(run, JobOutcome.Succeeded, changed, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await history.EndAsync(run, JobOutcome.Lost, null, "The worker was stopped while the job ran.");
        }
        catch (Exception e)
        {
            JobFailed(e, name, run);
            await history.EndAsync(run, JobOutcome.Failed, null, e.ToString());
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Job} failed, run {RunId}; it runs again at its next time")]
    private partial void JobFailed(Exception e, string job, string runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This build does not know the job {Job}")]
    private partial void Unknown(string job);
}

/// <summary>How jobs are named in Quartz's store.</summary>
internal static class JobKeys
{
    public const string Group = "marketplace";

    /// <summary>Key of a requested run's id in the trigger's data.</summary>
    public const string Run = "run";

    public static JobKey Job(string name) => new(name, Group);

    /// <summary>The trigger that follows the schedule; pausing it leaves runs by hand possible.</summary>
    public static TriggerKey Schedule(string name) => new(name, "schedule");

    /// <summary>The trigger of one run by hand.</summary>
    public static TriggerKey Requested(string runId) => new(runId, "by-hand");
}

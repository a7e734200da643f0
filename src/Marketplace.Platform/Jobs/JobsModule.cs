using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace Marketplace.Platform.Jobs;

/// <summary>Periodic jobs: modules say what runs when, the host says where.</summary>
public static class JobsModule
{
    /// <summary>The store's schema in PostgreSQL, made by a migration.</summary>
    public const string Schema = "jobs";

    private static readonly TimeSpan Checkin = TimeSpan.FromSeconds(10);

    // Later than this is a missed run. Short, because the jobs with an interval of seconds would otherwise catch up tick by tick.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    /// <summary>Registers a job. The web role knows it too, to show it and to start it by hand; only <see cref="AddJobRunner"/> runs it.</summary>
    public static IServiceCollection AddJob<TService>(
        this IServiceCollection services,
        string name,
        JobSchedule schedule,
        Func<TService, CancellationToken, Task<int>> run
    )
        where TService : notnull => services.AddJob(name, _ => schedule, run);

    /// <summary>Registers a job whose schedule is a setting.</summary>
    public static IServiceCollection AddJob<TService>(
        this IServiceCollection services,
        string name,
        Func<IServiceProvider, JobSchedule> schedule,
        Func<TService, CancellationToken, Task<int>> run
    )
        where TService : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(run);
        return services.AddSingleton(s => new JobDefinition(
            name,
            schedule(s),
            (scope, ct) => run(scope.GetRequiredService<TService>(), ct)
        ));
    }

    /// <summary>Runs the jobs in this process. Any number of processes may: each due run is carried out by one of them.</summary>
    public static IServiceCollection AddJobRunner(this IServiceCollection services) => services.AddHostedService<JobRunner>();

    /// <summary>The store, the desk and the history.</summary>
    internal static void AddJobs(this IServiceCollection services)
    {
        services.AddSingleton<JobHistory>();
        services.AddScoped<JobDesk>();
        services.AddScoped<JobRetention>();
        services.AddJob<JobRetention>(
            "platform-forget-runs",
            JobSchedule.DailyAt(new TimeOnly(3, 20)),
            (retention, ct) => retention.SweepAsync(ct)
        );
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "marketplace";
                scheduler.GenerateInstanceId = true;
            });
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = s => s.GetRequiredService<NpgsqlDataSource>());
                store.UseClustering(cluster => cluster.CheckinInterval = Checkin);
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = $"{Schema}.qrtz_";
                    options.MisfireThreshold = Late;
                    options.StoreJobDataAsStrings = true;
                });
            });
        });
    }
}

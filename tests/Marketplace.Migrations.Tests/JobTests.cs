using Marketplace.Platform.Jobs;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Migrations.Tests;

/// <summary>Jobs on the clustered store: once each, written down, by hand, paused, and over a restart.</summary>
public sealed class JobTests(PostgresFixture db) : IClassFixture<PostgresFixture>
{
    // A worker starts in seconds; on a machine that is busy with many tests it takes longer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly JobSchedule Rarely = JobSchedule.Every(TimeSpan.FromDays(300));
    private readonly Tally tally = new();

    private Action<IServiceCollection> Counting(JobSchedule schedule, params string[] names) =>
        services =>
        {
            services.AddSingleton(tally);
            foreach (string name in names)
                services.AddJob<Tally>(name, schedule, (t, _) => Task.FromResult(t.Count(name)));
        };

    [Fact]
    public async Task A_job_that_throws_is_written_down_and_runs_again()
    {
        await using var host = await JobHost.StartAsync(
            db,
            services =>
            {
                services.AddSingleton(tally);
                services.AddJob<Tally>(
                    "test-throws",
                    JobSchedule.Every(TimeSpan.FromSeconds(1)),
                    (t, _) => t.Count("test-throws") == 1 ? throw new InvalidOperationException("no luck today") : Task.FromResult(7)
                );
            }
        );
        await Eventually.HoldsAsync(
            async () => (await host.RunsAsync("test-throws")).Count(r => r.EndedAt is not null) >= 2,
            "two runs have ended",
            Patience
        );
        var runs = await host.RunsAsync("test-throws");
        Assert.Equal(JobOutcome.Failed, runs[0].Outcome);
        Assert.Contains("no luck today", runs[0].Error, StringComparison.Ordinal);
        Assert.Equal((JobOutcome.Succeeded, 7), (runs[1].Outcome, runs[1].Changed));
        Assert.All(runs.Take(2), r => Assert.True(r.StartedAt >= r.CreatedAt && r.EndedAt >= r.StartedAt && r.DurationMs >= 0));
        Assert.All(runs.Take(2), r => Assert.Null(r.RequestedBy));
    }

    [Fact]
    public async Task A_run_that_does_not_end_keeps_no_process_from_stopping()
    {
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        var never = new TaskCompletionSource<int>();
        var host = await JobHost.StartAsync(
            db,
            services =>
            {
                services.AddSingleton<TimeProvider>(time);
                services.AddSingleton(tally);
                services.AddJob<Tally>("test-stuck", Rarely, (t, _) => t.Count("test-stuck") > 0 ? never.Task : Task.FromResult(0));
            }
        );
        await Eventually.HoldsAsync(() => tally["test-stuck"] == 1, "the job to run", Patience);
        Task stopping = host.DisposeAsync().AsTask();
        Assert.False(stopping.IsCompleted);
        // When the stop begins to wait is its own matter: other timers come and go meanwhile.
        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(JobRunner.StopPatience);
                return stopping.IsCompleted;
            },
            "the stop to end",
            Patience
        );
        await stopping;
        never.SetResult(0);
    }

    [Fact]
    public async Task Two_hosts_run_each_due_job_once()
    {
        string[] due = [.. Enumerable.Range(1, 12).Select(i => $"test-due-{i:D2}")];
        string[] all = [.. due, "test-last"];
        var starting = new[] { JobHost.StartAsync(db, Counting(Rarely, all)), JobHost.StartAsync(db, Counting(Rarely, all)) };
        await using var one = await starting[0];
        await using var two = await starting[1];
        await Eventually.HoldsAsync(() => all.All(name => tally[name] >= 1), "each job has run", Patience);
        // Whatever a second host would still have in hand comes before a run that is asked for now.
        JobHost.Ok(await two.DeskAsync(d => d.RunNowAsync("test-last", "after-all", default)));
        await Eventually.HoldsAsync(() => tally["test-last"] >= 2, "the last job has run by hand", Patience);
        Assert.All(due, name => Assert.Equal(1, tally[name]));
        foreach (string name in due)
            Assert.Single(await one.RunsAsync(name));
    }

    [Fact]
    public async Task Runs_of_a_job_never_overlap()
    {
        Action<IServiceCollection> slow = services =>
        {
            services.AddSingleton(tally);
            services.AddJob<Tally>("test-slow", JobSchedule.Every(TimeSpan.FromSeconds(1)), (t, ct) => t.CountSlowlyAsync("test-slow", ct));
        };
        await using var one = await JobHost.StartAsync(db, slow);
        await using var two = await JobHost.StartAsync(db, slow);
        await Eventually.HoldsAsync(() => tally["test-slow"] >= 3, "three slow runs", Patience);
        Assert.Equal(1, tally.MostAtOnce);
    }

    [Fact]
    public async Task A_job_asked_for_by_hand_runs_once_per_request()
    {
        await using var worker = await JobHost.StartAsync(db, Counting(Rarely, "test-hand"));
        await Eventually.HoldsAsync(() => tally["test-hand"] == 1, "the first scheduled run", Patience);
        // The web role asks, a worker runs.
        await using var web = await JobHost.StartAsync(db, Counting(Rarely, "test-hand"), runs: false);
        var asked = JobHost.Ok(await web.DeskAsync(d => d.RunNowAsync("test-hand", "key-1", default)));
        var again = JobHost.Ok(await web.DeskAsync(d => d.RunNowAsync("test-hand", "key-1", default)));
        Assert.Equal(asked.Id, again.Id);
        Assert.Equal("Ada", asked.RequestedBy);
        await Eventually.HoldsAsync(() => tally["test-hand"] >= 2, "the run by hand", Patience);
        var late = JobHost.Ok(await web.DeskAsync(d => d.RunNowAsync("test-hand", "key-1", default)));
        Assert.Equal(asked.Id, late.Id);
        JobHost.Ok(await web.DeskAsync(d => d.RunNowAsync("test-hand", "key-2", default)));
        await Eventually.HoldsAsync(
            async () => (await web.RunsAsync("test-hand")).Count(r => r.Outcome == JobOutcome.Succeeded) == 3,
            "the second run by hand",
            Patience
        );
        Assert.Equal(3, tally["test-hand"]);
    }

    [Fact]
    public async Task A_restart_finds_times_and_pauses_as_they_were_and_takes_new_schedules()
    {
        await using (var first = await JobHost.StartAsync(db, Counting(Rarely, "test-kept", "test-paused", "test-gone")))
        {
            await Eventually.HoldsAsync(() => tally["test-paused"] == 1 && tally["test-kept"] == 1, "the first runs", Patience);
            JobHost.Ok(await first.DeskAsync(d => d.PauseAsync("test-paused", default)));
            Assert.Equal(JobState.Paused, (await first.JobAsync("test-paused")).State);
        }
        await using var second = await JobHost.StartAsync(
            db,
            services =>
            {
                Counting(Rarely, "test-kept")(services);
                Counting(JobSchedule.Every(TimeSpan.FromDays(200)), "test-paused")(services);
            }
        );
        JobView kept = await second.JobAsync("test-kept");
        Assert.Equal(JobState.Scheduled, kept.State);
        Assert.True(kept.NextRunAt > kept.LastRun!.StartedAt);
        JobView paused = await second.JobAsync("test-paused");
        Assert.Equal((JobState.Paused, "every 200.00:00:00"), (paused.State, paused.Schedule));
        // By hand also a paused job runs, and what is no longer a job is gone.
        JobHost.Ok(await second.DeskAsync(d => d.RunNowAsync("test-paused", "by-hand", default)));
        await Eventually.HoldsAsync(() => tally["test-paused"] == 2, "the paused job by hand", Patience);
        Assert.Equal((1, 1), (tally["test-kept"], tally["test-gone"]));
        Assert.Equal(0L, await ScalarAsync("select count(*) from jobs.qrtz_job_details where job_name = 'test-gone'"));
        JobHost.Ok(await second.DeskAsync(d => d.ResumeAsync("test-paused", default)));
        Assert.Equal(JobState.Scheduled, (await second.JobAsync("test-paused")).State);
    }

    [Fact]
    public async Task A_run_whose_worker_died_is_written_down_as_lost()
    {
        await ExecuteAsync(
            "insert into platform.job_run (id, job, outcome, created_at, started_at, worker) values ('run_0', 'test-lost', 'Running', now(), now(), 'dead')"
        );
        await using var host = await JobHost.StartAsync(db, Counting(Rarely, "test-lost"));
        await Eventually.HoldsAsync(
            async () => (await host.RunsAsync("test-lost")).Any(r => r.Outcome == JobOutcome.Succeeded),
            "the job has run",
            Patience
        );
        var lost = (await host.RunsAsync("test-lost"))[0];
        Assert.Equal(("run_0", JobOutcome.Lost), (lost.Id, lost.Outcome));
        Assert.Contains("dead", lost.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_desk_looks_and_only_its_admins_act()
    {
        await using var web = await JobHost.StartAsync(db, Counting(Rarely, "test-never"), runs: false);
        var customer = new Actor("org_1", PartyKinds.Customer, MemberRole.Owner);
        var viewer = JobHost.Desk with { Role = MemberRole.Viewer };
        Assert.Equal(ProblemKind.Forbidden, (await web.DeskAsync(d => d.ListAsync(default), customer)).Problem!.Kind);
        Assert.Equal(
            ProblemKind.Forbidden,
            (await web.DeskAsync(d => d.RunsAsync("test-never", new PageQuery(), default), customer)).Problem!.Kind
        );
        Assert.Equal(ProblemKind.Forbidden, (await web.DeskAsync(d => d.RunNowAsync("test-never", "k", default), viewer)).Problem!.Kind);
        Assert.Equal(ProblemKind.Forbidden, (await web.DeskAsync(d => d.PauseAsync("test-never", default), viewer)).Problem!.Kind);
        Assert.Equal(ProblemKind.NotFound, (await web.DeskAsync(d => d.RunNowAsync("nothing", "k", default))).Problem!.Kind);
        // No worker has ever put it into the store.
        Assert.Equal("job-unscheduled", (await web.DeskAsync(d => d.RunNowAsync("test-never", "k", default))).Problem!.Code);
        Assert.Equal(JobState.Unscheduled, (await web.JobAsync("test-never")).State);
    }

    [Fact]
    public async Task Old_runs_go_and_what_somebody_may_ask_about_stays()
    {
        await using var services = TestServices.Over(db, _ => { });
        var now = services.Time.GetUtcNow();
        await ExecuteAsync(
            $"""
            insert into platform.job_run (id, job, outcome, created_at, ended_at, changed)
            select 'run_' || kind || days, 'test-old', case kind when 'failed' then 'Failed' else 'Succeeded' end, t, t,
                   case kind when 'idle' then 0 when 'busy' then 3 end
            from unnest(array['idle', 'busy', 'failed']) kind, unnest(array[0, 2, 31]) days,
                 lateral (select timestamptz '{now:yyyy-MM-dd HH:mm:ss}Z' - days * interval '1 day') as a(t)
            """
        );
        int gone = await services.ActAsync<JobRetention, int>(Actor.System, r => r.SweepAsync(default));
        Assert.True(gone >= 4);
        Assert.Equal(
            "run_busy0,run_busy2,run_failed0,run_failed2,run_idle0",
            await ScalarAsync("select string_agg(id, ',' order by id) from platform.job_run where job = 'test-old'")
        );
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

using Marketplace.Platform;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Migrations.Tests;

/// <summary>A process with jobs over a test database, as the worker role is one.</summary>
internal sealed class JobHost : IAsyncDisposable
{
    public static readonly Actor Desk = new("org_desk", PartyKinds.Platform, MemberRole.Admin) { Name = "Ada" };
    private readonly IHost host;

    private JobHost(IHost host) => this.host = host;

    public static async Task<JobHost> StartAsync(PostgresFixture db, Action<IServiceCollection> jobs, bool runs = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Critical);
        builder.Services.AddSingleton<NpgsqlDataSource>(db.DataSource);
        builder.Services.AddPlatform();
        jobs(builder.Services);
        if (runs)
            builder.Services.AddJobRunner();
        var built = builder.Build();
        await built.StartAsync();
        return new JobHost(built);
    }

    public Task<T> DeskAsync<T>(Func<JobDesk, Task<T>> use, Actor? actor = null) =>
        host.Services.GetRequiredService<IServiceScopeFactory>().ActAsync(actor ?? Desk, use);

    public async Task<JobView> JobAsync(string name) => Ok(await DeskAsync(d => d.ListAsync(default))).Single(j => j.Name == name);

    /// <summary>The job's runs, the oldest first.</summary>
    public async Task<IReadOnlyList<JobRunView>> RunsAsync(string name) =>
        [.. Ok(await DeskAsync(d => d.RunsAsync(name, new PageQuery(), default))).Items.Reverse()];

    public static T Ok<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.IsOk, outcome.Problem?.Detail);
        return outcome.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}

/// <summary>What jobs count in, shared by the hosts of a test.</summary>
internal sealed class Tally
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> counts = new(StringComparer.Ordinal);
    private int now;
    private int most;

    public int this[string job] => counts.GetValueOrDefault(job);

    /// <summary>The most runs of one job that were under way at once.</summary>
    public int MostAtOnce => most;

    public int Count(string job) => counts.AddOrUpdate(job, 1, (_, count) => count + 1);

    public async Task<int> CountSlowlyAsync(string job, CancellationToken ct)
    {
        int entered = Interlocked.Increment(ref now);
        most = Math.Max(most, entered);
        await Task.Delay(TimeSpan.FromMilliseconds(1200), TimeProvider.System, ct);
        Interlocked.Decrement(ref now);
        return Count(job);
    }
}

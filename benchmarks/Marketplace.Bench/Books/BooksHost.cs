using Marketplace.Billing;
using Marketplace.Migrations;
using Marketplace.Platform;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Bench.Books;

/// <summary>
/// The billing room on a private PostgreSQL with the settings of the product: fsync on, synchronous commit, every guard. No workers run
/// beside what is measured.
/// </summary>
internal sealed class BooksHost : IAsyncDisposable
{
    private readonly EmbeddedPostgres server;
    private readonly ServiceProvider services;

    private BooksHost(EmbeddedPostgres server, ServiceProvider services, ServerProcesses processes) =>
        (this.server, this.services, Processes) = (server, services, processes);

    public ServerProcesses Processes { get; }
    public string OwnerConnectionString => server.OwnerConnectionString;
    public NpgsqlDataSource Source => services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<BooksHost> StartAsync(BenchmarkContext context, CancellationToken ct, Action<IServiceCollection>? add = null)
    {
        EmbeddedPostgres started = await EmbeddedPostgres.StartAsync(
            new PostgresOptions { Directory = Path.Combine(context.WorkFolder, "books") },
            NullLogger.Instance,
            ct
        );
        await new MigrationRunner(MigrationCatalog.Load(), NullLogger.Instance).ApplyAsync(started.OwnerConnectionString, ct);
        var collection = new ServiceCollection();
        collection.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Error).AddSimpleConsole());
        collection.AddSingleton(_ => PostgresSource.Open(started.ConnectionString));
        collection.AddPlatform();
        add?.Invoke(collection);
        collection.AddScoped<LedgerWork>();
        collection.AddBilling(new ConfigurationBuilder().Build());
        ServiceProvider provider = collection.BuildServiceProvider();
        return new BooksHost(started, provider, await ServerProcesses.OfAsync(provider.GetRequiredService<NpgsqlDataSource>(), ct));
    }

    public Task<T> ActAsync<TService, T>(Actor actor, Func<TService, Task<T>> action)
        where TService : notnull => services.GetRequiredService<IServiceScopeFactory>().ActAsync(actor, action);

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await server.DisposeAsync();
    }
}

using Marketplace.Billing;
using Marketplace.Billing.Contracts;
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

    private BooksHost(EmbeddedPostgres server, ServiceProvider services, ServerProcesses processes)
    {
        (this.server, this.services, Processes) = (server, services, processes);
        Owner = NpgsqlDataSource.Create(server.OwnerConnectionString);
    }

    /// <summary>The tables' owner, for what the application may not do.</summary>
    public NpgsqlDataSource Owner { get; }

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
        collection.AddBilling(new ConfigurationBuilder().AddInMemoryCollection([new("Billing:BankTransfer:BookAtOnce", "true")]).Build());
        ServiceProvider provider = collection.BuildServiceProvider();
        return new BooksHost(started, provider, await ServerProcesses.OfAsync(provider.GetRequiredService<NpgsqlDataSource>(), ct));
    }

    public Task<T> ActAsync<TService, T>(Actor actor, Func<TService, Task<T>> action)
        where TService : notnull => services.GetRequiredService<IServiceScopeFactory>().ActAsync(actor, action);

    /// <summary>Figures of books that do not balance would be worth nothing.</summary>
    /// <param name="except">An invariant that the benchmark's rows do not keep, because they were not made by the room that keeps it.</param>
    public async Task AssertBalancedAsync(string? except, CancellationToken ct)
    {
        BooksReport report = await ActAsync<ILedger, BooksReport>(Actor.System, ledger => ledger.CheckBooksAsync(ct));
        if (report.Invariants.FirstOrDefault(i => !i.Holds && i.Invariant != except) is { } broken)
            throw new BenchmarkException($"The books break {broken.Invariant}: {string.Join("; ", report.Breaks.Take(5))}");
    }

    public async ValueTask DisposeAsync()
    {
        await Owner.DisposeAsync();
        await services.DisposeAsync();
        await server.DisposeAsync();
    }
}

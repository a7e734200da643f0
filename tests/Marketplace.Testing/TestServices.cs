using Marketplace.Platform;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Testing;

/// <summary>The product's services over a test database, with a clock that only the test moves. Background services are not started.</summary>
public sealed class TestServices : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    private TestServices(ServiceProvider provider, ManualTimeProvider time)
    {
        _provider = provider;
        Time = time;
    }

    public ManualTimeProvider Time { get; }
    public IServiceProvider Services => _provider;

    /// <param name="db">The class's database.</param>
    /// <param name="add">Adds the modules under test; the platform is there already. A later registration replaces an earlier one.</param>
    /// <param name="time">A clock shared with something else; by default a new one.</param>
    public static TestServices Over(PostgresFixture db, Action<IServiceCollection> add, ManualTimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(add);
        var clock = time ?? new ManualTimeProvider();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        services.AddSingleton<TimeProvider>(clock);
        // A factory, so that the provider does not dispose what belongs to the class.
        services.AddSingleton<NpgsqlDataSource>(db.DataSource);
        services.AddPlatform();
        add(services);
        return new TestServices(services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true }), clock);
    }

    /// <summary>Runs one action in a scope of its own, as an actor: what a page, an endpoint or a worker does.</summary>
    public Task<TResult> ActAsync<TService, TResult>(Actor actor, Func<TService, Task<TResult>> action)
        where TService : notnull => _provider.GetRequiredService<IServiceScopeFactory>().ActAsync(actor, action);

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}

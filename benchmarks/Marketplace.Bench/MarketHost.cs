using Marketplace.Billing;
using Marketplace.Market;
using Marketplace.Migrations;
using Marketplace.Orders;
using Marketplace.Platform;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Provisioning;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Bench;

/// <summary>The rooms and their workers on a private PostgreSQL with fsync on, without the portal.</summary>
internal sealed class MarketHost : IAsyncDisposable
{
    private readonly MarketplaceDatabase database;
    private readonly IHost host;

    private MarketHost(MarketplaceDatabase database, IHost host) => (this.database, this.host) = (database, host);

    public IServiceScopeFactory Scopes => host.Services.GetRequiredService<IServiceScopeFactory>();
    public NpgsqlDataSource Source => host.Services.GetRequiredService<NpgsqlDataSource>();

    /// <param name="add">What a benchmark adds or puts in the place of a room's service.</param>
    public static async Task<MarketHost> StartAsync(BenchmarkContext context, Action<IServiceCollection> add, CancellationToken ct)
    {
        var opened = await MarketplaceDatabase.OpenAsync(
            new PostgresOptions { Directory = Path.Combine(context.WorkFolder, "market") },
            NullLoggerFactory.Instance,
            ct
        );
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddSimpleConsole();
        builder.Services.AddSingleton(_ => PostgresSource.Open(opened.ConnectionString));
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddPlatform();
        builder.Services.AddMarket();
        builder.Configuration["Billing:BankTransfer:BookAtOnce"] = "true";
        builder.Services.AddBilling(builder.Configuration);
        builder.Services.AddProvisioning(builder.Configuration);
        builder.Services.AddOrders(builder.Configuration);
        builder.Services.AddOutboxDispatcher();
        builder.Services.AddOrdersWorker();
        add(builder.Services);
        var market = new MarketHost(opened, builder.Build());
        await market.host.StartAsync(ct);
        return market;
    }

    public Task<T> ActAsync<TService, T>(Actor actor, Func<TService, Task<T>> action)
        where TService : notnull => Scopes.ActAsync(actor, action);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        await database.DisposeAsync();
    }
}

using Marketplace.Billing;
using Marketplace.Market;
using Marketplace.Migrations;
using Marketplace.Orders;
using Marketplace.Orders.Contracts;
using Marketplace.Platform;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Provisioning;
using Marketplace.Provisioning.Contracts;
using Marketplace.Simulator;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Bench;

/// <summary>A small market on one simulated cluster: center, operator and customer, everything on sale, credit in the wallet.</summary>
internal sealed class SliceMarket : IAsyncDisposable
{
    private readonly MarketplaceDatabase database;
    private readonly SimulatedCluster cluster;
    private readonly IHost host;
    private Actor customer = null!;

    private SliceMarket(MarketplaceDatabase database, SimulatedCluster cluster, IHost host) =>
        (this.database, this.cluster, this.host) = (database, cluster, host);

    private IServiceScopeFactory Scopes => host.Services.GetRequiredService<IServiceScopeFactory>();

    public static async Task<SliceMarket> StartAsync(BenchmarkContext context, CancellationToken ct)
    {
        context.Log("starting PostgreSQL, a simulated cluster and the workers");
        var opened = await MarketplaceDatabase.OpenAsync(
            new PostgresOptions { Directory = Path.Combine(context.WorkFolder, "slice") },
            NullLoggerFactory.Instance,
            ct
        );
        var simulated = await SimulatedCluster.StartAsync(new SimulatedClusterOptions { Name = "bench", Fleet = "cloud-nvidia" }, ct: ct);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddSimpleConsole();
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(opened.ConnectionString));
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddPlatform();
        builder.Services.AddMarket();
        builder.Services.AddBilling(builder.Configuration);
        builder.Services.AddProvisioning(builder.Configuration);
        builder.Services.AddOrders(builder.Configuration);
        builder.Services.AddOutboxDispatcher();
        builder.Services.AddOrdersWorker();
        builder.Services.AddProvisioningWorker();
        var market = new SliceMarket(opened, simulated, builder.Build());
        await market.host.StartAsync(ct);
        await market.FillAsync(ct);
        return market;
    }

    public Task<T> AsCustomerAsync<TService, T>(Func<TService, Task<T>> action)
        where TService : notnull => Scopes.ActAsync(customer, action);

    /// <summary>Waits by push until the contract is Active.</summary>
    public async Task ActiveAsync(string contractId, TimeSpan limit, CancellationToken ct)
    {
        await using var scope = Scopes.CreateAsyncScope();
        using var changes = scope.ServiceProvider.GetRequiredService<IChangeFeed>().Subscribe($"contract:{contractId}");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(limit);
        while (true)
        {
            ContractView? contract = await AsCustomerAsync<IContracts, ContractView?>(c => c.FindAsync(contractId, deadline.Token));
            if (contract?.ReadyAt is not null)
                return;
            await changes.WaitAsync(TimeSpan.FromSeconds(1), deadline.Token);
        }
    }

    private async Task FillAsync(CancellationToken ct)
    {
        var parties = await MarketFill.PartiesAsync(Scopes, ct);
        customer = parties.Customer;
        Actor center = parties.Center;
        var site = await MarketFill.SiteAsync(Scopes, center, ct);
        var connected = MarketFill.Value(
            await Scopes.ActAsync<IClusters, Outcome<ClusterView>>(
                center,
                c => c.ConnectAsync(new ConnectCluster(site.Id, "bench", cluster.KubeConfig), ct)
            )
        );
        while (connected is not { State: ClusterState.Connected, Devices.Count: > 0 })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
            connected = (await Scopes.ActAsync<IClusters, ClusterView?>(center, c => c.FindAsync(connected.Id, ct)))!;
        }
        foreach (DeviceCount device in connected.Devices.Where(d => d.Healthy > 0))
            await MarketFill.SellAsync(Scopes, parties, connected.Id, device.Model, device.Healthy, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        await cluster.DisposeAsync();
        await database.DisposeAsync();
    }
}

using Marketplace.Billing;
using Marketplace.Market;
using Marketplace.Migrations;
using Marketplace.Orders;
using Marketplace.Platform;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Provisioning;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Marketplace.Bench;

/// <summary>
/// A market with one large cluster that exists as an inventory only: what is measured is the marketplace, not the simulated machines.
/// </summary>
internal sealed class BulkMarket : IAsyncDisposable
{
    public const string Model = "H100-80G";
    private const int CardsPerNode = 8;
    private readonly MarketplaceDatabase database;
    private readonly IHost host;
    private Actor customer = null!;

    private BulkMarket(MarketplaceDatabase database, IHost host) => (this.database, this.host) = (database, host);

    private IServiceScopeFactory Scopes => host.Services.GetRequiredService<IServiceScopeFactory>();

    /// <param name="cards">Cards on sale.</param>
    public static async Task<BulkMarket> StartAsync(BenchmarkContext context, int cards, CancellationToken ct)
    {
        var opened = await MarketplaceDatabase.OpenAsync(
            new PostgresOptions { Directory = Path.Combine(context.WorkFolder, "bulk") },
            NullLoggerFactory.Instance,
            ct
        );
        var inventories = new LargeInventory();
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(opened.ConnectionString));
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddPlatform();
        builder.Services.AddMarket();
        builder.Services.AddBilling(builder.Configuration);
        builder.Services.AddProvisioning(builder.Configuration);
        builder.Services.AddSingleton<IInventories>(inventories);
        builder.Services.AddOrders(builder.Configuration);
        builder.Services.AddOutboxDispatcher();
        builder.Services.AddOrdersWorker();
        var market = new BulkMarket(opened, builder.Build());
        await market.host.StartAsync(ct);
        var parties = await MarketFill.PartiesAsync(market.Scopes, ct);
        market.customer = parties.Customer;
        var site = await MarketFill.SiteAsync(market.Scopes, parties.Center, ct);
        string cluster = await market.ConnectAsync(parties.Center, site.Id, ct);
        inventories.Put(cluster, site.Id, cards, TimeProvider.System.GetUtcNow());
        await MarketFill.SellAsync(market.Scopes, parties, cluster, Model, cards, ct);
        return market;
    }

    public Task<T> AsCustomerAsync<TService, T>(Func<TService, Task<T>> action)
        where TService : notnull => Scopes.ActAsync(customer, action);

    // There is no API server to connect to: the row is all the marketplace asks for.
    private async Task<string> ConnectAsync(Actor center, string siteId, CancellationToken ct)
    {
        const string Id = "clu_bench";
        var source = host.Services.GetRequiredService<NpgsqlDataSource>();
        await using var command = source.CreateCommand(
            """
            insert into provisioning.cluster(id, party_id, site_id, name, encrypted_kubeconfig, server, state, created_at, inventory_version)
            values ($1, $2, $3, 'bench', '', 'https://127.0.0.1', 'Connected', now(), 1)
            """
        );
        command.Parameters.Add(new NpgsqlParameter { Value = Id });
        command.Parameters.Add(new NpgsqlParameter { Value = center.PartyId });
        command.Parameters.Add(new NpgsqlParameter { Value = siteId });
        await command.ExecuteNonQueryAsync(ct);
        return Id;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        await database.DisposeAsync();
    }

    private sealed class LargeInventory : IInventories
    {
        private ClusterInventoryView? only;

        public ValueTask<ClusterInventoryView?> FindAsync(string clusterId, CancellationToken ct) =>
            ValueTask.FromResult(only?.ClusterId == clusterId ? only : null);

        public void Put(string clusterId, string siteId, int cards, DateTimeOffset at) =>
            only = new ClusterInventoryView(
                clusterId,
                siteId,
                ClusterState.Connected,
                1,
                [.. Enumerable.Range(0, (cards + CardsPerNode - 1) / CardsPerNode).Select(n => Node(clusterId, n))],
                [],
                at
            );

        private static Node Node(string clusterId, int number) =>
            new()
            {
                Id = $"{clusterId}/n{number}",
                ClusterId = clusterId,
                Architecture = CpuArchitecture.X64,
                CpuMilli = 192_000,
                MemoryMib = 2_000_000,
                FreeCpuMilli = 192_000,
                FreeMemoryMib = 2_000_000,
                Devices =
                [
                    .. Enumerable
                        .Range(0, CardsPerNode)
                        .Select(d => new Device
                        {
                            Id = $"d{d}",
                            Vendor = "NVIDIA",
                            Model = Model,
                            Stack = "CUDA",
                            MemoryMib = 81_920,
                            FreeComputeMilli = Device.FullComputeMilli,
                            FreeMemoryMib = 81_920,
                            Sharing = new WholeOnly(),
                        }),
                ],
            };
    }
}

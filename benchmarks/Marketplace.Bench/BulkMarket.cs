using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Bench;

/// <summary>
/// A market with one large cluster that exists as an inventory only: what is measured is the marketplace, not the simulated machines.
/// </summary>
internal sealed class BulkMarket : IAsyncDisposable
{
    public const string Model = "H100-80G";
    private const int CardsPerNode = 8;
    private readonly MarketHost host;
    private Actor customer = null!;

    private BulkMarket(MarketHost host) => this.host = host;

    /// <param name="cards">Cards on sale.</param>
    public static async Task<BulkMarket> StartAsync(BenchmarkContext context, int cards, CancellationToken ct)
    {
        var inventories = new LargeInventory();
        var market = new BulkMarket(await MarketHost.StartAsync(context, s => s.AddSingleton<IInventories>(inventories), ct));
        var scopes = market.host.Scopes;
        var parties = await MarketFill.PartiesAsync(scopes, ct);
        market.customer = parties.Customer;
        var site = await MarketFill.SiteAsync(scopes, parties.Center, ct);
        string cluster = await market.ConnectAsync(parties.Center, site.Id, ct);
        inventories.Put(cluster, site.Id, cards, TimeProvider.System.GetUtcNow());
        await MarketFill.SellAsync(scopes, parties, cluster, Model, cards, ct);
        return market;
    }

    public Task<T> AsCustomerAsync<TService, T>(Func<TService, Task<T>> action)
        where TService : notnull => host.ActAsync(customer, action);

    // There is no API server to connect to: the row is all the marketplace asks for.
    private async Task<string> ConnectAsync(Actor center, string siteId, CancellationToken ct)
    {
        const string Id = "clu_bench";
        await using var command = host.Source.CreateCommand(
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

    public ValueTask DisposeAsync() => host.DisposeAsync();

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

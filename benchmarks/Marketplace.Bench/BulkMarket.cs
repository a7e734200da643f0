using System.Collections.Concurrent;
using System.Globalization;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Bench;

/// <summary>
/// A market with large clusters that exist as inventories only: what is measured is the marketplace, not the simulated machines.
/// </summary>
internal sealed class BulkMarket : IAsyncDisposable
{
    public const string Model = "H100-80G";
    private const int CardsPerNode = 8;
    private readonly MarketHost host;
    private readonly LargeInventory inventories;
    private MarketParties parties = null!;
    private int clusters;

    private BulkMarket(MarketHost host, LargeInventory inventories) => (this.host, this.inventories) = (host, inventories);

    /// <param name="cards">Cards on sale.</param>
    public static async Task<BulkMarket> StartAsync(BenchmarkContext context, int cards, CancellationToken ct)
    {
        var machines = new LargeInventory();
        var market = new BulkMarket(await MarketHost.StartAsync(context, s => s.AddSingleton<IInventories>(machines), ct), machines);
        market.parties = await MarketFill.PartiesAsync(market.host.Scopes, ct);
        await market.AddAsync("bench", cards, 1, ct);
        return market;
    }

    /// <summary>One more cluster, at a site of its own, with all its cards on sale.</summary>
    public async Task AddAsync(string region, int cards, decimal price, CancellationToken ct)
    {
        var site = await MarketFill.SiteAsync(host.Scopes, parties.Center, ct, region);
        string cluster = await ConnectAsync(parties.Center, site.Id, ct);
        inventories.Put(cluster, site.Id, cards, TimeProvider.System.GetUtcNow());
        await MarketFill.SellAsync(host.Scopes, parties, cluster, Model, cards, ct, price);
    }

    public Task<T> AsCustomerAsync<TService, T>(Func<TService, Task<T>> action)
        where TService : notnull => host.ActAsync(parties.Customer, action);

    // There is no API server to connect to: the row is all the marketplace asks for.
    private async Task<string> ConnectAsync(Actor center, string siteId, CancellationToken ct)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"clu_bench{clusters++}");
        await using var command = host.Source.CreateCommand(
            """
            insert into provisioning.cluster(id, party_id, site_id, name, encrypted_kubeconfig, server, state, created_at, inventory_version)
            values ($1, $2, $3, $1, '', 'https://127.0.0.1', 'Connected', now(), 1)
            """
        );
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        command.Parameters.Add(new NpgsqlParameter { Value = center.PartyId });
        command.Parameters.Add(new NpgsqlParameter { Value = siteId });
        await command.ExecuteNonQueryAsync(ct);
        return id;
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private sealed class LargeInventory : IInventories
    {
        private readonly ConcurrentDictionary<string, ClusterInventoryView> all = new(StringComparer.Ordinal);

        public ValueTask<ClusterInventoryView?> FindAsync(string clusterId, CancellationToken ct) =>
            ValueTask.FromResult(all.GetValueOrDefault(clusterId));

        public void Put(string clusterId, string siteId, int cards, DateTimeOffset at) =>
            all[clusterId] = new ClusterInventoryView(
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

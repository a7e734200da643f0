using Marketplace.Orders.Contracts;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning;
using Marketplace.Provisioning.Contracts;
using Marketplace.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Bench;

/// <summary>A small market on one simulated cluster: center, operator and customer, everything on sale, credit in the wallet.</summary>
internal sealed class SliceMarket : IAsyncDisposable
{
    private readonly SimulatedCluster cluster;
    private readonly MarketHost host;
    private Actor customer = null!;

    private SliceMarket(SimulatedCluster cluster, MarketHost host) => (this.cluster, this.host) = (cluster, host);

    public static async Task<SliceMarket> StartAsync(BenchmarkContext context, CancellationToken ct)
    {
        context.Log("starting PostgreSQL, a simulated cluster and the workers");
        var simulated = await SimulatedCluster.StartAsync(new SimulatedClusterOptions { Name = "bench", Fleet = "cloud-nvidia" }, ct: ct);
        var market = new SliceMarket(simulated, await MarketHost.StartAsync(context, services => services.AddProvisioningWorker(), ct));
        await market.FillAsync(ct);
        return market;
    }

    public Task<T> AsCustomerAsync<TService, T>(Func<TService, Task<T>> action)
        where TService : notnull => host.ActAsync(customer, action);

    /// <summary>Waits by push until the contract is Active.</summary>
    public async Task ActiveAsync(string contractId, TimeSpan limit, CancellationToken ct)
    {
        await using var scope = host.Scopes.CreateAsyncScope();
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
        var parties = await MarketFill.PartiesAsync(host.Scopes, ct);
        customer = parties.Customer;
        Actor center = parties.Center;
        var site = await MarketFill.SiteAsync(host.Scopes, center, ct);
        var connected = MarketFill.Value(
            await host.ActAsync<IClusters, Outcome<ClusterView>>(
                center,
                c => c.ConnectAsync(new ConnectCluster(site.Id, "bench", cluster.KubeConfig), ct)
            )
        );
        while (connected is not { State: ClusterState.Connected, Devices.Count: > 0 })
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
            connected = (await host.ActAsync<IClusters, ClusterView?>(center, c => c.FindAsync(connected.Id, ct)))!;
        }
        foreach (DeviceCount device in connected.Devices.Where(d => d.Healthy > 0))
            await MarketFill.SellAsync(host.Scopes, parties, connected.Id, device.Model, device.Healthy, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await cluster.DisposeAsync();
    }
}

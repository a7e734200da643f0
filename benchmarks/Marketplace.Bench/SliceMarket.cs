using Marketplace.Billing;
using Marketplace.Billing.Contracts;
using Marketplace.Market;
using Marketplace.Market.Contracts;
using Marketplace.Migrations;
using Marketplace.Orders;
using Marketplace.Orders.Contracts;
using Marketplace.Platform;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Postgres;
using Marketplace.Provisioning;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
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
        Actor center = await PartyAsync("Bench center", PartyKinds.Center, ct);
        Actor seller = await PartyAsync("Bench operator", PartyKinds.Operator, ct);
        customer = await PartyAsync("Bench customer", PartyKinds.Customer, ct);
        var site = Value(
            await Scopes.ActAsync<ISupply, Outcome<SiteView>>(
                center,
                s => s.CreateSiteAsync(new CreateSite("Bench", "基准", "bench", "CN", SiteTier.Cloud, 31, 121), ct)
            )
        );
        var connected = Value(
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
            await SellAsync(connected.Id, device, center, seller, ct);
        Value(
            await Scopes.ActAsync<IPayments, Outcome<PaymentView>>(
                customer,
                p => p.TopUpAsync(Money.From(10_000_000, Currency.Cny), "bench", ct)
            )
        );
    }

    private async Task SellAsync(string clusterId, DeviceCount device, Actor center, Actor seller, CancellationToken ct)
    {
        ContractClass[] classes = [ContractClass.OnDemand];
        var listing = Value(
            await Scopes.ActAsync<ISupply, Outcome<ListingView>>(
                center,
                s =>
                    s.CreateListingAsync(
                        new CreateListing
                        {
                            ClusterId = clusterId,
                            DeviceModel = device.Model,
                            Title = device.Model,
                            Cards = device.Healthy,
                            PricePerCardHour = 1,
                            Currency = "CNY",
                            Classes = classes,
                        },
                        ct
                    )
            )
        );
        if (listing.State == ListingState.Draft)
            Value(await Scopes.ActAsync<ISupply, Outcome<ListingView>>(center, s => s.ChangeStateAsync(listing.Id, ListingState.Live, ct)));
        Value(await Scopes.ActAsync<IResale, Outcome<AuthorizationView>>(center, r => r.GrantAsync(listing.Id, seller.PartyId, 0, 1, ct)));
        var offer = Value(
            await Scopes.ActAsync<IOffers, Outcome<OfferView>>(
                seller,
                o => o.CreateAsync(new CreateOffer(listing.Id, device.Model, 0.2m, classes), ct)
            )
        );
        if (offer.State == OfferState.Draft)
            Value(await Scopes.ActAsync<IOffers, Outcome<OfferView>>(seller, o => o.ChangeStateAsync(offer.Id, OfferState.OnSale, ct)));
    }

    private async Task<Actor> PartyAsync(string name, PartyKinds kinds, CancellationToken ct)
    {
        var party = Value(
            await Scopes.ActAsync<IParties, Outcome<PartyView>>(
                Actor.System,
                p => p.RegisterAsync(new RegisterParty(name, kinds, "CN", "CNY"), ct)
            )
        );
        if (party.State == PartyState.Pending)
            Value(
                await Scopes.ActAsync<IParties, Outcome<PartyView>>(
                    Actor.System,
                    p => p.DecideAsync(party.Id, PartyState.Approved, "benchmark", ct)
                )
            );
        return new Actor(party.Id, kinds, MemberRole.Owner) { Name = name };
    }

    private static T Value<T>(Outcome<T> outcome) => outcome.IsOk ? outcome.Value : throw new BenchmarkException(outcome.Problem.Detail);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        await cluster.DisposeAsync();
        await database.DisposeAsync();
    }
}

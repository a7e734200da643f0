using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Billing;
using Marketplace.Billing.Contracts;
using Marketplace.Market;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Lifecycle;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;
using Marketplace.Simulator;
using Marketplace.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Marketplace.Orders.Tests;

/// <summary>
/// The four rooms over one test database, with inventories by hand and no cluster behind them, or with a simulated cluster and its worker on
/// the machine's clock: a center's cards, an operator's offer, a customer with credit. Disposing it checks the books.
/// </summary>
internal sealed class OrdersHouse : IAsyncDisposable
{
    public const decimal Wholesale = 10m;
    public const decimal Retail = 12.5m;
    public static readonly Actor Desk = new("org_desk", PartyKinds.Platform, MemberRole.Owner);
    private static readonly JsonSerializerOptions OutboxJson = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };
    private readonly PostgresFixture db;
    private readonly TestServices services;
    private readonly SimulatedCluster? machines;
    private int keys;

    private OrdersHouse(PostgresFixture db, Dictionary<string, string?> settings, SimulatedCluster? machines)
    {
        this.db = db;
        this.machines = machines;
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Billing:BankTransfer:BookAtOnce", "true"), .. settings])
            .Build();
        services = TestServices.Over(
            db,
            add =>
            {
                add.AddSingleton<IConfiguration>(configuration);
                add.AddDataProtection().UseEphemeralDataProtectionProvider();
                add.AddMarket();
                add.AddBilling(configuration);
                add.AddProvisioning(configuration);
                if (machines is null)
                    add.AddSingleton<IInventories>(Clusters);
                else
                    add.AddProvisioningWorker().AddSingleton(TimeProvider.System);
                add.AddOrders(configuration);
                add.AddOrdersWorker();
            }
        );
    }

    public FakeInventories Clusters { get; } = new();
    public SimulatedCluster Machines => machines ?? throw new InvalidOperationException("This house has inventories by hand.");
    public ManualTimeProvider Time => services.Time;
    public DateTimeOffset Now => Time.GetUtcNow();
    public IServiceProvider Services => services.Services;
    public Actor Center { get; private set; } = null!;
    public Actor Operator { get; private set; } = null!;
    public Actor Customer { get; private set; } = null!;
    public string ClusterId { get; private set; } = "";
    public string ListingId { get; private set; } = "";
    public string OfferId { get; private set; } = "";

    public static async Task<OrdersHouse> OpenAsync(
        PostgresFixture db,
        int cards = 16,
        decimal credit = 10_000,
        Dictionary<string, string?>? settings = null,
        SimulatedCluster? machines = null
    )
    {
        var house = new OrdersHouse(db, settings ?? [], machines);
        house.Center = await house.PartyAsync(PartyKinds.Center, "Hall One");
        house.Operator = await house.PartyAsync(PartyKinds.Operator, "Light Cloud");
        house.Customer = await house.PartyAsync(PartyKinds.Customer, "Robots");
        await house.ListAsync(cards);
        if (credit > 0)
            await house.TopUpAsync(house.Customer, credit);
        return house;
    }

    public Task<T> As<TService, T>(Actor actor, Func<TService, Task<T>> use)
        where TService : notnull => services.ActAsync(actor, use);

    public string NewKey() => $"key-{Interlocked.Increment(ref keys)}-{OfferId}";

    public async Task<Actor> PartyAsync(PartyKinds kinds, string name)
    {
        PartyView party = Ok(
            await As<IParties, Outcome<PartyView>>(Actor.System, p => p.RegisterAsync(new RegisterParty(name, kinds, "CN", "CNY"), default))
        );
        if (party.State == PartyState.Pending)
            Ok(await As<IParties, Outcome<PartyView>>(Desk, p => p.DecideAsync(party.Id, PartyState.Approved, "", default)));
        return new Actor(party.Id, kinds, MemberRole.Owner) { Name = name };
    }

    public async Task TopUpAsync(Actor customer, decimal amount) =>
        Ok(
            await As<IPayments, Outcome<PaymentView>>(
                customer,
                p => p.TopUpAsync(Money.From(amount, Currency.Cny), $"top-{customer.PartyId}-{NewKey()}", default)
            )
        );

    public WorkloadRequest Request(int replicas = 1, decimal hours = 2, ProductKind product = ProductKind.Job) =>
        new()
        {
            Name = "train-7",
            Product = product,
            Image = "team/train:1",
            Replicas = replicas,
            Port = product == ProductKind.Endpoint ? 8000 : null,
            Hours = hours,
            OfferId = OfferId,
        };

    public Task<Outcome<QuoteView>> QuoteAsync(WorkloadRequest request, string? key = null, Actor? who = null) =>
        As<IQuotes, Outcome<QuoteView>>(who ?? Customer, q => q.RequestAsync(request, key ?? NewKey(), default));

    public Task<Outcome<OrderView>> AcceptAsync(string quoteId, string? key = null, Actor? who = null) =>
        As<IOrders, Outcome<OrderView>>(who ?? Customer, o => o.AcceptAsync(quoteId, key ?? NewKey(), default));

    public Task<Outcome<OrderView>> PlaceAsync(WorkloadRequest request, string? key = null, Actor? who = null) =>
        As<IOrders, Outcome<OrderView>>(who ?? Customer, o => o.PlaceAsync(request, key ?? NewKey(), default));

    /// <summary>Bought at once; returns the contract.</summary>
    public async Task<ContractView> BuyAsync(WorkloadRequest? request = null)
    {
        OrderView order = Ok(await PlaceAsync(request ?? Request()));
        return await ContractAsync(order.Lines[0].ContractId!);
    }

    public async Task<ContractView> ContractAsync(string contractId, Actor? who = null) =>
        (await As<IContracts, ContractView?>(who ?? Customer, c => c.FindAsync(contractId, default)))!;

    public async Task<OrderView> OrderAsync(string orderId) =>
        (await As<IOrders, OrderView?>(Customer, o => o.FindAsync(orderId, default)))!;

    public Task<WalletView> WalletAsync(Actor? who = null) =>
        As<ILedger, WalletView>(who ?? Customer, l => l.WalletAsync((who ?? Customer).PartyId, Currency.Cny, default));

    public async Task<ListingView> ListingAsync() =>
        (await As<ISupply, ListingView?>(Actor.System, s => s.FindListingAsync(ListingId, default)))!;

    public async Task<WorkloadView> WorkloadAsync(string contractId) =>
        (await As<IWorkloads, WorkloadView?>(Actor.System, w => w.FindAsync(contractId, default)))!;

    /// <summary>One beat of the orders' clock.</summary>
    public async Task TickAsync()
    {
        await As<Features.Quotes.Quotes, int>(Actor.System, q => q.ExpireAsync(default));
        await As<ContractClock, int>(Actor.System, c => c.TickAsync(default));
    }

    public Task RelayAsync<T>(T message)
        where T : class => Services.GetRequiredService<MessageRelay>().DeliverAsync(message, default);

    /// <summary>The cluster reports a phase, now.</summary>
    public WorkloadChanged Phase(
        string contractId,
        WorkloadPhase phase,
        bool completed = false,
        DateTimeOffset? readyAt = null,
        DateTimeOffset? endedAt = null,
        string? failure = null
    ) => new(contractId, phase, 1, 1, completed, readyAt, endedAt, failure is null ? null : "failed", failure, Now);

    public Task ReportAsync(
        string contractId,
        WorkloadPhase phase,
        bool completed = false,
        DateTimeOffset? readyAt = null,
        DateTimeOffset? endedAt = null,
        string? failure = null
    ) => RelayAsync(Phase(contractId, phase, completed, readyAt, endedAt, failure));

    /// <summary>A cumulative reading of the contract's one pod.</summary>
    public UsageMeasured Usage(ContractView contract, DateTimeOffset from, decimal cardHours, bool final = false) =>
        new(
            contract.Id,
            contract.ClusterId,
            [
                new AllocationUsage(
                    $"{contract.Id}-{cardHours}-{final}",
                    $"pod-{contract.Id}",
                    contract.DeviceModel,
                    contract.Cards,
                    cardHours * 3600,
                    from,
                    Now,
                    final
                ),
            ]
        );

    /// <summary>Hands the outbox's waiting messages of one kind to their handlers, in order, and returns them.</summary>
    public async Task<IReadOnlyList<T>> DeliverAsync<T>()
        where T : class
    {
        var waiting = new List<(string Id, T Message)>();
        await using (
            var read = db.DataSource.CreateCommand(
                "select id, payload::text from platform.outbox_message where type = $1 and delivered_at is null and next_attempt_at <= $2 order by id"
            )
        )
        {
            read.Parameters.Add(new NpgsqlParameter { Value = MessageAttribute.NameOf(typeof(T)) });
            read.Parameters.Add(new NpgsqlParameter { Value = Now });
            await using var rows = await read.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                waiting.Add((rows.GetString(0), JsonSerializer.Deserialize<T>(rows.GetString(1), OutboxJson)!));
        }
        foreach (var (id, message) in waiting)
        {
            await RelayAsync(message);
            await using var done = db.DataSource.CreateCommand("update platform.outbox_message set delivered_at = $2 where id = $1");
            done.Parameters.Add(new NpgsqlParameter { Value = id });
            done.Parameters.Add(new NpgsqlParameter { Value = Now });
            await done.ExecuteNonQueryAsync();
        }
        return [.. waiting.Select(w => w.Message)];
    }

    /// <summary>Rows of a table that belong to a party.</summary>
    public async Task<long> CountAsync(string table, string column, string value)
    {
        await using var command = db.DataSource.CreateCommand($"select count(*) from {table} where {column} = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task<string> TextAsync(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public static T Ok<T>(Outcome<T> outcome)
    {
        Assert.True(outcome.IsOk, outcome.Problem is { } p ? $"{p.Code}: {p.Detail}" : "");
        return outcome.Value;
    }

    public static Problem Refused<T>(Outcome<T> outcome)
    {
        Assert.False(outcome.IsOk);
        return outcome.Problem!;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await BooksBalance.AssertAsync(Services);
        }
        finally
        {
            if (machines is not null)
            {
                foreach (IHostedService worker in Services.GetServices<IHostedService>().Reverse())
                    await worker.StopAsync(default);
                // Other tests of the class share the database: their workers leave this cluster alone.
                await ExecuteAsync($"update provisioning.cluster set state = 'Disconnected' where id = '{ClusterId}'");
                await machines.DisposeAsync();
            }
            await services.DisposeAsync();
        }
    }

    /// <summary>One more hall of the center, in another region, resold by the same operator; returns the offer.</summary>
    public async Task<string> AddHallAsync(string region, int cards, decimal wholesale) =>
        (await SellAsync(Center, FakeInventories.Model, cards, wholesale, region, SiteTier.Cloud)).OfferId;

    private async Task ListAsync(int cards)
    {
        var sold = await SellAsync(Center, FakeInventories.Model, cards, Wholesale, "cn-north-1", SiteTier.Cloud);
        (ClusterId, ListingId, OfferId) = (sold.ClusterId, sold.ListingId, sold.OfferId);
    }

    /// <summary>A center's new site with one cluster, listed, and resold by the operator at a quarter more.</summary>
    public async Task<(string ClusterId, string ListingId, string OfferId)> SellAsync(
        Actor center,
        string model,
        int cards,
        decimal wholesale,
        string region,
        SiteTier tier
    )
    {
        SiteView site = Ok(
            await As<ISupply, Outcome<SiteView>>(
                center,
                s => s.CreateSiteAsync(new CreateSite($"Hall {region}", "机房", region, "CN", tier, 40, 116), default)
            )
        );
        string cluster = machines is null ? await PutAsync(center, site, cards, model) : await ConnectAsync(site, machines);
        ListingView listing = Ok(
            await As<ISupply, Outcome<ListingView>>(
                center,
                s =>
                    s.CreateListingAsync(
                        new CreateListing
                        {
                            ClusterId = cluster,
                            DeviceModel = model,
                            Title = $"{model} hall",
                            Cards = cards,
                            PricePerCardHour = wholesale,
                            Currency = "CNY",
                            Classes = [ContractClass.OnDemand],
                        },
                        default
                    )
            )
        );
        Ok(await As<ISupply, Outcome<ListingView>>(center, s => s.ChangeStateAsync(listing.Id, ListingState.Live, default)));
        Ok(await As<IResale, Outcome<AuthorizationView>>(center, r => r.GrantAsync(listing.Id, Operator.PartyId, 0, 1, default)));
        string offer = Ok(
            await As<IOffers, Outcome<OfferView>>(
                Operator,
                o => o.CreateAsync(new CreateOffer(listing.Id, "Fast cards", 0.25m, [ContractClass.OnDemand]), default)
            )
        ).Id;
        Ok(await As<IOffers, Outcome<OfferView>>(Operator, o => o.ChangeStateAsync(offer, OfferState.OnSale, default)));
        return (cluster, listing.Id, offer);
    }

    private async Task<string> PutAsync(Actor center, SiteView site, int cards, string model)
    {
        string id = $"cls_{site.Id}";
        await ExecuteAsync(
            $"""
            insert into provisioning.cluster(id, party_id, site_id, name, encrypted_kubeconfig, server, state, created_at, inventory_version)
            values ('{id}', '{center.PartyId}', '{site.Id}', '{id}', '', 'https://127.0.0.1', 'Connected', now(), 1)
            """
        );
        Clusters.Put(id, site.Id, cards, Now, model);
        return id;
    }

    private async Task<string> ConnectAsync(SiteView site, SimulatedCluster cluster)
    {
        string id = Ok(
            await As<IClusters, Outcome<ClusterView>>(
                Center,
                c => c.ConnectAsync(new ConnectCluster(site.Id, "hall", cluster.KubeConfig), default)
            )
        ).Id;
        foreach (IHostedService worker in Services.GetServices<IHostedService>())
            await worker.StartAsync(default);
        await Eventually.HoldsAsync(
            async () =>
                await As<IClusters, ClusterView?>(Center, c => c.FindAsync(id, default))
                    is { State: ClusterState.Connected, InventoryVersion: > 0 },
            "the cluster to be connected and read"
        );
        return id;
    }
}

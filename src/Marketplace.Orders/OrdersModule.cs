using Marketplace.Billing.Contracts;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Features.Bulk;
using Marketplace.Orders.Features.Contracts;
using Marketplace.Orders.Features.Lifecycle;
using Marketplace.Orders.Features.Lifecycle.Stops;
using Marketplace.Orders.Features.Purchase;
using Marketplace.Orders.Features.Quotes;
using Marketplace.Orders.Features.Replacement;
using Marketplace.Orders.Features.Supply;
using Marketplace.Platform;
using Marketplace.Platform.Jobs;
using Marketplace.Provisioning.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Orders;

/// <summary>Quotes, orders, contracts, bulk purchasing, and the orchestration of the other rooms.</summary>
public static class OrdersModule
{
    // How late an expired quote's capacity is free and a contract ends, at most.
    private static readonly JobSchedule Clock = JobSchedule.Every(TimeSpan.FromSeconds(2));

    // A message brings contracts in line at once; this finds what no message told of.
    private static readonly JobSchedule Sweep = JobSchedule.Every(TimeSpan.FromSeconds(30));

    public static IServiceCollection AddOrders(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<OrdersOptions>().Bind(configuration.GetSection("Orders")).ValidateDataAnnotations().ValidateOnStart();
        services.AddModelPart<OrdersOptions>();
        services.AddScoped<IClusterSupply, ClusterSupplyBridge>();
        services.AddScoped<ISiteDirectory, SiteDirectory>();
        services.AddScoped<IPartyNames, PartyNames>();
        services.AddScoped<IContractPlaces, ContractPlaces>();
        services.AddScoped<IContractUptime, ContractUptimes>();
        services.AddScoped<RecipeReader>();
        services.AddScoped<Planner>();
        services.AddScoped<RequestQuote>();
        services.AddScoped<QuoteViews>();
        services.AddScoped<Quotes>();
        services.AddScoped<IQuotes>(s => s.GetRequiredService<Quotes>());
        services.AddSingleton<PlacingTurn>();
        services.AddScoped<OrderWriter>();
        services.AddScoped<AcceptQuote>();
        services.AddScoped<PlaceDirect>();
        services.AddScoped<IOrders, Features.Purchase.Orders>();
        services.AddScoped<ContractStore>();
        services.AddScoped<ContractClosing>();
        services.AddScoped<StopForMoney>();
        services.AddScoped<StopWatch>();
        services.AddScoped<FollowArrears>();
        services.AddScoped<AlignContract>();
        services.AddScoped<IStops, StopDesk>();
        services.AddScoped<ContractViews>();
        services.AddScoped<ContractBillings>();
        services.AddScoped<IReservationDesk, Features.Reservations.ReservationDesk>();
        services.AddScoped<IContracts, ContractDesk>();
        services.AddScoped<ContractClock>();
        services.AddScoped<ReplaceContract>();
        services.AddScoped<PlanBulk>();
        services.AddScoped<PlaceBulk>();
        services.AddScoped<IBulkOrders, BulkOrders>();
        services.AddJob<Quotes>("orders-expire-quotes", Clock, (quotes, ct) => quotes.ExpireAsync(ct));
        services.AddJob<ContractClock>("orders-end-contracts", Clock, (clock, ct) => clock.TickAsync(ct));
        services.AddJob<FollowArrears>("orders-follow-arrears", Sweep, (follow, ct) => follow.TickAsync(ct));
        services.AddJob<StopWatch>("orders-watch-stops", Clock, (watch, ct) => watch.TickAsync(ct));
        return services;
    }

    /// <summary>The background half: message handlers. The worker role adds it.</summary>
    public static IServiceCollection AddOrdersWorker(this IServiceCollection services)
    {
        services.AddMessageHandler<WorkloadChanged, OnWorkloadChanged>();
        services.AddMessageHandler<UsageMeasured, OnUsageMeasured>();
        services.AddMessageHandler<HoldExhausted, OnHoldExhausted>();
        services.AddMessageHandler<SpendingStopped, OnSpendingStopped>();
        services.AddMessageHandler<ArrearsChanged, OnArrearsChanged>();
        services.AddMessageHandler<WorkloadReappeared, OnWorkloadReappeared>();
        services.AddMessageHandler<ClusterStateChanged, OnClusterStateChanged>();
        services.AddMessageHandler<WorkloadChanged, OnWorkloadReady>();
        services.AddMessageHandler<InventoryChanged, OnSupplyChanged>();
        services.AddMessageHandler<PlacesFreed, OnSupplyChanged>();
        services.AddMessageHandler<BulkSubmitted, OnBulkSubmitted>();
        return services;
    }
}

using Marketplace.Market.Contracts;
using Marketplace.Market.Data;
using Marketplace.Market.Features.Bundles;
using Marketplace.Market.Features.Capacity;
using Marketplace.Market.Features.Catalog;
using Marketplace.Market.Features.Offers;
using Marketplace.Market.Features.Parties;
using Marketplace.Market.Features.Supply;
using Marketplace.Platform;
using Marketplace.Platform.Jobs;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Marketplace.Market;

/// <summary>What is bought and how: parties, supply, resale, offers, bundles, search and the oversell guard.</summary>
public static class MarketModule
{
    /// <summary>Adds the module. Needs the platform and an <see cref="IClusterSupply"/> (Orders implements it). Options: section <c>Market</c>.</summary>
    public static IServiceCollection AddMarket(this IServiceCollection services)
    {
        services.AddOptions<MarketOptions>().BindConfiguration(MarketOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MarketOptions>, MarketOptionsValidator>();
        services.AddModelPart<MarketOptions>();
        services.AddScoped<IParties, Parties>();
        services.AddScoped<ListingViews>();
        services.AddScoped<ISupply, Supply>();
        services.AddScoped<OfferViews>();
        services.AddScoped<IOffers, Offers>();
        services.AddScoped<IResale, Resale>();
        services.AddScoped<IBundles, Bundles>();
        services.AddScoped<Capacity>();
        services.AddScoped<ICapacity>(s => s.GetRequiredService<Capacity>());
        services.AddScoped<IClaimExpiry>(s => s.GetRequiredService<Capacity>());
        services.AddSingleton<CatalogReader>();
        services.AddSingleton<CatalogCache>();
        services.AddSingleton<LiveClusters>();
        services.AddSingleton<SnapshotCache>();
        services.AddSingleton<SoldDemand>();
        services.AddSingleton(_ => WorkCatalog.Load());
        services.AddScoped<IMarketCatalog, MarketCatalog>();
        services.AddJob<IClaimExpiry>(
            "market-free-claims",
            JobSchedule.Every(TimeSpan.FromSeconds(5)),
            (expiry, ct) => expiry.ExpireAsync(ct)
        );
        return services;
    }

    /// <summary>Maps the module's REST endpoints to the group <c>/api/v1</c>.</summary>
    public static IEndpointRouteBuilder MapMarket(this IEndpointRouteBuilder api)
    {
        api.MapParties();
        api.MapSupply();
        api.MapOffers();
        api.MapBundles();
        api.MapCatalog();
        return api;
    }
}

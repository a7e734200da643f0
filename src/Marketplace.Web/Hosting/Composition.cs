using Marketplace.Billing;
using Marketplace.Market;
using Marketplace.Migrations;
using Marketplace.Orders;
using Marketplace.Platform;
using Marketplace.Platform.Api;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Jobs;
using Marketplace.Platform.Postgres;
using Marketplace.Platform.Projects;
using Marketplace.Provisioning;
using Marketplace.Web.Api;
using Marketplace.Web.Components;
using Marketplace.Web.Demo;
using Marketplace.Web.Identity;

namespace Marketplace.Web.Hosting;

/// <summary>Which rooms this host opens, by role.</summary>
internal static class Composition
{
    public static void AddMarketplace(this WebApplicationBuilder builder, HostSettings settings, MarketplaceDatabase database)
    {
        var services = builder.Services;
        var configuration = builder.Configuration;
        services.AddSingleton(settings);
        services.AddSingleton(_ => PostgresSource.Open(database.ConnectionString));
        services.AddPlatform();
        services.AddMarket();
        services.AddBilling(configuration);
        services.AddProvisioning(configuration);
        services.AddOrders(configuration);
        services.AddIdentity(configuration);
        services.AddApi(configuration);
        builder.AddPortal();
        if (settings.IsWorker)
        {
            services.AddOutboxDispatcher();
            services.AddJobRunner();
            services.AddIdentityWorkers();
            services.AddOrdersWorker();
            services.AddProvisioningWorker();
        }
        if (settings.Demo)
            builder.AddDemo(settings);
    }

    public static void UseMarketplace(this WebApplication app)
    {
        app.UseApiProblems();
        app.UsePortal();
        app.UseApi();
        app.MapIdentity();
        app.MapBillingWebhooks();
        var api = app.MapApi();
        api.MapMarket();
        api.MapBilling();
        api.MapProvisioning();
        api.MapOrders();
        api.MapJobs();
        api.MapAudit();
        api.MapProjects();
        app.MapPortal();
    }
}

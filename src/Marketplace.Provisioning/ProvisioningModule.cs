using Marketplace.Platform;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Features.Clusters;
using Marketplace.Provisioning.Features.Inventory;
using Marketplace.Provisioning.Features.Sessions;
using Marketplace.Provisioning.Features.Workloads;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Provisioning;

/// <summary>Server side of clusters: connections, desired state, status, usage intake.</summary>
public static class ProvisioningModule
{
    /// <summary>Needs data protection (kubeconfigs are encrypted) and an <see cref="ISiteDirectory"/>.</summary>
    public static IServiceCollection AddProvisioning(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddOptions<ProvisioningOptions>()
            .Bind(configuration.GetSection("Provisioning"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddModelPart<ProvisioningOptions>();
        services.AddSingleton<ClusterAccess>();
        services.AddSingleton<IInventories, Inventories>();
        services.AddScoped<ConnectClusterHandler>();
        services.AddScoped<IClusters, ClusterDesk>();
        services.AddScoped<IWorkloads, WorkloadDesk>();
        return services;
    }

    /// <summary>Owns cluster connections; the worker role adds it.</summary>
    public static IServiceCollection AddProvisioningWorker(this IServiceCollection services)
    {
        services.AddScoped<StatusIntake>();
        services.AddScoped<MeterIntake>();
        services.AddScoped<EventIntake>();
        services.AddScoped<StrayIntake>();
        services.AddScoped<ConnectionIntake>();
        services.AddScoped<InventoryIntake>();
        services.AddHostedService<SessionHost>();
        return services;
    }
}

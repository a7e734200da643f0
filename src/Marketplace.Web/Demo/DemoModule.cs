using Marketplace.Provisioning.Contracts;
using Marketplace.Simulator;
using Marketplace.Web.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Marketplace.Web.Demo;

/// <summary>The demo network: three centers on simulated clusters, two operators, three customers, their history and running workloads.</summary>
internal static class DemoModule
{
    public static void AddDemo(this WebApplicationBuilder builder, HostSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton<DemoProgress>();
        // The demo network has a past: its months stay open until that has been written.
        services.PostConfigure<Billing.BillingOptions>(o => o.InvoiceGrace = o.UsagePatience = TimeSpan.FromDays(40));
        // Invented money need not arrive.
        services.PostConfigure<Billing.BillingOptions>(o => o.BankTransfer.BookAtOnce = true);
        services.PostConfigure<Billing.BillingOptions>(DemoPapers.Seller);
        services.PostConfigure<Market.MarketOptions>(DemoScript.Network);
        if (!settings.IsWorker)
            return;
        services.AddSimulator(
            new SimulatorOptions
            {
                DataFolder = Path.Combine(settings.DataDirectory, "simulator"),
                Clusters = [.. DemoScript.Places.Select(p => new SimulatedClusterOptions { Name = p.Cluster, Fleet = p.Cluster })],
            }
        );
        // The history is made by the same rooms on a clock of its own, and no cluster hears of it.
        var past = new ServiceCollection();
        foreach (ServiceDescriptor descriptor in services.Where(d => d.ServiceType != typeof(IHostedService)))
            past.Add(descriptor);
        past.Replace(ServiceDescriptor.Singleton<DemoClock, DemoClock>());
        past.Replace(ServiceDescriptor.Singleton<TimeProvider>(s => s.GetRequiredService<DemoClock>()));
        past.Replace(ServiceDescriptor.Scoped<IWorkloads, NoWorkloads>());
        services.AddSingleton(new PastServices(past));
        services.AddSingleton<DemoMarket>();
        services.AddSingleton<DemoHistory>();
        services.AddSingleton<DemoCases>();
        services.AddSingleton<DemoRuns>();
        services.AddSingleton<DemoBudgets>();
        services.AddSingleton<DemoDesk>();
        services.AddHostedService<DemoNetwork>();
    }
}

/// <summary>The registrations of the history's own container.</summary>
internal sealed record PastServices(IServiceCollection Services)
{
    public ServiceProvider At(DateTimeOffset moment)
    {
        ServiceProvider provider = Services.BuildServiceProvider();
        provider.GetRequiredService<DemoClock>().Set(moment);
        return provider;
    }
}

/// <summary>Tells the start banner when the demo network is complete.</summary>
internal sealed class DemoProgress
{
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ready => ready.Task;

    public void Complete() => ready.TrySetResult();
}

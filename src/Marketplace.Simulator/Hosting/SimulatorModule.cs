using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.Simulator;

/// <summary>Puts the simulator into a host.</summary>
public static class SimulatorModule
{
    /// <summary>Adds the simulated clusters as a hosted service with a listener of their own. Bad options stop the start and name the key.</summary>
    public static IServiceCollection AddSimulator(this IServiceCollection services, SimulatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfBad();
        services.AddSingleton(p => new RunningSimulator(options, p.GetService<TimeProvider>(), p.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService(p => p.GetRequiredService<RunningSimulator>());
        return services;
    }
}

/// <summary>The host's simulator: its clusters once they run.</summary>
public sealed partial class RunningSimulator : IHostedService, IAsyncDisposable
{
    private readonly SimulatorOptions options;
    private readonly TimeProvider? time;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly TaskCompletionSource<IReadOnlyList<SimulatedCluster>> started = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private SimulatorServer? server;

    internal RunningSimulator(SimulatorOptions options, TimeProvider? time, ILoggerFactory loggers)
    {
        this.options = options;
        this.time = time;
        this.loggers = loggers;
        logger = loggers.CreateLogger<RunningSimulator>();
    }

    /// <summary>Completes with the clusters when they accept connections and their nodes are registered.</summary>
    public Task<IReadOnlyList<SimulatedCluster>> Clusters => started.Task;

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            server = await SimulatorServer.StartAsync(options, time, loggers, cancellationToken);
        }
        catch (Exception e)
        {
            started.TrySetException(e);
            throw;
        }
        foreach (var cluster in server.Clusters)
        {
            LogRunning(cluster.Name, cluster.Server);
        }
        started.TrySetResult(server.Clusters);
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (server is { } running)
        {
            server = null;
            await running.DisposeAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Simulated cluster {Cluster} at {Server}")]
    private partial void LogRunning(string cluster, Uri server);
}

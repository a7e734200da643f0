using Marketplace.Simulator.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.Simulator.Hosting;

/// <summary>The simulator as a program of its own: serving clusters, or playing nodes somewhere else.</summary>
internal static class SimulatorProgram
{
    private const int BadArguments = 2;

    public static async Task<int> ServeAsync(string[] args)
    {
        if (CommandLine.Read(args, out SimulatorOptions options) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return BadArguments;
        }
        var builder = NewHost();
        builder.Services.AddSimulator(options);
        using var host = builder.Build();
        await host.StartAsync();
        foreach (var cluster in await host.Services.GetRequiredService<RunningSimulator>().Clusters)
        {
            var kubeconfig = options.DataFolder is { } folder
                ? Path.GetFullPath(Path.Combine(folder, "clusters", cluster.Name, "kubeconfig"))
                : "(in memory: use --data to get a file)";
            Console.WriteLine($"{cluster.Name}  {cluster.Server}  kubeconfig: {kubeconfig}");
        }
        await host.WaitForShutdownAsync();
        return 0;
    }

    public static async Task<int> PlayAsync(string[] args)
    {
        if (CommandLine.Read(args, out CommandLine.Play? play) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return BadArguments;
        }
        using var host = NewHost().Build();
        await host.StartAsync();
        var fleet = play!.Nodes.Resolve();
        var logger = host.Services.GetRequiredService<ILogger<NodePlayer>>();
        await using var player = NodePlayer.Against(play.Config, fleet, play.Nodes.Player, logger: logger);
        await player.StartAsync();
        Console.WriteLine($"playing {fleet.Nodes.Count} nodes on {play.Config}");
        await host.WaitForShutdownAsync();
        return 0;
    }

    private static HostApplicationBuilder NewHost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddSimpleConsole(c => c.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        return builder;
    }
}

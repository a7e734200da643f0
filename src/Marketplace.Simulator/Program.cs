using Marketplace.Simulator.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.Simulator;

/// <summary>Simulated clusters as a program of their own.</summary>
/// <remarks>Not top-level statements: every such program documents a global <c>Program</c>, and the host that embeds this one has its own.</remarks>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (CommandLine.Read(args, out var options) is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 2;
        }
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddSimpleConsole(c => c.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
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
}

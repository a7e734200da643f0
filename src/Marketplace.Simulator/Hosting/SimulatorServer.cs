using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Hosting;
using Marketplace.Simulator.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Simulator;

/// <summary>One listener with any number of simulated clusters, each under <c>/clusters/{name}</c>.</summary>
public sealed class SimulatorServer : IAsyncDisposable
{
    private readonly WebApplication listener;
    private readonly IReadOnlyList<SimulatedCluster> clusters;

    private SimulatorServer(WebApplication web, IReadOnlyList<SimulatedCluster> clusters)
    {
        listener = web;
        this.clusters = clusters;
    }

    /// <summary>The running clusters, in the order of the options.</summary>
    public IReadOnlyList<SimulatedCluster> Clusters => clusters;

    /// <summary>Starts the listener and the clusters; returns when every node is registered.</summary>
    /// <exception cref="ArgumentException">The options are bad; the message names the keys.</exception>
    public static async Task<SimulatorServer> StartAsync(
        SimulatorOptions options,
        TimeProvider? time = null,
        ILoggerFactory? loggers = null,
        CancellationToken ct = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfBad();
        var clock = time ?? TimeProvider.System;
        var logging = loggers ?? NullLoggerFactory.Instance;
        var tls = TlsIdentity.Open(options.DataFolder is { } folder ? Path.Combine(folder, "tls") : null, options.Host, clock.GetUtcNow());
        var hosts = new Dictionary<string, ClusterHost>(StringComparer.Ordinal);
        try
        {
            foreach (var one in options.Clusters)
            {
                hosts[one.Name] = new ClusterHost(one, FolderOf(options, one.Name), clock, logging);
            }
            var web = await ListenAsync(options, tls, hosts, logging, ct);
            var running = new List<SimulatedCluster>();
            var server = new SimulatorServer(web, running);
            var address = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            foreach (var one in options.Clusters)
            {
                var host = hosts[one.Name];
                await host.Player.StartAsync(ct);
                var cluster = new SimulatedCluster(host, Reachable(address, one.Name), tls.AuthorityPem);
                running.Add(cluster);
                if (FolderOf(options, one.Name) is { } home)
                {
                    PrivateFile.Write(Path.Combine(home, "kubeconfig"), cluster.KubeConfig);
                }
            }
            return server;
        }
        catch
        {
            foreach (var host in hosts.Values)
            {
                await host.DisposeAsync();
            }
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Watches never end by themselves: the clusters go first, then the listener has nothing to wait for.
        foreach (var cluster in clusters)
        {
            await cluster.Host.DisposeAsync();
        }
        await listener.StopAsync();
        await listener.DisposeAsync();
    }

    private static string? FolderOf(SimulatorOptions options, string name) =>
        options.DataFolder is { } folder ? Path.Combine(folder, "clusters", name) : null;

    // Listening on "any" is not an address to connect to.
    private static Uri Reachable(Uri bound, string cluster)
    {
        var host = bound.Host is "0.0.0.0" or "[::]" ? "127.0.0.1" : bound.Host;
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"https://{host}:{bound.Port}/clusters/{cluster}"));
    }

    private static async Task<WebApplication> ListenAsync(
        SimulatorOptions options,
        TlsIdentity tls,
        Dictionary<string, ClusterHost> hosts,
        ILoggerFactory loggers,
        CancellationToken ct
    )
    {
        var portFile = options.DataFolder is { } folder ? Path.Combine(folder, "port") : null;
        var remembered =
            options.Port == 0
            && portFile is not null
            && File.Exists(portFile)
            && int.TryParse(await File.ReadAllTextAsync(portFile, ct), CultureInfo.InvariantCulture, out var before)
                ? before
                : options.Port;
        var web = Build(options, tls, hosts, loggers, remembered);
        try
        {
            await web.StartAsync(ct);
        }
        catch (IOException e) when (options.Port == 0 && remembered != 0 && e.InnerException is AddressInUseException or SocketException)
        {
            // The port of last time is taken by somebody else: a new one, and new kubeconfigs.
            await web.DisposeAsync();
            web = Build(options, tls, hosts, loggers, 0);
            await web.StartAsync(ct);
        }
        if (portFile is not null)
        {
            var bound = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            await File.WriteAllTextAsync(portFile, bound.Port.ToString(CultureInfo.InvariantCulture), ct);
        }
        return web;
    }

    private static WebApplication Build(
        SimulatorOptions options,
        TlsIdentity tls,
        Dictionary<string, ClusterHost> hosts,
        ILoggerFactory loggers,
        int port
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 4 << 20;
            // Thousands of informers may watch over one connection.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 10_000;
            kestrel.Listen(
                IPAddress.Parse(options.Host),
                port,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http1AndHttp2;
                    listen.UseHttps(tls.Server);
                }
            );
        });
        var web = builder.Build();
        web.Run(http => RouteAsync(http, hosts));
        return web;
    }

    private static Task RouteAsync(HttpContext http, Dictionary<string, ClusterHost> hosts)
    {
        const string prefix = "/clusters/";
        var path = http.Request.Path.Value ?? "";
        if (path.StartsWith(prefix, StringComparison.Ordinal))
        {
            var end = path.IndexOf('/', prefix.Length);
            var name = end < 0 ? path[prefix.Length..] : path[prefix.Length..end];
            if (hosts.TryGetValue(name, out var host))
            {
                return host.HandleAsync(http, end < 0 ? "/" : path[end..]);
            }
        }
        http.Response.StatusCode = 404;
        http.Response.ContentType = "application/json";
        return http.Response.Body.WriteAsync(Json.Bytes(ApiFailure.NoSuchPath().ToStatus())).AsTask();
    }
}

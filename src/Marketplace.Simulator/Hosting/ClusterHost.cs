using System.Collections.Concurrent;
using System.Security.Cryptography;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Controllers;
using Marketplace.Simulator.Http;
using Marketplace.Simulator.Nodes;
using Marketplace.Simulator.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marketplace.Simulator.Hosting;

/// <summary>One running cluster behind the listener: its store, controllers, nodes and door.</summary>
internal sealed class ClusterHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<HttpContext, bool> open = [];
    private readonly ApiFront front;
    private readonly ControllerLoop loop;
    private volatile bool partitioned;

    public ClusterHost(SimulatedClusterOptions options, string? folder, TimeProvider time, ILoggerFactory loggers)
    {
        Name = options.Name;
        Token = OpenToken(folder);
        Store = new ClusterStore(folder, options.HistoryLimit);
        Api = new ClusterApi(Store, time);
        Bootstrap.Run(Api);
        front = new ApiFront(Api, Token, options.BookmarkInterval);
        Controller[] controllers =
        [
            new NamespaceLifecycle(Api),
            new Garbage(Api),
            new QuotaCount(Api),
            new Deployments(Api),
            new ReplicaSets(Api),
            new StatefulSets(Api),
            new Jobs(Api),
            new DefaultScheduler(Api),
            new ServiceEndpoints(Api),
            new ClaimBinder(Api),
            new NodeLifecycle(Api, options.NodeGrace),
            new EventExpiry(Api),
        ];
        loop = new ControllerLoop(Store, time, controllers, loggers.CreateLogger<ControllerLoop>());
        Player = new NodePlayer(new StoreCluster(Api), options.Resolve(), options.Player, time, loggers.CreateLogger<NodePlayer>());
    }

    public string Name { get; }
    public string Token { get; }
    public ClusterStore Store { get; }
    public ClusterApi Api { get; }
    public NodePlayer Player { get; }

    public bool Partitioned
    {
        get => partitioned;
        set
        {
            partitioned = value;
            if (value)
            {
                foreach (var http in open.Keys)
                {
                    http.Abort();
                }
            }
        }
    }

    public async Task HandleAsync(HttpContext http, string path)
    {
        if (partitioned)
        {
            // No answer at all, as from a site whose line is cut.
            http.Abort();
            return;
        }
        open[http] = true;
        try
        {
            await front.HandleAsync(http, path);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client went away.
        }
        finally
        {
            open.TryRemove(http, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Player.DisposeAsync();
        await loop.DisposeAsync();
        Store.Dispose();
    }

    // The token outlives the process, so that a kubeconfig handed out once stays good.
    private static string OpenToken(string? folder)
    {
        if (folder is null)
        {
            return NewToken();
        }
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "token");
        if (!File.Exists(path))
        {
            PrivateFile.Write(path, NewToken());
        }
        return File.ReadAllText(path).Trim();
    }

    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}

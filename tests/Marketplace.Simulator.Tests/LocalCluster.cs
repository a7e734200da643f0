using System.Text.Json.Nodes;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Fleets;
using Marketplace.Simulator.Hosting;
using Marketplace.Simulator.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;
using Marketplace.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marketplace.Simulator.Tests;

/// <summary>A cluster without a listener, on a clock that the test moves.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private readonly ClusterHost host;

    private LocalCluster(ClusterHost host, ManualTimeProvider clock)
    {
        this.host = host;
        Clock = clock;
    }

    public ManualTimeProvider Clock { get; }
    public ClusterApi Api => host.Api;
    public ClusterStore Store => host.Store;
    public NodePlayer Player => host.Player;

    public static async Task<LocalCluster> StartAsync(string? folder = null, Fleet? machines = null, ManualTimeProvider? clock = null)
    {
        var time = clock ?? new ManualTimeProvider();
        var options = RunningCluster.Options();
        options.Machines = machines ?? RunningCluster.Machines(4);
        options.Player = new NodePlayerOptions();
        var started = new ClusterHost(options, folder, time, NullLoggerFactory.Instance);
        await started.Player.StartAsync();
        var cluster = new LocalCluster(started, time);
        await cluster.UntilAsync(
            () => cluster.Store.Get(ResourceCatalog.ServiceAccounts, "default", "default") is not null,
            "the default account is made"
        );
        return cluster;
    }

    /// <summary>Moves the clock in small steps until something holds; the wall-clock deadline only bounds a failure.</summary>
    public Task UntilAsync(Func<bool> condition, string what, double stepSeconds = 0.25) =>
        Eventually.HoldsAsync(
            () =>
            {
                if (condition())
                {
                    return true;
                }
                Clock.Advance(TimeSpan.FromSeconds(stepSeconds));
                return condition();
            },
            what
        );

    public StoredObject Create(ResourceType type, string yaml, string ns = "default") =>
        Api.Create(Caller.System, type, ns, Yaml(yaml)).Expect();

    public JsonObject Read(ResourceType type, string name, string ns = "default") => Api.Get(type, ns, name).Expect().Open();

    public IReadOnlyList<StoredObject> Pods(string ns = "default") => Store.List(ResourceCatalog.Pods, ns, Selector.Everything).Items;

    public static JsonObject Yaml(string text) => (JsonObject)Http.YamlReader.Parse(text)!;

    public ValueTask DisposeAsync() => host.DisposeAsync();
}

using Marketplace.Clusters.Access;
using Marketplace.Clusters.Connections;
using Marketplace.Clusters.Inventory;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Clusters.Reconciling;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Inventory;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>One owned cluster: desired state goes out, status, inventory, events and usage come in. Each direction is a loop of its own.</summary>
internal sealed partial class ClusterSession : IAsyncDisposable
{
    private static readonly TimeSpan StrayPeriod = TimeSpan.FromSeconds(2);
    private readonly string clusterId;
    private readonly IServiceScopeFactory scopes;
    private readonly TimeProvider time;
    private readonly ProvisioningOptions options;
    private readonly ILogger<ClusterSession> log;
    private readonly ClusterConnection connection;
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<string, long> applied = new(StringComparer.Ordinal);
    private readonly List<Task> loops = [];
    private bool recognised;

    public ClusterSession(
        string clusterId,
        KubeConfig config,
        IServiceScopeFactory scopes,
        TimeProvider time,
        IOptions<ProvisioningOptions> options,
        ILogger<ClusterSession> log,
        ILogger<ClusterConnection> connectionLog
    )
    {
        (this.clusterId, this.scopes, this.time, this.options, this.log) = (clusterId, scopes, time, options.Value, log);
        connection = new ClusterConnection(clusterId, config, time: time, log: connectionLog);
    }

    public void Start()
    {
        connection.Start();
        loops.Add(LoopAsync("desired state", FollowDesiredAsync));
        loops.Add(LoopAsync("status", FollowStatusAsync));
        loops.Add(LoopAsync("inventory", FollowInventoryAsync));
        loops.Add(LoopAsync("connection state", FollowConnectionAsync));
        loops.Add(LoopAsync("meter", MeterAsync));
        loops.Add(LoopAsync("strays", FollowStraysAsync));
    }

    // A loop that fails says so and starts again: everything it does is level-triggered.
    private async Task LoopAsync(string name, Func<CancellationToken, Task> run)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await run(stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
            catch (Exception e)
            {
                LoopFailed(e, clusterId, name);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowDesiredAsync(CancellationToken ct)
    {
        await connection.Synced.WaitAsync(ct);
        await using var scope = scopes.CreateAsyncScope();
        using var wake = scope.ServiceProvider.GetRequiredService<IChangeFeed>().Subscribe(ClusterAccess.DesiredTopic(clusterId));
        while (true)
        {
            var workloads = await scopes.ActAsync<MarketplaceDbContext, List<Workload>>(
                Actor.System,
                db =>
                    db.Set<Workload>()
                        .AsNoTracking()
                        .Where(w => w.ClusterId == clusterId && w.Phase != WorkloadPhase.Terminated)
                        .ToListAsync(ct)
            );
            // Namespaces first: what they hold must be known before anything else is placed.
            foreach (
                Workload workload in workloads
                    .Where(w => applied.GetValueOrDefault(w.ContractId) < w.Generation)
                    .OrderBy(w => w.Product != ProductKind.Namespace)
            )
                await SendAsync(workload, ct);
            await wake.WaitAsync(TimeSpan.FromSeconds(10), ct);
        }
    }

    private async Task SendAsync(Workload workload, CancellationToken ct)
    {
        var bundle = BundleBuilder.Build(workload, connection.Catalogue);
        if (bundle.IsOk)
        {
            connection.SetDesired(bundle.Value);
        }
        else
        {
            // The manifest cannot be made: the contract ends with the reason instead of waiting for ever.
            var failed = new BundleStatus
            {
                ContractId = workload.ContractId,
                // The cluster has not been told, so nothing is known of it: this must not look like its word.
                ObservedGeneration = workload.ObservedGeneration,
                Phase = workload.StopRequested ? BundlePhase.Terminated : BundlePhase.Failed,
                ReadyReplicas = 0,
                DesiredReplicas = workload.DesiredReplicas,
                Messages =
                [
                    new BundleMessage(bundle.Error.Code, bundle.Error.Message, new Dictionary<string, string>(StringComparer.Ordinal)),
                ],
                ObservedAt = time.GetUtcNow(),
            };
            await scopes.ActAsync<StatusIntake, bool>(Actor.System, s => s.StoreAsync(failed, [], ct));
        }
        applied[workload.ContractId] = workload.Generation;
    }

    private async Task FollowStatusAsync(CancellationToken ct)
    {
        await foreach (BundleStatus status in connection.StatusChangesAsync(ct))
        {
            await scopes.ActAsync<StatusIntake, bool>(Actor.System, s => s.StoreAsync(status, connection.Allocations(), ct));
            await StoreEventsAsync(status.ContractId, ct);
            if (status.Phase is BundlePhase.Terminated)
                await connection.ForgetAsync(status.ContractId, ct);
        }
    }

    private async Task StoreEventsAsync(string contractId, CancellationToken ct)
    {
        var events = await connection.EventsAsync(contractId, ct);
        if (events.IsOk && events.Value.Count > 0)
            await scopes.ActAsync<EventIntake, int>(Actor.System, e => e.StoreAsync(contractId, events.Value, ct));
    }

    private async Task FollowInventoryAsync(CancellationToken ct)
    {
        await connection.Synced.WaitAsync(ct);
        using var timer = new PeriodicTimer(options.InventoryPause, time);
        ClusterInventory? last = null;
        do
        {
            ClusterInventory now = connection.Inventory;
            if (ReferenceEquals(now, last))
                continue;
            await scopes.ActAsync<InventoryIntake, bool>(Actor.System, i => i.StoreAsync(clusterId, now, connection.HoldingsIn(now), ct));
            last = now;
        } while (await timer.WaitForNextTickAsync(ct));
    }

    /// <summary>Pods that run for a contract which has ended: said once, and removed until none is left.</summary>
    private async Task FollowStraysAsync(CancellationToken ct)
    {
        await connection.Synced.WaitAsync(ct);
        using var timer = new PeriodicTimer(StrayPeriod, time);
        do
        {
            var strays = connection.Strays();
            foreach (
                Workload ended in strays.Count == 0
                    ? []
                    : await scopes.ActAsync<StrayIntake, IReadOnlyList<Workload>>(
                        Actor.System,
                        s => s.StoreAsync(clusterId, strays, time.GetUtcNow(), ct)
                    )
            )
            {
                if (BundleBuilder.Build(ended, connection.Catalogue) is { IsOk: true, Value: { } bundle })
                    connection.SetDesired(bundle.Stop(ended.Generation));
            }
        } while (await timer.WaitForNextTickAsync(ct));
    }

    private async Task FollowConnectionAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        do
        {
            recognised = recognised || (connection.State == ConnectionState.Connected && await RecogniseAsync(ct));
            await scopes.ActAsync<ConnectionIntake, bool>(
                Actor.System,
                c =>
                    c.StoreAsync(
                        clusterId,
                        connection.State,
                        connection.LastContact,
                        connection.Version?.GitVersion,
                        connection.LastError,
                        ct
                    )
            );
        } while (await timer.WaitForNextTickAsync(ct));
    }

    private async Task<bool> RecogniseAsync(CancellationToken ct)
    {
        var uid = await AccessReview.ClusterUidAsync(connection.Client, ct);
        if (uid.IsOk && !await scopes.ActAsync<ConnectionIntake, bool>(Actor.System, c => c.RecogniseAsync(clusterId, uid.Value, ct)))
            ConnectedTwice(clusterId);
        return uid.IsOk;
    }

    private async Task MeterAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(options.MeterPeriod, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            // A silent cluster is unknown, never zero and never running on: measure only up to the last evidence, and what it may still bring.
            if (connection.LastContact is { } evidence && connection.Synced.IsCompletedSuccessfully)
                await scopes.ActAsync<MeterIntake, int>(
                    Actor.System,
                    m => m.MeasureAsync(clusterId, connection.Allocations(), evidence - options.MeterGrace, ct)
                );
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await connection.DisposeAsync();
        await Task.WhenAll(loops);
        stop.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cluster {ClusterId}: the {Loop} loop failed and starts again")]
    private partial void LoopFailed(Exception e, string clusterId, string loop);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cluster {ClusterId} is connected a second time under another id; disconnect one")]
    private partial void ConnectedTwice(string clusterId);
}

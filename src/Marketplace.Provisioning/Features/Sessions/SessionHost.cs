using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>
/// Owns cluster connections by leases in the database: each connected cluster has exactly one worker, and another takes over when a lease
/// runs out. One binder and one reconciler per cluster follow from that.
/// </summary>
internal sealed partial class SessionHost(
    IServiceScopeFactory scopes,
    IServiceProvider services,
    ClusterAccess access,
    IdFactory ids,
    TimeProvider time,
    IOptions<ProvisioningOptions> options,
    ILogger<SessionHost> log
) : BackgroundService
{
    private readonly string worker = ids.New("wrk");
    private readonly Dictionary<string, ClusterSession> sessions = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        using var wake = scope.ServiceProvider.GetRequiredService<IChangeFeed>().Subscribe("clusters");
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await FollowLeasesAsync(await RenewAsync(stoppingToken));
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LeasesFailed(e);
                }
                await wake.WaitAsync(options.Value.LeaseTtl / 4, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
        finally
        {
            foreach (ClusterSession session in sessions.Values)
                await session.DisposeAsync();
            await ReleaseAsync();
        }
    }

    /// <summary>Renews our leases and takes those that nobody holds.</summary>
    private async Task<IReadOnlyDictionary<string, string>> RenewAsync(CancellationToken ct) =>
        await scopes.ActAsync<MarketplaceDbContext, IReadOnlyDictionary<string, string>>(
            Actor.System,
            db =>
                db.InTransactionAsync<IReadOnlyDictionary<string, string>>(
                    async t =>
                    {
                        DateTimeOffset now = time.GetUtcNow();
                        // Our own rows are waited for, because our own intakes lock them: a skipped row would look like a lost lease.
                        var mine = await db.Set<ClusterRow>()
                            .FromSql(
                                $"SELECT * FROM provisioning.cluster WHERE state <> 'Disconnected' AND lease_owner = {worker} ORDER BY id FOR UPDATE"
                            )
                            .ToListAsync(t);
                        mine.AddRange(
                            await db.Set<ClusterRow>()
                                .FromSql(
                                    $"SELECT * FROM provisioning.cluster WHERE state <> 'Disconnected' AND lease_owner IS DISTINCT FROM {worker} AND (lease_until IS NULL OR lease_until < {now}) FOR UPDATE SKIP LOCKED"
                                )
                                .ToListAsync(t)
                        );
                        foreach (ClusterRow cluster in mine)
                            (cluster.LeaseOwner, cluster.LeaseUntil) = (worker, now + options.Value.LeaseTtl);
                        await db.SaveChangesAsync(t);
                        return mine.ToDictionary(c => c.Id, c => c.EncryptedKubeconfig, StringComparer.Ordinal);
                    },
                    ct
                )
        );

    private async Task FollowLeasesAsync(IReadOnlyDictionary<string, string> mine)
    {
        foreach (string lost in sessions.Keys.Where(id => !mine.ContainsKey(id)).ToList())
        {
            sessions.Remove(lost, out ClusterSession? session);
            await session!.DisposeAsync();
        }
        foreach (var (id, kubeconfig) in mine.Where(c => !sessions.ContainsKey(c.Key)))
        {
            try
            {
                var session = ActivatorUtilities.CreateInstance<ClusterSession>(services, id, access.Open(kubeconfig));
                sessions[id] = session;
                session.Start();
            }
            catch (Exception e)
            {
                // One kubeconfig that cannot be read must not keep the other clusters waiting.
                SessionFailed(e, id);
            }
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await scopes.ActAsync<MarketplaceDbContext, int>(
                Actor.System,
                db =>
                    db.Set<ClusterRow>()
                        .Where(c => c.LeaseOwner == worker)
                        .ExecuteUpdateAsync(s => s.SetProperty(c => c.LeaseUntil, (DateTimeOffset?)null))
            );
        }
        catch (Exception e)
        {
            // The lease runs out by itself; others wait a few seconds longer.
            LeasesFailed(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cluster leases could not be renewed; trying again")]
    private partial void LeasesFailed(Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cluster {ClusterId}: its connection could not be opened; trying again")]
    private partial void SessionFailed(Exception e, string clusterId);
}

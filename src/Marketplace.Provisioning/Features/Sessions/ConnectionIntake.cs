using Marketplace.Clusters;
using Marketplace.Clusters.Connections;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Domain;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>Keeps the cluster row true: state by the age of the last contact, version, last error.</summary>
internal sealed class ConnectionIntake(MarketplaceDbContext db, IOutbox outbox, IChangeFeed changes)
{
    private static readonly TimeSpan ContactGrain = TimeSpan.FromSeconds(10);

    public async Task<bool> StoreAsync(
        string clusterId,
        ConnectionState state,
        DateTimeOffset? lastContact,
        string? version,
        ClusterError? error,
        CancellationToken ct
    )
    {
        var told = new Told(state, lastContact, version, error?.Message);
        ClusterRow? seen = await db.Set<ClusterRow>().AsNoTracking().FirstOrDefaultAsync(c => c.Id == clusterId, ct);
        if (seen is null || seen.State == ClusterState.Disconnected)
            return false;
        return !IsNews(seen, told) || await db.InTransactionAsync(t => StoreAsync(clusterId, told, t), ct);
    }

    /// <summary>Fills in what a cluster is known by, for one connected before this was asked. False when that cluster is connected twice.</summary>
    public async Task<bool> RecogniseAsync(string clusterId, string uid, CancellationToken ct)
    {
        try
        {
            await db.Set<ClusterRow>()
                .Where(c => c.Id == clusterId && c.ClusterUid == null)
                .ExecuteUpdateAsync(s => s.SetProperty(c => c.ClusterUid, uid), ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    private async Task<bool> StoreAsync(string clusterId, Told told, CancellationToken ct)
    {
        // Locked, because the center may be disconnecting it right now: a late word from its session must not bring it back.
        ClusterRow? cluster = await db.Set<ClusterRow>()
            .FromSql($"SELECT * FROM provisioning.cluster WHERE id = {clusterId} AND state <> 'Disconnected' FOR UPDATE")
            .SingleOrDefaultAsync(ct);
        if (cluster is null)
            return false;
        ClusterState now = StateOf(cluster, told);
        // A cluster is never lost before it was suspect, whatever this process slept through.
        if (now == ClusterState.Lost && cluster.State is ClusterState.Connected or ClusterState.Connecting)
            Change(cluster, ClusterState.Suspect);
        if (StateMachines.Cluster.Allows(cluster.State, now))
            Change(cluster, now);
        if (IsNewContact(cluster, told))
            cluster.LastContactAt = told.LastContact;
        cluster.LastError = told.Error;
        cluster.Version = told.Version ?? cluster.Version;
        await db.SaveChangesAsync(ct);
        return true;
    }

    private static bool IsNews(ClusterRow cluster, Told told) =>
        StateOf(cluster, told) != cluster.State
        || IsNewContact(cluster, told)
        || cluster.LastError != told.Error
        || (told.Version is not null && cluster.Version != told.Version);

    private static ClusterState StateOf(ClusterRow cluster, Told told) =>
        told.State switch
        {
            ConnectionState.Connected => ClusterState.Connected,
            ConnectionState.Suspect => ClusterState.Suspect,
            ConnectionState.Lost => ClusterState.Lost,
            _ => cluster.State,
        };

    private static bool IsNewContact(ClusterRow cluster, Told told) =>
        told.LastContact is { } contact && (cluster.LastContactAt is not { } known || contact - known >= ContactGrain);

    private void Change(ClusterRow cluster, ClusterState to)
    {
        outbox.Publish(new ClusterStateChanged(cluster.Id, cluster.State, to), key: cluster.Id);
        cluster.MoveTo(to);
        foreach (string topic in new[] { "market", $"cluster:{cluster.Id}", $"party:{cluster.PartyId}" })
            changes.Announce(topic);
    }

    private sealed record Told(ConnectionState State, DateTimeOffset? LastContact, string? Version, string? Error);
}

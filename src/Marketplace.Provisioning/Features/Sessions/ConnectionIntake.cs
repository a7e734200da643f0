using Marketplace.Clusters;
using Marketplace.Clusters.Connections;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outbox;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Domain;
using Microsoft.EntityFrameworkCore;

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
        ClusterRow? cluster = await db.Set<ClusterRow>().FirstOrDefaultAsync(c => c.Id == clusterId, ct);
        if (cluster is null || cluster.State == ClusterState.Disconnected)
            return false;
        ClusterState now = state switch
        {
            ConnectionState.Connected => ClusterState.Connected,
            ConnectionState.Suspect => ClusterState.Suspect,
            ConnectionState.Lost => ClusterState.Lost,
            _ => cluster.State,
        };
        // A cluster is never lost before it was suspect, whatever this process slept through.
        if (now == ClusterState.Lost && cluster.State is ClusterState.Connected or ClusterState.Connecting)
            Change(cluster, ClusterState.Suspect);
        if (StateMachines.Cluster.Allows(cluster.State, now))
            Change(cluster, now);
        string? message = error?.Message;
        bool newContact = lastContact is { } contact && (cluster.LastContactAt is null || contact - cluster.LastContactAt >= ContactGrain);
        if (newContact)
            cluster.LastContactAt = lastContact;
        if (cluster.LastError != message)
            cluster.LastError = message;
        if (version is not null && cluster.Version != version)
            cluster.Version = version;
        await db.SaveChangesAsync(ct);
        return true;
    }

    private void Change(ClusterRow cluster, ClusterState to)
    {
        outbox.Publish(new ClusterStateChanged(cluster.Id, cluster.State, to), key: cluster.Id);
        cluster.MoveTo(to);
        foreach (string topic in new[] { "market", $"cluster:{cluster.Id}", $"party:{cluster.PartyId}" })
            changes.Announce(topic);
    }
}

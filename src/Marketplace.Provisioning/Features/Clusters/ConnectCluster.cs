using Marketplace.Clusters;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Marketplace.Provisioning.Data;
using Marketplace.Provisioning.Features.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Provisioning.Features.Clusters;

/// <summary>
/// Kubeconfig → parsed → reached → rights checked → stored encrypted. Everything that can be wrong is said before anything is stored.
/// </summary>
internal sealed class ConnectClusterHandler(
    MarketplaceDbContext db,
    ActorContext actor,
    ClusterAccess access,
    ISiteDirectory sites,
    IdFactory ids,
    IChangeFeed changes,
    TimeProvider time,
    IOptions<ProvisioningOptions> options
)
{
    private const string Pointer = "/kubeconfig";

    public async Task<Outcome<ClusterRow>> HandleAsync(ConnectCluster request, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.SupplyWrite) is { } refused)
            return refused;
        string center = actor.Current.PartyId;
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 80)
            return Problem.Invalid("/name", "The cluster needs a name of at most 80 characters.", "Give it a name such as hall-b.");
        if (await sites.CenterOfAsync(request.SiteId, ct) != center)
            return Problem.Invalid("/siteId", "This is not one of your sites.", "Choose one of your sites, or make one first.");
        if (await db.Set<ClusterRow>().AnyAsync(c => c.PartyId == center && c.Name == request.Name, ct))
            return Problem.Invalid("/name", $"You have a cluster named {request.Name} already.", "Choose another name.");
        var config = access.Parse(request.Kubeconfig, request.Context);
        if (!config.IsOk)
            return Problem.Invalid(Pointer, config.Error.Message, config.Error.Fix ?? "Correct the kubeconfig and connect again.");
        var reached = await ReachAsync(config.Value, ct);
        if (!reached.IsOk)
            return reached.Problem;
        var cluster = new ClusterRow
        {
            Id = ids.New(IdPrefix.Cluster),
            PartyId = center,
            SiteId = request.SiteId,
            Name = request.Name,
            EncryptedKubeconfig = access.Encrypt(request.Kubeconfig, request.Context),
            Server = config.Value.Server.ToString(),
            Version = reached.Value,
            CreatedAt = time.GetUtcNow(),
            LastContactAt = time.GetUtcNow(),
        };
        db.Add(cluster);
        changes.Announce($"party:{center}");
        changes.Announce("clusters");
        await db.SaveChangesAsync(ct);
        return cluster;
    }

    // Outside any transaction: this is the network.
    private async Task<Outcome<string>> ReachAsync(KubeConfig config, CancellationToken ct)
    {
        using var client = new KubernetesClient(
            config,
            time,
            new KubernetesClientOptions
            {
                RequestTimeout = options.Value.ConnectTimeout,
                ConnectTimeout = options.Value.ConnectTimeout,
                Retries = 0,
            }
        );
        var version = await client.VersionAsync(ct);
        if (!version.IsOk)
            return Unreachable(config, version.Error);
        var nodes = await client.ListPageAsync(KubeKinds.Nodes, null, new KubeQuery(Limit: 1), ct);
        if (!nodes.IsOk)
            return Problem.Invalid(
                Pointer,
                $"The cluster answers, but nodes cannot be read: {nodes.Error.Message}",
                "Give this account the right to list and watch nodes and pods, then connect again."
            );
        return version.Value.GitVersion;
    }

    private static Problem Unreachable(KubeConfig config, ClusterError error) =>
        Problem.Invalid(
            Pointer,
            $"The cluster at {config.Server.Host}:{config.Server.Port} does not answer: {error.Message}",
            error.Fix ?? "Check the server address, the firewall and the credentials, then connect again."
        );
}

using Marketplace.Clusters;
using Marketplace.Clusters.Access;
using Marketplace.Clusters.Kubernetes;
using Marketplace.Platform.Audit;
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
using Npgsql;

namespace Marketplace.Provisioning.Features.Clusters;

/// <summary>
/// Kubeconfig → parsed → reached → rights checked → recognised → stored encrypted. Everything that can be wrong is said before anything is stored.
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
    private const ClusterState Disconnected = ClusterState.Disconnected;

    public async Task<Outcome<ClusterRow>> HandleAsync(ConnectCluster request, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.SupplyWrite) is { } refused)
            return refused;
        string center = actor.Current.PartyId;
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 80)
            return Problem.Invalid("/name", "The cluster needs a name of at most 80 characters.", "Give it a name such as hall-b.");
        if (await sites.CenterOfAsync(request.SiteId, ct) != center)
            return Problem.Invalid("/siteId", "This is not one of your sites.", "Choose one of your sites, or make one first.");
        if (await db.Set<ClusterRow>().AnyAsync(c => c.PartyId == center && c.Name == request.Name && c.State != Disconnected, ct))
            return NameTaken(request.Name);
        var config = access.Parse(request.Kubeconfig, request.Context);
        if (!config.IsOk)
            return Problem.Invalid(Pointer, config.Error.Message, config.Error.Fix ?? "Correct the kubeconfig and connect again.");
        var reached = await ReachAsync(config.Value, ct);
        return reached.IsOk ? await StoreAsync(request, config.Value, reached.Value, ct) : reached.Problem;
    }

    // Outside any transaction: this is the network.
    private async Task<Outcome<Reached>> ReachAsync(KubeConfig config, CancellationToken ct)
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
        var missing = await AccessReview.MissingAsync(client, ct);
        if (!missing.IsOk)
            return Unreachable(config, missing.Error);
        if (missing.Value.Count > 0)
            return Problem.Invalid(
                Pointer,
                $"The cluster answers, but this account may not do everything the marketplace does there. Missing: {ClusterRight.Words(missing.Value)}.",
                $"Apply the roles below, give {AccessManifest.ProductRole} to the account of this kubeconfig, then connect again.\n{AccessManifest.Yaml}"
            );
        var uid = await AccessReview.ClusterUidAsync(client, ct);
        return uid.IsOk ? new Reached(version.Value.GitVersion, uid.Value) : Unreachable(config, uid.Error);
    }

    private async Task<Outcome<ClusterRow>> StoreAsync(ConnectCluster request, KubeConfig config, Reached reached, CancellationToken ct)
    {
        string center = actor.Current.PartyId;
        // Every center's rows: a cluster is sold once, whoever connects it.
        string? owner = await db.Set<ClusterRow>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .Where(c => c.ClusterUid == reached.Uid && c.State != Disconnected)
            .Select(c => c.PartyId == center ? c.Name : "")
            .FirstOrDefaultAsync(ct);
        if (owner is not null)
            return Known(owner);
        var cluster = new ClusterRow
        {
            Id = ids.New(IdPrefix.Cluster),
            PartyId = center,
            SiteId = request.SiteId,
            Name = request.Name,
            EncryptedKubeconfig = access.Encrypt(request.Kubeconfig, request.Context),
            Server = config.Server.ToString(),
            ClusterUid = reached.Uid,
            Version = reached.Version,
            CreatedAt = time.GetUtcNow(),
            LastContactAt = time.GetUtcNow(),
        };
        db.Add(cluster);
        db.Audit("cluster.connected", "cluster", cluster.Id, $"{cluster.Name}, {cluster.Server}");
        changes.Announce($"party:{center}");
        changes.Announce("clusters");
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } twice)
        {
            // Somebody connected it, or used the name, between the question and the answer.
            db.ChangeTracker.Clear();
            return twice.ConstraintName == ProvisioningConfiguration.OneConnectionPerCluster ? Known("") : NameTaken(request.Name);
        }
        return cluster;
    }

    // Another center's name for it is that center's business.
    private static Problem Known(string name) =>
        Problem.Invalid(
            Pointer,
            name.Length > 0
                ? $"This cluster is connected already, as {name}."
                : "This cluster is connected to the marketplace already, by another account or under another name.",
            name.Length > 0
                ? $"Use {name}. To change its credentials or its site, disconnect it first, then connect it again."
                : "Disconnect it where it is connected first, then connect it again. If it is not yours to disconnect, ask the network desk."
        );

    private static Problem NameTaken(string name) =>
        Problem.Invalid("/name", $"You have a cluster named {name} already.", "Choose another name.");

    private static Problem Unreachable(KubeConfig config, ClusterError error) =>
        Problem.Invalid(
            Pointer,
            $"The cluster at {config.Server.Host}:{config.Server.Port} does not answer: {error.Message}",
            error.Fix ?? "Check the server address, the firewall and the credentials, then connect again."
        );

    private sealed record Reached(string Version, string Uid);
}

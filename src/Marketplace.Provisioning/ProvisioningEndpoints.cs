using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Provisioning.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Provisioning;

/// <summary>REST: a center's clusters.</summary>
public static class ProvisioningEndpoints
{
    public static IEndpointRouteBuilder MapProvisioning(this IEndpointRouteBuilder api)
    {
        var clusters = api.MapGroup("/clusters").WithTags("Clusters");
        clusters
            .MapPost("", Connect)
            .RequirePermission(Permission.SupplyWrite)
            .RequireIdempotencyKey()
            .WithSummary("Connect a cluster by kubeconfig");
        clusters.MapGet("", List).RequirePermission(Permission.SupplyRead).WithSummary("List your clusters");
        clusters.MapGet("/{clusterId}", Get).RequirePermission(Permission.SupplyRead).WithSummary("Read a cluster");
        clusters.MapGet("/{clusterId}/inventory", Inventory).RequirePermission(Permission.SupplyRead).WithSummary("Read nodes and devices");
        clusters
            .MapPost("/{clusterId}:disconnect", Disconnect)
            .RequirePermission(Permission.SupplyWrite)
            .WithSummary("Disconnect a cluster that runs nothing");
        return api;
    }

    private static async Task<ApiCreated<ClusterView>> Connect(
        ConnectCluster request,
        IdempotencyKey key,
        IClusters clusters,
        CancellationToken ct
    )
    {
        ArgumentNullException.ThrowIfNull(key);
        return (await clusters.ConnectAsync(request, ct)).ToCreated(c => $"/api/v1/clusters/{c.Id}");
    }

    private static async Task<ApiResult<IReadOnlyList<ClusterView>>> List(IClusters clusters, CancellationToken ct) =>
        Outcome<IReadOnlyList<ClusterView>>.Ok(await clusters.ListAsync(ct)).ToResult();

    private static async Task<ApiResult<ClusterView>> Get(string clusterId, IClusters clusters, CancellationToken ct) =>
        (await clusters.FindAsync(clusterId, ct)).OrNotFound("cluster", clusterId);

    private static async Task<ApiResult<IReadOnlyList<FleetNode>>> Inventory(string clusterId, IClusters clusters, CancellationToken ct) =>
        (await clusters.InventoryAsync(clusterId, ct))?.Fleet.OrNotFound("cluster", clusterId)
        ?? Outcome<IReadOnlyList<FleetNode>>.Fail(Problem.NotFound("cluster", clusterId)).ToResult();

    private static async Task<ApiResult<ClusterView>> Disconnect(string clusterId, IClusters clusters, CancellationToken ct) =>
        (await clusters.DisconnectAsync(clusterId, ct)).ToResult();
}

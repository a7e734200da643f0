using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Platform.Api;

/// <summary>Marks an endpoint of the REST API: the gate, problem documents and idempotency apply to it.</summary>
public sealed class ApiMetadata;

/// <summary>What the caller must be permitted.</summary>
public sealed record PermissionMetadata(Permission Permission);

/// <summary>Open to every member and credential of every party, with the reason.</summary>
public sealed record AnyMemberMetadata(string Reason);

/// <summary>The request must carry an <c>Idempotency-Key</c>.</summary>
public sealed class IdempotencyMetadata;

/// <summary>What a module says about its endpoints. An endpoint that says neither who may call it nor why everybody may is refused at run time.</summary>
public static class EndpointConventions
{
    /// <summary>Only actors that are permitted this; others get 403 with what they lack.</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder builder, Permission permission)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new PermissionMetadata(permission));

    /// <summary>Any authenticated member or credential, such as for reading one's own organisation.</summary>
    public static TBuilder RequireAnyMember<TBuilder>(this TBuilder builder, string reason)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AnyMemberMetadata(reason));

    /// <summary>
    /// For POSTs that move money or capacity: 400 without the header, 422 when the key was used with another request, 409 while the first
    /// request runs, else the stored answer. Take the key as a parameter of type <see cref="Idempotency.IdempotencyKey"/> and pass it on: the module's
    /// own check of the key makes a retry after a crash safe.
    /// </summary>
    public static TBuilder RequireIdempotencyKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new IdempotencyMetadata());

    /// <summary>The group <c>/api/v1</c>, to which every module maps its endpoints.</summary>
    public static RouteGroupBuilder MapApiGroup(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/api/v1").WithMetadata(new ApiMetadata());
}

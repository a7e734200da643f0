using Marketplace.Platform.Api.Problems;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Platform.Api;

/// <summary>
/// Refuses before binding, so that nobody learns the shape of what they may not call. Fails closed. A refused command leaves an audit event.
/// </summary>
internal sealed class ApiGate(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http, ActorContext actor)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<ApiMetadata>() is not null && Refuse(http, endpoint, actor.TryGet()) is { } problem)
        {
            // Without a credential there is nobody to write it down for. The route, not the path: ids in it may be somebody else's.
            if (actor.TryGet() is not null && problem.Kind == ProblemKind.Forbidden && !HttpMethods.IsGet(http.Request.Method))
                await http
                    .RequestServices.GetRequiredService<MarketplaceDbContext>()
                    .AuditRefusalAsync($"{http.Request.Method} {RouteOf(endpoint)}", problem.Detail, http.RequestAborted);
            await ProblemResponse.WriteAsync(http, problem);
            return;
        }
        await next(http);
    }

    private static string RouteOf(Endpoint endpoint) =>
        (endpoint as RouteEndpoint)?.RoutePattern.RawText ?? endpoint.DisplayName ?? "unnamed";

    private static Problem? Refuse(HttpContext http, Endpoint endpoint, Actor? actor)
    {
        if (actor is null)
            return http.Features.Get<RefusedCredential>()?.Problem ?? ApiProblems.Unauthenticated;
        if (endpoint.Metadata.GetMetadata<PermissionMetadata>() is { } required)
            return actor.Check(required.Permission);
        return endpoint.Metadata.GetMetadata<AnyMemberMetadata>() is not null
            ? null
            : throw new InvalidOperationException(
                $"{endpoint.DisplayName} declares no permission. Call RequirePermission or RequireAnyMember."
            );
    }
}

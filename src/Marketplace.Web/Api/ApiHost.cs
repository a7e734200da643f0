using Marketplace.Platform.Api;
using Marketplace.Web.Api.Health;
using Marketplace.Web.Api.Metrics;
using Marketplace.Web.Api.OpenApi;
using Marketplace.Web.Api.RateLimits;
using Marketplace.Web.Identity.Endpoints;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Api;

/// <summary>The host's side of the REST API: the group the modules map to, limits, description, health and metrics.</summary>
internal static class ApiHost
{
    public static void AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ApiOptions>().Bind(configuration.GetSection("Api")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ApiOptions>, ApiOptionsValidator>();
        services.AddApiConventions();
        services.AddSingleton<ApiRateLimit>().AddSingleton<AnonymousRateLimit>();
        services.AddSingleton<Readiness>();
        services.AddMarketplaceOpenApi();
        services.AddMarketplaceMetrics();
    }

    /// <summary>Limits, permissions, idempotency. Goes after identity.</summary>
    public static void UseApi(this IApplicationBuilder app)
    {
        app.UseMiddleware<RateLimitMiddleware>();
        app.UseApiGate();
    }

    /// <summary>Maps identity's endpoints and everything around the API.</summary>
    /// <returns>The group <c>/api/v1</c>; each module maps its own endpoints to it.</returns>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder routes)
    {
        var limit = routes.ServiceProvider.GetRequiredService<IOptions<ApiOptions>>().Value.MaxBodyBytes;
        RouteGroupBuilder api = routes.MapApiGroup().WithMetadata(new RequestSizeLimitAttribute(limit));
        api.MapOrganizations();
        api.MapMembers();
        api.MapInvitations();
        api.MapApiKeys();
        api.MapOAuthClients();
        api.MapSessions();
        routes.MapMarketplaceOpenApi();
        routes.MapHealth();
        routes.MapMetrics();
        return api;
    }
}

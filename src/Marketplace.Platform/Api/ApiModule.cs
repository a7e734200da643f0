using Marketplace.Platform.Api.Idempotency;
using Marketplace.Platform.Api.Json;
using Marketplace.Platform.Api.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Platform.Api;

/// <summary>The REST conventions every module's endpoints share.</summary>
public static class ApiModule
{
    /// <summary>JSON options, problem documents and idempotency.</summary>
    public static IServiceCollection AddApiConventions(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        // Binding failures must reach the boundary, which names the field.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<IdempotencyStore>();
        return services;
    }

    /// <summary>Turns exceptions and bare statuses below <c>/api</c> into problem documents. Goes before routing and authentication.</summary>
    public static IApplicationBuilder UseApiProblems(this IApplicationBuilder app) =>
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal),
            api => api.UseMiddleware<ProblemBoundary>()
        );

    /// <summary>Permissions, then idempotency. Goes after authentication and after the actor is set.</summary>
    public static IApplicationBuilder UseApiGate(this IApplicationBuilder app) =>
        app.UseMiddleware<ApiGate>().UseMiddleware<IdempotencyMiddleware>().UseMiddleware<QueryEnums>();
}

using Marketplace.Platform.Api.Json;

namespace Marketplace.Web.Api.Health;

/// <summary>For whoever restarts and balances: <c>/healthz</c> asks the process, <c>/readyz</c> asks what it depends on.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => Results.Text("ok")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/readyz", ReadyAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(HttpContext http, Readiness readiness, CancellationToken ct)
    {
        ReadinessReport report = await readiness.CheckAsync(ct);
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(
            report,
            ApiJson.Options,
            statusCode: report.Status == "unready" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK
        );
    }
}

namespace Marketplace.Web.Api.Metrics;

/// <summary><c>/metrics</c> for Prometheus, and OTLP when an address is configured.</summary>
internal static class MetricsModule
{
    public static void AddMarketplaceMetrics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<MetricsRecorder>();
        services.AddHostedService(s => s.GetRequiredService<MetricsRecorder>());
        services.AddHostedService<OtlpExport>();
    }

    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/metrics", (MetricsRecorder recorder) => Results.Text(recorder.Render(), "text/plain; version=0.0.4; charset=utf-8"))
            .AllowAnonymous()
            .ExcludeFromDescription();
}

using Marketplace.Platform.Api;

namespace Marketplace.Web.Api.OpenApi;

/// <summary><c>/openapi/v1.json</c>, and <c>/api-docs</c> to read it.</summary>
internal static class OpenApiModule
{
    public const string Document = "v1";

    public static void AddMarketplaceOpenApi(this IServiceCollection services) =>
        services.AddOpenApi(
            Document,
            options =>
            {
                options.ShouldInclude = description => description.ActionDescriptor.EndpointMetadata.OfType<ApiMetadata>().Any();
                options.AddDocumentTransformer<DescribeDocument>();
                options.AddOperationTransformer<DescribeOperation>();
                options.AddSchemaTransformer<DescribeSchema>();
            }
        );

    public static void MapMarketplaceOpenApi(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        routes.MapGet("/api-docs", () => Results.Content(Page, "text/html; charset=utf-8")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/problems/{code}", ProblemPage.Show).AllowAnonymous().ExcludeFromDescription();
    }

    // The reader comes from npm at build time. Where it was not restored, the page still says where the description is.
    private const string Page = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>API reference</title>
          <link rel="stylesheet" href="/lib/swagger-ui/swagger-ui.css" />
          <link rel="icon" type="image/svg+xml" href="/img/mark.svg" />
          <style>body { margin: 0; background: #fff; } .bar { display: flex; gap: 16px; padding: 12px 20px; border-bottom: 1px solid #e3e6e4; font: 14px/1.4 system-ui, sans-serif; } .bar a { color: #0b6b54; }</style>
        </head>
        <body>
          <nav class="bar" aria-label="API reference"><a href="/">Portal</a><a href="/openapi/v1.json">openapi/v1.json</a></nav>
          <main id="ui"><noscript>The reference needs JavaScript. The description itself is at <a href="/openapi/v1.json">/openapi/v1.json</a>.</noscript></main>
          <script src="/lib/swagger-ui/swagger-ui-bundle.js"></script>
          <script>
            if (window.SwaggerUIBundle) SwaggerUIBundle({ url: '/openapi/v1.json', dom_id: '#ui', deepLinking: true, defaultModelsExpandDepth: 0, tryItOutEnabled: false });
            else document.getElementById('ui').innerHTML = '<p style="padding:20px;font:14px system-ui">This build has no reference page. The description is at <a href="/openapi/v1.json">/openapi/v1.json</a>.</p>';
          </script>
        </body>
        </html>
        """;
}

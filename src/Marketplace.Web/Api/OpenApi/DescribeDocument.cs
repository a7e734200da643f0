using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Mail;
using Marketplace.Web.Identity.Tokens;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Marketplace.Web.Api.OpenApi;

/// <summary>Title, conventions, servers and the two ways to authenticate.</summary>
internal sealed class DescribeDocument(PublicLinks links) : IOpenApiDocumentTransformer
{
    public const string KeyScheme = "apiKey";
    public const string OAuthScheme = "oauth2";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Compute marketplace",
            Version = "v1",
            Description = """
                Search, quote, order and run compute across many centers.

                - **Authentication**: `Authorization: Bearer` with an API key (`mk_…`) or an OAuth 2 access token (client credentials). The organisation follows from the credential.
                - **Errors** are `application/problem+json` (RFC 9457): a stable `type`, a `code`, `errors[]` with JSON pointers and fixes, and a `traceId`.
                - **Idempotency-Key** is required where a request moves money or capacity. The first answer is repeated for 24 hours; a refused request frees its key.
                - **Lists** are pages: `items`, `nextCursor`, and a `Link` header. `fields` chooses what comes back.
                - **Money** is a decimal string with a currency; times are RFC 3339 in UTC; enums are camelCase names. Unknown fields are refused.
                - **Limits**: `RateLimit-*` headers say what is left; 429 comes with `Retry-After`.
                """,
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [KeyScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key, made under API access in the portal.",
            },
            [OAuthScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Flows = new OpenApiOAuthFlows
                {
                    ClientCredentials = new OpenApiOAuthFlow
                    {
                        TokenUrl = new Uri(links.Origin + TokenEndpoint.Path),
                        Scopes = Permissions.AllScopes.ToDictionary(
                            scope => scope,
                            scope => scope.Replace('-', ' '),
                            StringComparer.Ordinal
                        ),
                    },
                },
            },
        };
        return Task.CompletedTask;
    }
}

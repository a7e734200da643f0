using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Mail;

namespace Marketplace.Web.Identity.Tokens;

/// <summary>What clients need to find the rest by themselves: issuer metadata (RFC 8414) and the key set (RFC 7517).</summary>
internal static class Discovery
{
    public static void MapDiscovery(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/.well-known/openid-configuration", Metadata).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/.well-known/oauth-authorization-server", Metadata).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/.well-known/jwks.json", KeysAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static IResult Metadata(PublicLinks links) =>
        Results.Json(
            new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["issuer"] = links.Origin,
                ["token_endpoint"] = links.Origin + TokenEndpoint.Path,
                ["jwks_uri"] = links.Origin + "/.well-known/jwks.json",
                ["grant_types_supported"] = new[] { "client_credentials" },
                ["token_endpoint_auth_methods_supported"] = new[] { "client_secret_basic", "client_secret_post" },
                ["response_types_supported"] = Array.Empty<string>(),
                ["subject_types_supported"] = new[] { "public" },
                ["id_token_signing_alg_values_supported"] = new[] { "ES256" },
                ["scopes_supported"] = Permissions.AllScopes,
                ["service_documentation"] = links.Origin + "/api-docs",
            }
        );

    private static async Task<IResult> KeysAsync(HttpContext http, SigningKeyRing keys, CancellationToken ct)
    {
        KeyRing ring = await keys.ReadAsync(ct);
        http.Response.Headers.CacheControl = "public, max-age=300";
        return Results.Json(
            new
            {
                keys = ring.Published.Select(k => new
                {
                    kty = "EC",
                    crv = "P-256",
                    x = k.X,
                    y = k.Y,
                    use = "sig",
                    alg = "ES256",
                    kid = k.Kid,
                }),
            },
            contentType: "application/jwk-set+json"
        );
    }
}

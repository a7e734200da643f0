using System.Text;
using System.Text.Json.Serialization;
using Marketplace.Web.Identity.Credentials;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Tokens;

internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("scope")] string Scope
);

internal sealed record TokenError(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string Description
);

/// <summary><c>POST /connect/token</c>: OAuth 2.0 client credentials (RFC 6749 §4.4), errors as in its §5.2.</summary>
internal static class TokenEndpoint
{
    public const string Path = "/connect/token";

    public static void MapToken(this IEndpointRouteBuilder routes) =>
        routes.MapPost(Path, HandleAsync).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(
        HttpContext http,
        CredentialCheck credentials,
        AccessTokens tokens,
        IOptions<IdentityOptions> options,
        CancellationToken ct
    )
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Pragma = "no-cache";
        if (!http.Request.HasFormContentType)
            return Error("invalid_request", "Send the parameters as application/x-www-form-urlencoded.");
        IFormCollection form = await http.Request.ReadFormAsync(ct);
        if (form.FirstOrDefault(p => p.Value.Count > 1) is { Key.Length: > 0 } repeated)
            return Error("invalid_request", $"The parameter '{repeated.Key}' is there more than once.");
        string grant = form["grant_type"].ToString();
        if (grant.Length == 0)
            return Error("invalid_request", "grant_type is missing. Send client_credentials.");
        if (grant != "client_credentials")
            return Error("unsupported_grant_type", "Only client_credentials is supported.");
        bool basic = http.Request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);
        if (basic && form.ContainsKey("client_secret"))
            return Error("invalid_request", "Send the secret in the Authorization header or in the body, not in both.");
        var (id, secret) = basic ? FromHeader(http.Request) : (form["client_id"].ToString(), form["client_secret"].ToString());
        if (await credentials.ClientAsync(id, secret, ct) is not { } client)
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"token\"";
            return Results.Json(
                new TokenError("invalid_client", "There is no such client, the secret is wrong, or the client is revoked or expired."),
                statusCode: StatusCodes.Status401Unauthorized
            );
        }
        string wanted = form["scope"].ToString();
        string[] scopes = wanted.Length == 0 ? client.Scopes : wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (scopes.Except(client.Scopes, StringComparer.Ordinal).FirstOrDefault() is { } foreign)
            return Error("invalid_scope", $"This client may not have '{foreign}'. It has: {string.Join(' ', client.Scopes)}.");
        string token = await tokens.IssueAsync(client, scopes, ct);
        return Results.Json(new TokenAnswer(token, "Bearer", (int)options.Value.AccessTokenTime.TotalSeconds, string.Join(' ', scopes)));
    }

    // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    private static (string Id, string Secret) FromHeader(HttpRequest request)
    {
        byte[] bytes = new byte[4096];
        if (!Convert.TryFromBase64String(request.Headers.Authorization.ToString()["Basic ".Length..].Trim(), bytes, out int length))
            return ("", "");
        string pair = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? ("", "") : (Decode(pair[..colon]), Decode(pair[(colon + 1)..]));
    }

    private static string Decode(string value) => Uri.UnescapeDataString(value.Replace('+', ' '));

    private static IResult Error(string code, string description) =>
        Results.Json(new TokenError(code, description), statusCode: StatusCodes.Status400BadRequest);
}

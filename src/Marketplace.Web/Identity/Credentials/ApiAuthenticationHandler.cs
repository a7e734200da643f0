using System.Security.Claims;
using System.Text.Encodings.Web;
using Marketplace.Platform.Api;
using Marketplace.Web.Identity.Acting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Identity.Credentials;

/// <summary>
/// <c>Authorization: Bearer</c> with an API key or an access token. The portal's cookie is not looked at here, so no other site can make a
/// browser call the API.
/// </summary>
internal sealed class ApiAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    CredentialCheck credentials
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Api";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return AuthenticateResult.NoResult();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return Refuse("The Authorization header is not 'Bearer'.");
        string secret = header["Bearer ".Length..].Trim();
        var checkedActor = secret.StartsWith(ApiKey.SecretPrefix, StringComparison.Ordinal)
            ? await credentials.OfApiKeyAsync(secret, Context.RequestAborted)
            : await credentials.OfTokenAsync(secret, Context.RequestAborted);
        if (!checkedActor.IsOk)
            return Refuse(checkedActor.Problem.Detail);
        var actor = checkedActor.Value with { Origin = Context.Connection.RemoteIpAddress?.ToString() };
        Context.Features.Set(new ActorFeature(actor, null));
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, actor.CredentialId!), new Claim("party", actor.PartyId)],
            Scheme.Name
        );
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    private AuthenticateResult Refuse(string why)
    {
        Context.Features.Set(new RefusedCredential(CredentialCheck.Wrong(why)));
        Context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return AuthenticateResult.Fail(why);
    }
}

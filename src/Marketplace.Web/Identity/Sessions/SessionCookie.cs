using System.Security.Claims;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Acting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.StaticAssets;

namespace Marketplace.Web.Identity.Sessions;

/// <summary>The portal's cookie. It carries the session's id; every request asks the database whether the session still counts.</summary>
internal sealed class SessionCookie(ActorResolver actors, IServiceScopeFactory scopes, TimeProvider time) : CookieAuthenticationEvents
{
    public const string SessionClaim = "session";
    public const string PartyClaim = "party";

    /// <summary>Signs the browser in.</summary>
    public static Task IssueAsync(HttpContext http, string sessionId) =>
        http.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            new ClaimsPrincipal(
                new ClaimsIdentity([new Claim(SessionClaim, sessionId)], CookieAuthenticationDefaults.AuthenticationScheme)
            ),
            new AuthenticationProperties { IsPersistent = true }
        );

    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        // Stylesheets and scripts are the same for everybody.
        if (context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
            return;
        string? id = context.Principal?.FindFirstValue(SessionClaim);
        var signedIn = id is null ? null : await actors.OfSessionAsync(id, null, context.HttpContext.RequestAborted);
        if (signedIn is null)
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
            return;
        }
        context.HttpContext.Features.Set(new ActorFeature(signedIn.Actor, signedIn));
        context.ReplacePrincipal(Principal(signedIn));
        if (signedIn.LastSeenAt + SessionDesk.SeenEvery <= time.GetUtcNow())
            await scopes.ActAsync<SessionDesk, int>(
                Actor.System,
                desk => desk.TouchAsync(signedIn.SessionId, context.HttpContext.RequestAborted)
            );
    }

    /// <summary>The claims pages read. They say who is there; what is allowed is asked again with every action.</summary>
    public static ClaimsPrincipal Principal(SignedIn signedIn)
    {
        List<Claim> claims =
        [
            new(ClaimTypes.NameIdentifier, signedIn.PersonId),
            new(ClaimTypes.Name, signedIn.Name),
            new(ClaimTypes.Email, signedIn.Email),
            new(SessionClaim, signedIn.SessionId),
        ];
        if (signedIn.Actor is { } actor)
        {
            claims.Add(new(PartyClaim, actor.PartyId));
            claims.Add(new(ClaimTypes.Role, actor.Role.ToString()));
            claims.AddRange(
                Enum.GetValues<PartyKinds>()
                    .Where(k => k != PartyKinds.None && actor.Kinds.HasFlag(k))
                    .Select(k => new Claim("kind", k.ToString()))
            );
        }
        return new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme));
    }
}

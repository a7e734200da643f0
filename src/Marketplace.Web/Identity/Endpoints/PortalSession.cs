using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.Sessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Web.Identity.Endpoints;

/// <summary>What the shell's menus call: sign out, and act for another organisation.</summary>
internal static class PortalSession
{
    public static void MapPortalSession(this IEndpointRouteBuilder routes)
    {
        // A bound form parameter makes the antiforgery middleware check the token.
        routes.MapPost("/sign-out", SignOutAsync).ExcludeFromDescription();
        routes.MapGet("/workspace/{partyId}", SwitchAsync).ExcludeFromDescription();
    }

    /// <summary>Where to go after signing in or switching: only ever a page of this portal.</summary>
    public static string Local(string? url) =>
        url is ['/', ..] && (url.Length == 1 || (url[1] != '/' && url[1] != '\\')) && !url.Any(char.IsControl) ? url : "/";

    private static async Task<IResult> SignOutAsync(HttpContext http, [FromForm] string? returnUrl, IServiceScopeFactory scopes)
    {
        if (http.Features.Get<ActorFeature>()?.SignedIn is { } signedIn)
            await scopes.ActAsync<SessionDesk, object>(
                Actor.System,
                async desk => await desk.EndAsync(signedIn.PersonId, signedIn.SessionId, http.RequestAborted)
            );
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.LocalRedirect(returnUrl is null ? "/sign-in" : Local(returnUrl));
    }

    // A link, because the shell's switcher is one. It only chooses among one's own organisations, and other sites may not even do that.
    private static async Task<IResult> SwitchAsync(string partyId, string? to, HttpContext http, IServiceScopeFactory scopes)
    {
        if (http.Features.Get<ActorFeature>()?.SignedIn is not { } signedIn)
            return Results.LocalRedirect("/sign-in");
        if (http.Request.Headers["Sec-Fetch-Site"].ToString() == "cross-site")
            return Results.LocalRedirect("/");
        var switched = await scopes.ActAsync<SessionDesk, Platform.Outcomes.Outcome<Platform.Outcomes.Done>>(
            Actor.System,
            desk => desk.SwitchAsync(signedIn.PersonId, signedIn.SessionId, partyId, http.RequestAborted)
        );
        return switched.IsOk ? Results.LocalRedirect(Local(to)) : Results.NotFound();
    }
}

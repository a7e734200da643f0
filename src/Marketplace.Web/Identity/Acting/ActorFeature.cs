using Marketplace.Platform.Parties;

namespace Marketplace.Web.Identity.Acting;

/// <summary>Request feature: whom authentication found.</summary>
/// <param name="SignedIn">The person and session, when a cookie came; null for programs.</param>
internal sealed record ActorFeature(Actor? Actor, SignedIn? SignedIn);

/// <summary>Gives the request's DI scope its actor. Goes after authentication.</summary>
internal sealed class ActorMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http, ActorContext actor)
    {
        if (http.Features.Get<ActorFeature>() is { Actor: { } found })
            actor.Become(found);
        return next(http);
    }
}

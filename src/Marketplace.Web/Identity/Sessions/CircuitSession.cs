using System.Security.Claims;
using Marketplace.Web.Identity.Acting;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Marketplace.Web.Identity.Sessions;

/// <summary>Asks again every half minute whether an open page's session still counts, so that an ended one empties the page by itself.</summary>
internal sealed class CircuitSession(ILoggerFactory logging, ActorResolver actors) : RevalidatingServerAuthenticationStateProvider(logging)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(
        AuthenticationState authenticationState,
        CancellationToken cancellationToken
    ) =>
        authenticationState.User.FindFirstValue(SessionCookie.SessionClaim) is { } id
        && await actors.OfSessionAsync(id, null, cancellationToken) is not null;
}

using System.Security.Claims;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Sessions;
using Microsoft.AspNetCore.Components.Authorization;

namespace Marketplace.Web.Identity.Acting;

/// <summary>The person at an open page, and the organisation they act for there.</summary>
public sealed record PortalPerson(string PersonId, string Name, string Email, bool EmailConfirmed, string SessionId, Actor Actor)
{
    /// <summary>Pinned when the page opened: switching in another tab does not move this one.</summary>
    public string WorkspaceId => Actor.PartyId;
}

/// <summary>The session has ended or the person has left the organisation. Pages let it through; the shell leads to sign-in.</summary>
public sealed class SessionEndedException() : Exception("Your session has ended. Sign in again.");

/// <summary>
/// The one way from a page to a module: one DI scope per action, with the actor asked anew from the database, so that an ended session
/// or a lost role shows with the next click.
/// </summary>
public sealed class PortalActions
{
    private readonly AuthenticationStateProvider authentication;
    private readonly ActorResolver actors;
    private readonly IServiceScopeFactory scopes;

    internal PortalActions(AuthenticationStateProvider authentication, ActorResolver actors, IServiceScopeFactory scopes) =>
        (this.authentication, this.actors, this.scopes) = (authentication, actors, scopes);

    /// <summary>Runs one action as the person at the page.</summary>
    /// <exception cref="SessionEndedException">Nobody is signed in (any more).</exception>
    public async Task<TResult> RunAsync<TService, TResult>(Func<TService, Task<TResult>> action)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(action);
        return await scopes.ActAsync((await PersonAsync()).Actor, action);
    }

    /// <summary>Runs one action that returns nothing.</summary>
    /// <exception cref="SessionEndedException">Nobody is signed in (any more).</exception>
    public Task RunAsync<TService>(Func<TService, Task> action)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(action);
        return RunAsync<TService, bool>(async service =>
        {
            await action(service);
            return true;
        });
    }

    /// <summary>Streams from a module, such as a log: the scope lives until the stream ends.</summary>
    /// <exception cref="SessionEndedException">Nobody is signed in (any more).</exception>
    public async IAsyncEnumerable<TItem> StreamAsync<TService, TItem>(
        Func<TService, IAsyncEnumerable<TItem>> action,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(action);
        Actor actor = (await PersonAsync()).Actor;
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ActorContext>().Become(actor);
        await foreach (TItem item in action(scope.ServiceProvider.GetRequiredService<TService>()).WithCancellation(ct))
            yield return item;
    }

    /// <summary>Who is at the page.</summary>
    /// <exception cref="SessionEndedException">Nobody is signed in (any more).</exception>
    public async Task<PortalPerson> PersonAsync() => await TryPersonAsync() ?? throw new SessionEndedException();

    /// <summary>Who is at the page; null when nobody is signed in or they belong to no organisation.</summary>
    public async Task<PortalPerson?> TryPersonAsync()
    {
        ClaimsPrincipal user = (await authentication.GetAuthenticationStateAsync()).User;
        if (user.FindFirstValue(SessionCookie.SessionClaim) is not { } session)
            return null;
        var signedIn = await actors.OfSessionAsync(session, user.FindFirstValue(SessionCookie.PartyClaim), CancellationToken.None);
        return signedIn is { Actor: { } actor }
            ? new PortalPerson(signedIn.PersonId, signedIn.Name, signedIn.Email, signedIn.EmailConfirmed, signedIn.SessionId, actor)
            : null;
    }
}

using System.Security.Claims;
using AngleSharp.Dom;
using Bunit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Marketplace.Web.Identity.Acting;
using Marketplace.Web.Identity.People;
using Marketplace.Web.Identity.Sessions;
using Marketplace.Web.Localization;
using Marketplace.Web.Tests.Hosting;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Marketplace.Web.Tests;

/// <summary>A whole page as a signed-in person sees it, over the running host's modules and database.</summary>
public abstract class PageContext : PortalContext
{
    private readonly IServiceScope scope;

    protected PageContext(PortalHost host)
    {
        Host = host;
        scope = host.Services.CreateScope();
        Services.AddSingleton<IStringLocalizer<ProblemText>, ProblemLocalizer>();
        Services.AddScoped(_ => scope.ServiceProvider.GetRequiredService<IChangeFeed>());
        Services.AddSingleton(host.Services.GetRequiredService<IdFactory>());
        Services.AddScoped(s => new PortalActions(
            s.GetRequiredService<AuthenticationStateProvider>(),
            host.Services.GetRequiredService<ActorResolver>(),
            host.Services.GetRequiredService<IServiceScopeFactory>()
        ));
    }

    protected PortalHost Host { get; }

    /// <summary>Signs a new person of a new organisation in, and returns the organisation's id.</summary>
    protected async Task<string> SignInAsync(PartyKinds kinds, MemberRole role = MemberRole.Owner)
    {
        var party = await Host.PartyAsync("Pages " + kinds, kinds);
        string personId = await Host.PersonAsync($"{party.Id}@pages.example", party.Id, role);
        string session = await Host.ActAsync<IServiceProvider, string>(
            Actor.System,
            async services =>
            {
                var db = services.GetRequiredService<MarketplaceDbContext>();
                var person = await db.Set<Person>().SingleAsync(p => p.Id == personId);
                string id = await services
                    .GetRequiredService<SessionDesk>()
                    .OpenAsync(person, new Visitor("bUnit", "127.0.0.1"), party.Id, default);
                await db.SaveChangesAsync();
                return id;
            }
        );
        Enter(
            new ClaimsPrincipal(
                new ClaimsIdentity([new Claim(SessionCookie.SessionClaim, session), new Claim(SessionCookie.PartyClaim, party.Id)], "test")
            )
        );
        return party.Id;
    }

    /// <summary>
    /// Presses what <paramref name="find"/> finds, found and pressed in one turn of the renderer: a page over a running host draws itself
    /// again whenever a change is told, and what was found before such a drawing has lost its handlers.
    /// </summary>
    protected static Task PressAsync<T>(IRenderedComponent<T> page, Func<IElement> find)
        where T : IComponent => page.InvokeAsync(() => find().ClickAsync(new()));

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            scope.Dispose();
    }
}
